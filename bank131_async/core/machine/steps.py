"""What ``async for step in flow`` yields: the things that somebody has to do on the way."""

from __future__ import annotations

from hashlib import sha256
from typing import Literal, TypeAlias

import attrs

from bank131_async.core.codec import encode, structure
from bank131_async.core.machine.facts import Facts
from bank131_async.core.machine.phases import Phase
from bank131_async.core.models.amount import Amount
from bank131_async.core.models.error import BankError
from bank131_async.core.models.interaction import CustomerInteraction, Inform, Redirect

#: Identity of a step: attempt, phase, digest of the interaction or error. Equal for equal steps in all processes.
StepKey: TypeAlias = tuple[str | None, str, bytes]


@attrs.frozen(weakref_slot=False)
class ReadyToConfirm:
    """The bank asks for approval: confirm or cancel. ``amount``: what the bank is about to take."""

    attempt: str | None = None
    amount: Amount | None = None
    key: StepKey = attrs.field(default=(None, "", b""), repr=False, kw_only=True)


@attrs.frozen(weakref_slot=False)
class ActionRequired:
    """The payer has to act. ``handled_by``: ``widget`` when the bank's form redirects the payer by itself."""

    interaction: Redirect | Inform | CustomerInteraction
    handled_by: Literal["merchant", "widget"] = "merchant"
    attempt: str | None = None
    key: StepKey = attrs.field(default=(None, "", b""), repr=False, kw_only=True)


@attrs.frozen(weakref_slot=False)
class ReadyToCapture:
    """The money is held: capture the whole or a part, or cancel. ``amount``: what is held."""

    attempt: str | None = None
    amount: Amount | None = None
    key: StepKey = attrs.field(default=(None, "", b""), repr=False, kw_only=True)


@attrs.frozen(weakref_slot=False)
class AttemptFailed:
    """An attempt failed; the session is open and the payer may try again."""

    error: BankError | None = None
    attempt: str | None = None
    key: StepKey = attrs.field(default=(None, "", b""), repr=False, kw_only=True)


@attrs.frozen(weakref_slot=False)
class OutcomeUnknown:
    """The bank does not know how the payment ended. Never pay again by yourself; news may still come."""

    attempt: str | None = None
    key: StepKey = attrs.field(default=(None, "", b""), repr=False, kw_only=True)


FlowStep: TypeAlias = ReadyToConfirm | ActionRequired | ReadyToCapture | AttemptFailed | OutcomeUnknown


def steps_of(facts: Facts) -> tuple[FlowStep, ...]:
    """The steps as things stand: the attempts that failed, oldest first, then the one that is due now.

    Empty once the payment has ended. Steps are equal if and only if their keys are.
    """
    if facts.phase.is_final:
        return ()
    failed = tuple(_failed(item.id, item.error) for item in facts.attempts if item.failed)
    due = _due(facts)
    return failed if due is None else (*failed, due)


def _failed(attempt: str, error: BankError | None) -> AttemptFailed:
    words = b"" if error is None else f"{error.code}\0{error.description}".encode()
    return AttemptFailed(error, attempt, key=(attempt, "attempt_failed", sha256(words).digest()))


def _due(facts: Facts) -> FlowStep | None:
    attempt, phase = facts.attempt, facts.phase
    key = (attempt, phase.value, b"")
    match phase:
        case Phase.READY_TO_CONFIRM:
            return ReadyToConfirm(attempt, _amount(facts, attempt), key=key)
        case Phase.READY_TO_CAPTURE:
            return ReadyToCapture(attempt, _amount(facts, attempt), key=key)
        case Phase.OUTCOME_UNKNOWN:
            return OutcomeUnknown(attempt, key=(attempt, phase.value, str(facts.unknown_entries).encode()))
        case Phase.ACTION_REQUIRED:
            return _action(facts, attempt)
        case _:
            return None


def _action(facts: Facts, attempt: str | None) -> ActionRequired | None:
    shown = facts.interaction
    if shown is None:
        return None
    key = (attempt, facts.phase.value, sha256(encode(shown)).digest())
    return ActionRequired(shown.redirect or shown.inform or shown, facts.handled_by, attempt, key=key)


def _amount(facts: Facts, attempt: str | None) -> Amount | None:
    item = facts.attempt_facts(attempt)
    if item is None or not item.amount or not item.currency:
        return None
    # The bank's own words: not to be refused as a sum that a merchant gives would be.
    return structure(Amount, {"amount": item.amount, "currency": item.currency})
