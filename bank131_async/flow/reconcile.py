"""``bank.reconcile``: ask the bank again about payments that have ended, for what no webhook has told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import attrs

from bank131_async.core.machine import Facts, Outcome
from bank131_async.errors import BankRefusedError, ConfigurationError, StoreCorruptError
from bank131_async.flow.audit import every
from bank131_async.flow.engine import Engine
from bank131_async.flow.pauses import growing_s
from bank131_async.flow.streams import is_session
from bank131_async.stores import StreamState


@attrs.frozen(kw_only=True, weakref_slot=False)
class Reconciled:
    """One payment that the bank was asked about.

    ``changes``: in words, what the bank told that the journal did not have, such as ``"chargeback rf_7 of 5000:
    accepted"`` (minor units); it is in the journal now. ``error``: why the bank would not tell, its code; or why the
    journal of the payment cannot be read, and nobody was asked.
    """

    session_id: str
    changes: tuple[str, ...] = ()
    error: str | None = None


async def reconcile(engine: Engine, since: datetime, per_second: float, after: str) -> AsyncIterator[Reconciled]:
    """See ``Bank131Client.reconcile``."""
    if since.tzinfo is None:
        raise ConfigurationError("since: expected a datetime with a zone")
    if per_second <= 0:
        raise ConfigurationError("per_second: expected a number above zero")
    async for info in every(engine.journal, StreamState.any, moved_since=since, after=after):
        if not is_session(info.stream) or info.index.unfinished:  # workers see to those
            continue
        try:
            facts = (await engine.record_of(info.stream)).facts
        except StoreCorruptError as error:
            yield Reconciled(session_id=info.stream, error=error.message)
            continue
        is_long_over = info.pruned and facts.entered_at < since  # a tombstone is younger than the payment's end
        if facts.phase.is_final and not is_long_over:
            yield await _ask(engine, info.stream)
            await asyncio.sleep(1 / per_second)


async def _ask(engine: Engine, session_id: str) -> Reconciled:
    """Ask until the bank answers; an outage is waited out."""
    record = await engine.record_of(session_id)
    before, tries = record.facts, 0
    try:
        while not await engine.questions.ask(record):
            await asyncio.sleep(growing_s(tries))
            tries += 1
    except BankRefusedError as error:
        return Reconciled(session_id=session_id, error=error.code)
    return Reconciled(session_id=session_id, changes=changes(before, record.facts))


def changes(before: Facts, after: Facts) -> tuple[str, ...]:
    """What has come to be known, in words."""
    found: list[str] = []
    if _name(before.outcome) != _name(after.outcome):
        found.append(f"{_name(before.outcome)} is {_name(after.outcome)}")
    for refund in after.refunds:
        known = before.refund(refund.id)
        if known is None or known.status is not refund.status:
            what = "chargeback" if refund.is_chargeback else "refund"
            found.append(f"{what} {refund.id} of {refund.amount}: {refund.status}")
    found += [str(trouble) for trouble in after.troubles if trouble not in before.troubles]
    return tuple(found)


def _name(outcome: Outcome | None) -> str:
    return "unfinished" if outcome is None else type(outcome).__name__.lower()
