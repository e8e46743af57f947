"""The bank's own model of a session. It shares nothing with the SDK's machine: it is the referee.

A payment is a walk through checkpoints. Which ones lie on its way is decided when it starts::

    open card   [CONFIRM] [CHALLENGE] AUTHORISE [HOLD] SETTLE
    the form    [CHALLENGE] [CONFIRM] AUTHORISE [HOLD] SETTLE

The stage says where the payment stands; the statuses that a merchant sees are only a rendering of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Literal

from attrs import Factory, define, field

from bank131_async.sandbox.ledger import Ledger

if TYPE_CHECKING:
    from bank131_async.sandbox.project import Project
    from bank131_async.sandbox.requests import CardUse, PaymentFields

Json = dict[str, object]


class Checkpoint(Enum):
    """A place on a payment's way where it may stop."""

    CONFIRM = "confirm"
    CHALLENGE = "challenge"
    AUTHORISE = "authorise"
    HOLD = "hold"
    SETTLE = "settle"


class Stage(Enum):
    """Where a payment stands."""

    PREPARING = "preparing"
    CONFIRM = "waits for the merchant's confirm"
    CHALLENGE = "waits for the payer"
    WORKING = "the bank works"
    HELD = "waits for the merchant's capture"
    UNKNOWN = "the bank does not know"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


_MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.PREPARING: frozenset(
        {Stage.CONFIRM, Stage.CHALLENGE, Stage.WORKING, Stage.HELD, Stage.UNKNOWN, Stage.SUCCEEDED, Stage.FAILED}
    ),
    Stage.CONFIRM: frozenset({Stage.WORKING, Stage.FAILED}),
    Stage.CHALLENGE: frozenset({Stage.WORKING, Stage.FAILED}),
    Stage.WORKING: frozenset(
        {Stage.CONFIRM, Stage.CHALLENGE, Stage.HELD, Stage.UNKNOWN, Stage.SUCCEEDED, Stage.FAILED}
    ),
    Stage.HELD: frozenset({Stage.WORKING, Stage.SUCCEEDED, Stage.FAILED}),
    Stage.UNKNOWN: frozenset({Stage.SUCCEEDED, Stage.FAILED}),
    Stage.SUCCEEDED: frozenset(),
    Stage.FAILED: frozenset(),
}


class StageError(Exception):
    """A rule of the sandbox moved a payment where it cannot go: a defect of the sandbox, never of its client."""


@define
class Refund:
    """Money on its way back, by the merchant's wish or as a chargeback."""

    id: str
    amount: int
    created_at: datetime
    is_chargeback: bool = False
    metadata: object = None
    status: Literal["in_progress", "accepted", "declined"] = "in_progress"
    finished_at: datetime | None = None


@define
class Challenge:
    """The 3-D Secure page of one attempt. ``secret`` is its unguessable name in the address."""

    secret: str = field(repr=False)
    done: bool = False


@define(eq=False)
class Attempt:
    """One payment of a session."""

    id: str
    fields: PaymentFields
    card: CardUse
    amount: int
    currency: str
    created_at: datetime
    way: list[Checkpoint] = Factory(list[Checkpoint])
    stage: Stage = Stage.PREPARING
    # Counts the moves, so that a time limit of an earlier stage can see that it is too late.
    moves: int = 0
    updated_at: datetime | None = None
    finished_at: datetime | None = None
    challenge: Challenge | None = None
    # Where the payer goes from the 3-D Secure page; in the form's flow the bank's own page.
    back_to: str | None = None
    # Every page of the merchant at which the payer may end up; the pages' security policy names them.
    exits: tuple[str, ...] = ()
    error: tuple[str, str] | None = None
    refunds: list[Refund] = Factory(list[Refund])
    ledger: Ledger = Factory(Ledger)
    recurrent_token: str | None = field(default=None, repr=False)

    def move(self, stage: Stage) -> None:
        """Go on to another stage. Raises ``StageError`` where the model knows no such way."""
        if stage not in _MOVES[self.stage]:
            raise StageError(f"{self.id}: {self.stage.name} to {stage.name}")
        self.stage = stage
        self.moves += 1

    @property
    def is_refunding(self) -> bool:
        """Whether a refund or chargeback is under way."""
        return any(refund.status == "in_progress" for refund in self.refunds)


@define(eq=False)
class Session:
    """A session: what was given at creation, the payments tried in it, and how it ended."""

    id: str
    project: Project
    fields: PaymentFields
    made_by: Literal["v1", "v2"]
    created_at: datetime
    updated_at: datetime
    # A synchronous session sends no webhooks at all (docs: payments/payment-pcidss-simple).
    sync: bool = False
    attempts: list[Attempt] = Factory(list[Attempt])
    ending: Literal["cancelled", "error"] | None = None
    finished_at: datetime | None = None
    error: tuple[str, str] | None = None
    actions: dict[str, datetime] = Factory(dict[str, datetime])

    @property
    def last(self) -> Attempt | None:
        """The newest payment."""
        return self.attempts[-1] if self.attempts else None

    @property
    def status(self) -> str:
        """The session's status as the API names it (docs: reference/objects)."""
        last = self.last
        if self.ending is not None:
            return self.ending
        if last is None:
            return "created"
        if last.stage is Stage.UNKNOWN:
            return "error"
        if last.stage is Stage.SUCCEEDED and not last.is_refunding:
            return "accepted"
        return "in_progress"

    @property
    def may_start(self) -> bool:
        """Whether a payment may be started: nothing was tried yet, or the last try failed and the session is open."""
        last = self.last
        return self.ending is None and (last is None or last.stage is Stage.FAILED)

    def touch(self, now: datetime) -> None:
        """Note a change: ``updated_at`` grows strictly, by at least a microsecond."""
        self.updated_at = max(now, self.updated_at + timedelta(microseconds=1))
        if self.last is not None:
            self.last.updated_at = self.updated_at
        self.finished_at = self.updated_at if self.status in ("accepted", "cancelled") else None
