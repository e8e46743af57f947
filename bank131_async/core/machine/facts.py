"""Facts: what the entries of one stream amount to. Frozen, small, comparable.

A process may hold a hundred thousand of these, so what rarely changes is a value of its own and shared, empty tuples
are the one empty tuple, and nothing is kept that can be derived.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

import attrs

from bank131_async.core._twin import maker_of
from bank131_async.core.machine.entries import Kind, StoredEntry
from bank131_async.core.machine.joins import merged
from bank131_async.core.machine.outcomes import Outcome, Succeeded
from bank131_async.core.machine.parts import EPOCH, Attempt, IntentFacts, Opening, Reading, RefundFacts, Trouble
from bank131_async.core.machine.phases import Command, Phase
from bank131_async.core.machine.settings import MachineSettings
from bank131_async.core.models.interaction import CustomerInteraction
from bank131_async.core.models.timestamp import Timestamp

AMOUNT_DIFFERS = "the bank shows another amount than was opened"


@attrs.frozen(weakref_slot=False, repr=False)
class Facts:
    """The fold of a stream up to ``version``. Made by :func:`~bank131_async.core.machine.fold`, never by hand.

    ``items`` are the attempts as they were reported; :attr:`attempts` is what they amount to. ``readings`` are the
    snapshots that none outranks: one, or several that contradict each other. ``question``: the highest version that
    made us ask; ``answered_to``: the highest ``asked`` of the fresh status answers. ``ended``: bits of :mod:`reading`.
    ``ahead``: entries beyond a gap, which wait for it to be filled. ``unhandled``: digests of webhooks whose handlers
    have not been run to their end, in the order of the journal.
    """

    version: int = 0
    opening: Opening | None = None
    phase: Phase = Phase.CREATED
    outcome: Outcome | None = None
    items: tuple[Attempt, ...] = ()
    refunds: tuple[RefundFacts, ...] = ()
    intents: tuple[IntentFacts, ...] = ()
    readings: tuple[Reading, ...] = ()
    newest: Timestamp | None = None
    question: int = 0
    answered_to: int = 0
    ended: int = 0
    troubles: tuple[Trouble, ...] = ()
    handled_by: Literal["merchant", "widget"] = "merchant"
    entered_at: datetime = EPOCH
    unknown_entries: int = 0
    digests: tuple[bytes, ...] = ()
    ahead: tuple[StoredEntry, ...] = ()
    unhandled: tuple[bytes, ...] = ()

    # what was opened

    @property
    def opened(self) -> bool:
        """True once an ``opened`` entry is known; webhooks may come before it."""
        return self.opening is not None

    @property
    def is_hearsay(self) -> bool:
        """True while nobody but an ``attach`` has named the session: there may be none."""
        return not self.items and (self.opening is None or self.opening.origin == "attach")

    @property
    def kind(self) -> Kind:
        """``payment`` or ``payout``."""
        return self.opening.kind if self.opening else "payment"

    @property
    def managed(self) -> bool:
        """True when workers may go on with it."""
        return self.opening is not None and self.opening.managed

    @property
    def order(self) -> str | None:
        """The caller's own name for the decision to open it."""
        return self.opening.order if self.opening else None

    @property
    def params_digest(self) -> str | None:
        """The digest of the parameters that ``order`` is bound to."""
        return self.opening.params_digest if self.opening else None

    @property
    def amount(self) -> int | None:
        """Minor units recorded when it was opened."""
        return self.opening.amount if self.opening else None

    @property
    def currency(self) -> str | None:
        """Currency recorded when it was opened."""
        return self.opening.currency if self.opening else None

    # where the bank stands

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts, oldest first; items without an id are merged into the one with an id at their position."""
        return merged(self.items)

    @property
    def question_open(self) -> bool:
        """True while the bank has to be asked before anything can be said; the phase reads ``in_progress`` then."""
        return self.question > self.answered_to or len(self.readings) > 1

    @property
    def reading(self) -> Reading | None:
        """The one snapshot that tells where the bank stands, or ``None`` while there is none or they contradict."""
        return self.readings[0] if len(self.readings) == 1 else None

    @property
    def attempt(self) -> str | None:
        """The id of the attempt that the bank is at, else of the last one."""
        reading = self.readings[0] if self.readings else None
        named = self.named(reading.attempt) if reading else None
        if named is not None or not self.items:
            return named
        return self.attempts[-1].id

    @property
    def interaction(self) -> CustomerInteraction | None:
        """What the payer has to be shown now."""
        if self.phase is not Phase.ACTION_REQUIRED:
            return None
        return self.readings[0].interaction

    @property
    def conflict(self) -> str | None:
        """Why a person has to look, or ``None``: a contradiction, or an amount to approve other than the opened one."""
        if self.troubles:
            return str(self.troubles[0])
        return AMOUNT_DIFFERS if self.waits_for_merchant and self.amount_differs(self.attempt) else None

    @property
    def has_succeeded(self) -> bool:
        """True once the money is known to have moved."""
        return isinstance(self.outcome, Succeeded)

    def named(self, attempt: str | None) -> str | None:
        """The present name of an attempt: ``#0`` becomes the real id once one is known at that position."""
        if attempt is None or not attempt.startswith("#"):
            return attempt
        position = int(attempt[1:])
        return next((item.id for item in reversed(self.attempts) if item.position == position), attempt)

    def attempt_facts(self, attempt: str | None) -> Attempt | None:
        """What is known of an attempt."""
        name = self.named(attempt)
        return next((item for item in self.attempts if item.id == name), None)

    def amount_differs(self, attempt: str | None) -> bool:
        """True when the bank shows another amount or currency (without case) than was opened; unknown never differs."""
        item, opening = self.attempt_facts(attempt), self.opening
        if item is None or opening is None or item.amount is None or opening.amount is None:
            return False
        if item.amount != opening.amount:
            return True
        return bool(item.currency and opening.currency) and str(item.currency).lower() != str(opening.currency).lower()

    # commands

    @property
    def open_intent(self) -> IntentFacts | None:
        """The command whose fate is not settled; there is at most one, unless a store broke its promise."""
        for intent in self.intents:
            if intent.is_open:
                return intent
        return None

    def intent(self, intent_id: str) -> IntentFacts:
        """The command with this id; raises KeyError."""
        for intent in self.intents:
            if intent.id == intent_id:
                return intent
        raise KeyError(intent_id)

    def refund(self, refund_id: str) -> RefundFacts | None:
        """The refund with this id."""
        return next((refund for refund in self.refunds if refund.id == refund_id), None)

    @property
    def card_needed(self) -> bool:
        """True when a start was given up because its card was not kept: the card has to be given again."""
        if self.phase is not Phase.CREATED:
            return False
        starts = [intent for intent in self.intents if intent.command is Command.start]
        return bool(starts) and starts[-1].state == "superseded"

    @property
    def newest_fold(self) -> int:
        """The highest fold version that planned a command here; older processes plan none."""
        return max((intent.fold for intent in self.intents), default=0)

    # who has to do something

    @property
    def waits_for_merchant(self) -> bool:
        """True in ``ready_to_confirm`` and ``ready_to_capture``."""
        return self.phase is Phase.READY_TO_CONFIRM or self.phase is Phase.READY_TO_CAPTURE

    @property
    def refund_under_way(self) -> bool:
        """True while a refund (not a chargeback) is in progress or in error."""
        return any(not refund.is_settled and not refund.is_chargeback for refund in self.refunds)

    @property
    def wants_polling(self) -> bool:
        """True while the bank could still tell something that somebody waits for."""
        if self.phase is not Phase.PAYMENT_FINISHED or self.question > self.answered_to:
            return True
        return self.open_intent is not None or self.refund_under_way

    @property
    def is_at_rest(self) -> bool:
        """True for a payment that has ended with no command and no refund: nothing to settle, ever, as far as known."""
        return self.phase is Phase.PAYMENT_FINISHED and not self.intents and not self.refunds

    def deadline(self, settings: MachineSettings) -> datetime | None:
        """When the present phase has lasted so long that the bank is asked and the policy called."""
        limit = settings.limits.get(self.phase)
        return None if limit is None else self.entered_at + limit

    def horizon(self, settings: MachineSettings) -> datetime | None:
        """When the flow stops being ``unfinished`` and needs a person; ``None`` when nothing is outstanding."""
        latest = self.deadline(settings)
        if latest is not None and self.phase is not Phase.OUTCOME_UNKNOWN:
            latest += timedelta(seconds=settings.horizon_grace_s)
        if self.refunds or self.intents:
            ends = [refund.since for refund in self.refunds if not refund.is_settled and not refund.is_chargeback]
            ends += [intent.at for intent in self.intents if intent.is_open]
            if ends:
                last = max(ends) + timedelta(seconds=settings.unknown_limit_s)
                return last if latest is None else max(latest, last)
        return latest

    def is_unfinished(self, settings: MachineSettings, now: datetime) -> bool:
        """Whether a worker should go on with it: opened as managed, something outstanding, not past the horizon."""
        horizon = self.horizon(settings) if self.managed else None
        return horizon is not None and now < horizon

    def in_doubt(self, settings: MachineSettings, now: datetime) -> bool:
        """Whether a command needs a person to settle it."""
        return any(intent.is_in_doubt(settings, now) for intent in self.intents)

    def is_abandoned(self, settings: MachineSettings, now: datetime) -> bool:
        """Whether it passed its horizon with something outstanding."""
        horizon = self.horizon(settings)
        return self.opened and horizon is not None and now >= horizon

    def needs_a_person(self, settings: MachineSettings, now: datetime) -> bool:
        """Whether the machine cannot go on by itself: a conflict, a doubt, or the horizon."""
        return bool(self.troubles) or self.in_doubt(settings, now) or self.is_abandoned(settings, now)

    # comparing

    def same_facts(self, other: Facts) -> bool:
        """Equal, version and history aside (digests, times of entry, which entry told what)."""
        return self is other or self.essence == other.essence

    @property
    def growing(self) -> tuple[object, ...]:
        """What only grows: equal for the same webhooks in any order."""
        return (
            self.opening, self.outcome, self.attempts, self.refunds, self.intents, self.ended, self.troubles,
            self.handled_by,
        )  # fmt: skip

    @property
    def essence(self) -> tuple[object, ...]:
        """All facts, version and history aside."""
        return (*self.growing, self.phase, self.readings, self.newest, self.question_open)

    def __repr__(self) -> str:
        parts = [f"version={self.version}", f"phase={self.phase.value}"]
        parts += [
            f"{name}={value!r}" for name, value in (("attempt", self.attempt), ("outcome", self.outcome)) if value
        ]
        parts += [f"conflict={self.conflict!r}"] if self.conflict else []
        return f"Facts({', '.join(parts)})"


EMPTY = Facts()

#: Makes facts from all their fields; for the fold, which does so for every entry.
made_facts: Callable[..., Facts] = maker_of(Facts)
