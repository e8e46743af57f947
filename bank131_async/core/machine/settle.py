"""Settling commands whose fate is not known, as pure decisions.

Only what a status answer shows that was asked after the command is evidence, and a missing effect is never proof. So
a command that the bank admits once (start, confirm, capture, cancel) is sent again with the same bytes and key, and
under a new key only when the bank calls the old one used and yet, twice and some time apart, shows no effect. A command
that it would do twice (refund, init) is never given a new key: after its key's lifetime a person decides.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from bank131_async.core.machine.entries import Lost, Resolved
from bank131_async.core.machine.orders import Append, AskPerson, AskStatus, Order, Resend, SendFresh, WakeAt
from bank131_async.core.machine.parts import IntentFacts
from bank131_async.core.machine.phases import Command
from bank131_async.core.machine.settings import MachineSettings


def settle(intent: IntentFacts, now: datetime, settings: MachineSettings, holds: Collection[str] = ()) -> Order | None:
    """What to do next about an open command; ``None`` for a settled one.

    ``now`` is the store's time; ``holds`` are the commands whose unjournaled bytes this process still has.
    """
    if not intent.is_open:
        return None
    if intent.proof is not None:
        return Append(Resolved(intent=intent.id, how=intent.proof, by="evidence", note="seen in a later status"))
    if intent.state == "refused":
        if not intent.checked:
            return AskStatus(f"{intent.command} was refused")
        note = "refused, and a later status shows no effect"
        return Append(Resolved(intent=intent.id, how="not_done", by="evidence", note=note))
    if intent.state == "open":
        left_behind = intent.at + timedelta(seconds=settings.settle_interval_s)
        if now < left_behind:
            return WakeAt(left_behind)
        return Append(Lost(intent=intent.id, reason="no reply was recorded"))
    if intent.command.is_additive:
        return _settle_additive(intent, now, settings, holds)
    return _settle_guarded(intent, now, settings, holds)


def _settle_additive(intent: IntentFacts, now: datetime, settings: MachineSettings, holds: Collection[str]) -> Order:
    if intent.command is Command.refund and intent.sent_last and not intent.silent_statuses:
        return AskStatus(f"{intent.command} is in doubt")
    if intent.may_resend(settings, now, is_held=intent.id in holds):
        return Resend(intent.id)
    return AskPerson(f"{intent.command} {intent.id} is in doubt: only the bank can tell whether it was done")


def _settle_guarded(intent: IntentFacts, now: datetime, settings: MachineSettings, holds: Collection[str]) -> Order:
    has_bytes = intent.body is not None or intent.id in holds
    if has_bytes and not intent.sent_last and not intent.key_used:
        return Resend(intent.id)
    if not intent.silent_statuses:
        return AskStatus(f"{intent.command} is in doubt")
    if has_bytes and not intent.key_used:
        return Resend(intent.id)
    waiting = _silence(intent, now, settings)
    if waiting is not None:
        return waiting
    if has_bytes:
        return SendFresh(intent.id)
    note = "no effect seen, and its bytes are not kept"
    return Append(Resolved(intent=intent.id, how="superseded", by="evidence", note=note))


def _silence(intent: IntentFacts, now: datetime, settings: MachineSettings) -> Order | None:
    """What is still needed until two answers without an effect lie far enough apart; ``None`` when they do."""
    if intent.silent_since is None or intent.silent_until is None:
        return AskStatus(f"{intent.command} is in doubt")
    enough = intent.silent_since + timedelta(seconds=settings.settle_interval_s)
    if intent.silent_until >= enough:
        return None
    return WakeAt(enough) if now < enough else AskStatus(f"{intent.command} is in doubt")
