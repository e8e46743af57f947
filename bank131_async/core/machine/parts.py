"""What facts are made of: attempts, refunds, commands, and what one snapshot says. Values, nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias

import attrs

from bank131_async.core.machine.entries import Kind, Origin
from bank131_async.core.machine.phases import Command, Phase
from bank131_async.core.machine.settings import MachineSettings
from bank131_async.core.models.enums import RefundStatus
from bank131_async.core.models.error import BankError
from bank131_async.core.models.interaction import CustomerInteraction
from bank131_async.core.models.timestamp import Timestamp

EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

IntentState: TypeAlias = Literal["open", "lost", "answered", "refused", "done", "not_done", "superseded"]
Proof: TypeAlias = Literal["done", "not_done"]


class Trouble(StrEnum):
    """Contradictions that need a person. The values are sentences for the log."""

    SUCCESS_AND_FAILURE = "one attempt was reported both succeeded and failed"
    TWO_SUCCESSES = "two attempts of one session succeeded"
    TWO_LIVE = "two attempts of one session are live at once"
    OTHER_KIND = "a payment and a payout in one session"
    REFUND_BOTH_WAYS = "one refund was reported both accepted and declined"


@attrs.frozen(weakref_slot=False)
class Opening:
    """What ``opened`` recorded; it never changes afterwards."""

    kind: Kind = "payment"
    managed: bool = False
    order: str | None = None
    params_digest: str | None = None
    amount: int | None = None
    currency: str | None = None
    origin: Origin = "create"


@attrs.frozen(weakref_slot=False)
class Attempt:
    """One item of the session: an attempt at the operation. Everything here only grows.

    ``position`` is its place in the session's list, from 0; an item without an id is called ``#<position>``. ``held``:
    a ``ready_to_capture`` webhook was about it. ``*_from``: the version of the status answer that told, 0 for webhooks.
    """

    id: str
    position: int
    succeeded: bool = False
    failed: bool = False
    held: bool = False
    error: BankError | None = None
    amount: int | None = None
    currency: str | None = None
    error_from: int = attrs.field(default=0, eq=False, repr=False)
    amount_from: int = attrs.field(default=0, eq=False, repr=False)


@attrs.frozen(weakref_slot=False)
class RefundFacts:
    """A refund or chargeback: a small machine of its own, ``in_progress < error < accepted | declined``.

    ``tag``: the id of our intent, if the bank shows the metadata that we sent. ``since``: the store's time when it was
    first seen. ``conflict``: both accepted and declined were reported (``status`` says accepted then).
    """

    id: str
    status: RefundStatus
    amount: int | None = None
    currency: str | None = None
    is_chargeback: bool = False
    tag: str | None = None
    created_at: Timestamp | None = None
    conflict: bool = False
    attempt: str | None = None
    since: datetime = attrs.field(default=EPOCH, eq=False, repr=False)
    amount_from: int = attrs.field(default=0, eq=False, repr=False)

    @property
    def is_settled(self) -> bool:
        """True once accepted or declined; ``error`` may still turn into either."""
        return self.status is RefundStatus.accepted or self.status is RefundStatus.declined


@attrs.frozen(kw_only=True, weakref_slot=False)
class IntentFacts:
    """A command: what was planned, and what is known of its fate.

    ``proof``: what a status answer asked after the command showed; the planner turns it into a ``resolved`` entry.
    ``silent_statuses``: how many such answers showed no effect since the last reply, the first at ``silent_since`` and
    the last at ``silent_until`` (store's time). ``losses``: how many sendings were reported lost; ``maybe_sent``: one
    of them may have reached the bank; ``sent_last``: the last of them may have. ``checked``: a status answer was asked
    after the refusal. ``awaited``: when it was planned, the bank was waiting for this very command. ``known``: the
    attempts known at that time. The body is dropped once the command is settled.
    """

    id: str
    command: Command
    attempt: str | None = None
    key: str = attrs.field(default="", repr=False)
    version: int = attrs.field(default=0, eq=False)
    at: datetime = attrs.field(default=EPOCH, eq=False, repr=False)
    by: str = ""
    fold: int = 1
    body: bytes | None = attrs.field(default=None, repr=False)
    amount: int | None = None
    currency: str | None = None
    name: str | None = None
    params_digest: str | None = None
    call: str | None = None
    seen_refunds: tuple[str, ...] = ()
    masked_card: str | None = None
    replaces: str | None = None
    state: IntentState = "open"
    code: str | None = None
    description: str = ""
    http_status: int | None = None
    losses: int = 0
    maybe_sent: bool = False
    sent_last: bool = attrs.field(default=True, repr=False)
    key_used: bool = False
    reply_version: int = attrs.field(default=0, eq=False, repr=False)
    silent_statuses: int = 0
    silent_since: datetime | None = attrs.field(default=None, eq=False, repr=False)
    silent_until: datetime | None = attrs.field(default=None, eq=False, repr=False)
    proof: Proof | None = None
    checked: bool = False
    refund_id: str | None = None
    awaited: bool = attrs.field(default=False, eq=False, repr=False)
    known: tuple[str, ...] = attrs.field(default=(), eq=False, repr=False)

    @property
    def is_open(self) -> bool:
        """True while its fate is not settled; no other command is planned meanwhile."""
        state = self.state
        return state == "open" or state == "lost" or (state == "refused" and not self.command.is_additive)

    @property
    def has_taken_effect(self) -> bool:
        """True when the bank has accepted it or its effect was seen."""
        return self.state == "answered" or self.state == "done"

    def may_resend(self, settings: MachineSettings, now: datetime, *, is_held: bool = False) -> bool:
        """Whether the same bytes under the same key can still help. For a refund only while the key is remembered.

        ``is_held``: this process has the bytes although the journal does not.
        """
        if (self.body is None and not is_held) or self.key_used or self.code is not None:
            return False
        return not self.command.is_additive or now - self.at < timedelta(seconds=settings.idempotency_key_lifetime_s)

    def is_in_doubt(self, settings: MachineSettings, now: datetime) -> bool:
        """True when only the bank's list or a person can settle it: an additive command that may not be sent again.

        Never while its first reply is awaited: whoever sends it may have the bytes that the journal must not have.
        """
        is_lost = self.state == "lost" and self.proof is None
        return is_lost and self.command.is_additive and not self.may_resend(settings, now)


@attrs.frozen(weakref_slot=False)
class Reading:
    """One snapshot's word on where the bank stands.

    ``confirmed``: a status answer said so. ``at``: the session's ``updated_at``. ``silent``: the item is pending and
    the bank names nothing that it waits for, which leaves a hold known by the webhook's type standing.
    """

    version: int = attrs.field(eq=False)
    confirmed: bool
    at: Timestamp | None
    phase: Phase
    attempt: str | None
    interaction: CustomerInteraction | None = attrs.field(repr=False)
    silent: bool

    def says_as(self, other: Reading) -> bool:
        """True when both say the same, whenever and by whatever way it was said."""
        return (
            self.phase is other.phase
            and self.attempt == other.attempt
            and self.silent == other.silent
            and self.interaction == other.interaction
        )
