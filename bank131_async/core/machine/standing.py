"""Where a payment stands: outcome and phase, derived from what is known. The last step of every fold."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import attrs

from bank131_async.core.machine.entries import Kind
from bank131_async.core.machine.facts import Facts, made_facts
from bank131_async.core.machine.joins import merged
from bank131_async.core.machine.outcomes import Cancelled, CancelledBy, Failed, Outcome, Succeeded
from bank131_async.core.machine.parts import Attempt, IntentFacts, Opening, Reading, RefundFacts, Trouble
from bank131_async.core.machine.phases import Command, Phase
from bank131_async.core.machine.reading import CANCELLED, DECLINED, TIMED_OUT, TIMEOUTS
from bank131_async.core.machine.settings import MachineSettings
from bank131_async.core.models.error import BankError
from bank131_async.core.models.timestamp import Timestamp


def outcome_of(
    items: tuple[Attempt, ...], intents: tuple[IntentFacts, ...], ended: int, settings: MachineSettings, kind: Kind
) -> Outcome | None:
    """How the payment ended: any success dominates; ``Failed`` beats ``Cancelled``; ``None`` while it goes on."""
    attempts = merged(items)
    if kind == "multi":
        return _outcome_of_all(attempts, intents, ended)
    for attempt in reversed(attempts):
        if attempt.succeeded:
            return Succeeded(None, attempt.id)
    if not ended and not settings.failed_attempt_ends_session:
        return None
    last = attempts[-1] if attempts else None
    if not ended:
        failed = [attempt for attempt in attempts if attempt.failed]
        return Failed(failed[-1].error, failed[-1].id) if failed else None
    error = last.error if last else None
    if ended & DECLINED or (error is not None and error.code not in TIMEOUTS):
        return Failed(error, last.id if last else None)
    return Cancelled(_cancelled_by(intents, ended, error))


def _outcome_of_all(attempts: tuple[Attempt, ...], intents: tuple[IntentFacts, ...], ended: int) -> Outcome | None:
    """How a multi-session ended: ``Succeeded`` if every operation did. It ends as a whole, whatever ends before."""
    endings = [ending_of(one, intents, ended) for one in attempts]
    all_ended = bool(endings) and None not in endings
    if not ended or not (ended & CANCELLED or all_ended):
        return None
    failed = next((one for one in endings if isinstance(one, Failed)), None)
    if failed is not None:
        return failed
    if all_ended and all(isinstance(one, Succeeded) for one in endings):
        return endings[-1]
    return Cancelled(_cancelled_by(intents, ended, None))


def ending_of(attempt: Attempt, intents: tuple[IntentFacts, ...], ended: int) -> Outcome | None:
    """How one operation of a multi-session ended; ``None`` while it goes on. A cancelled session cuts off the rest."""
    if attempt.succeeded:
        return Succeeded(None, attempt.id)
    is_cancelled = bool(ended & CANCELLED)
    if not (attempt.failed or is_cancelled):
        return None
    if is_cancelled and (attempt.error is None or attempt.error.code in TIMEOUTS):
        return Cancelled(_cancelled_by(intents, ended, attempt.error))
    return Failed(attempt.error, attempt.id)


def _cancelled_by(intents: tuple[IntentFacts, ...], ended: int, error: BankError | None) -> CancelledBy:
    # An open one counts: the end is often known before the answer to the cancel that brought it about.
    if any(one.command is Command.cancel and (one.has_taken_effect or one.is_open) for one in intents):
        return "merchant"
    return "time_limit" if ended & TIMED_OUT or error is not None else "unknown"


def phase_of(
    items: tuple[Attempt, ...], intents: tuple[IntentFacts, ...], readings: tuple[Reading, ...], question_open: bool
) -> Phase:
    """The phase of a payment that has not ended."""
    if question_open:
        return Phase.IN_PROGRESS
    if not readings:
        return Phase.IN_PROGRESS if items else Phase.CREATED
    reading = readings[0]
    if reading.silent and _hold_stands(items, intents, reading.attempt):
        return Phase.READY_TO_CAPTURE
    if items and reading.phase is Phase.CREATED:
        return Phase.IN_PROGRESS  # an attempt that was seen cannot be unmade: this snapshot lags behind
    return reading.phase


def _hold_stands(items: tuple[Attempt, ...], intents: tuple[IntentFacts, ...], attempt: str | None) -> bool:
    """A hold known by the webhook's type: it stands until a capture or cancel of that attempt has been answered."""
    if not any(item.held for item in items):
        return False
    attempts = merged(items)
    holder = next((item for item in attempts if item.id == attempt or attempt == f"#{item.position}"), None)
    if holder is None or not holder.held:
        return False
    names = {None, holder.id, f"#{holder.position}"}
    return not any(
        intent.command in (Command.capture, Command.cancel) and intent.has_taken_effect and intent.attempt in names
        for intent in intents
    )


@attrs.define(eq=False, weakref_slot=False, repr=False)
class Draft:
    """Facts in the making. An entry changes what it tells; :meth:`made` derives the rest."""

    before: Facts
    version: int
    at: datetime
    opening: Opening | None
    items: tuple[Attempt, ...]
    refunds: tuple[RefundFacts, ...]
    intents: tuple[IntentFacts, ...]
    readings: tuple[Reading, ...]
    newest: Timestamp | None
    question: int
    answered_to: int
    ended: int
    troubles: tuple[Trouble, ...]
    handled_by: Literal["merchant", "widget"]
    digests: tuple[bytes, ...]
    unhandled: tuple[bytes, ...]

    @classmethod
    def of(cls, facts: Facts, version: int, at: datetime) -> Draft:
        """A draft that says what the facts say, at the next version."""
        return cls(
            facts,
            version,
            at,
            facts.opening,
            facts.items,
            facts.refunds,
            facts.intents,
            facts.readings,
            facts.newest,
            facts.question,
            facts.answered_to,
            facts.ended,
            facts.troubles,
            facts.handled_by,
            facts.digests,
            facts.unhandled,
        )

    @property
    def kind(self) -> Kind:
        """What the session holds."""
        return self.opening.kind if self.opening else "payment"

    def made(self, settings: MachineSettings) -> Facts:
        """The facts."""
        before = self.before
        outcome = before.outcome
        if self.items is not before.items or self.ended != before.ended or self.intents is not before.intents:
            outcome = outcome_of(self.items, self.intents, self.ended, settings, self.kind)
        if outcome is not None:
            phase = Phase.PAYMENT_FINISHED
            self.readings = ()  # no snapshot moves it any more
            if before.outcome is None and self.question > self.answered_to:
                self.answered_to = self.question  # where the bank stands is known; replies to refunds ask anew
        else:
            question_open = self.question > self.answered_to or len(self.readings) > 1
            phase = phase_of(self.items, self.intents, self.readings, question_open)
        moved = phase is not before.phase
        is_first = before.version == 0
        return made_facts(
            self.version,
            self.opening,
            phase,
            outcome,
            self.items,
            self.refunds,
            self.intents,
            self.readings,
            self.newest,
            self.question,
            self.answered_to,
            self.ended,
            self.troubles,
            self.handled_by,
            self.at if moved or is_first else before.entered_at,
            before.unknown_entries + (moved and phase is Phase.OUTCOME_UNKNOWN),
            self.digests,
            before.ahead,
            self.unhandled,
        )
