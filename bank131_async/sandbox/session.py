"""The bank's own model of a session. It shares nothing with the SDK's machine: it is the referee.

A payment or payout is a walk through checkpoints. Which ones lie on its way is decided when it starts::

    open card   [CONFIRM] [CHALLENGE] AUTHORISE [HOLD] SETTLE
    the form    [CHALLENGE] [CONFIRM] AUTHORISE [HOLD] SETTLE
    payout      [CONFIRM] AUTHORISE SETTLE

The stage says where it stands; the statuses that a merchant sees are only a rendering of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Literal

from attrs import Factory, define, field

from bank131_async.sandbox.ledger import Ledger

if TYPE_CHECKING:
    from bank131_async.sandbox.project import Project
    from bank131_async.sandbox.requests.cards import CardUse
    from bank131_async.sandbox.requests.fields import Fields
    from bank131_async.sandbox.vault import Recurrent
    from bank131_async.sandbox.ways import Way

Json = dict[str, object]
Error = tuple[str, str]
Kind = Literal["payment", "payout"]
Family = Literal["plain", "nominal", "rko"]
"""Whose money a session moves: the merchant's, an escrow account's, a settlement account's."""


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
    """Money on its way back: by the merchant's wish, as a chargeback, or a payout that was sent back."""

    id: str
    amount: int
    created_at: datetime
    is_chargeback: bool = False
    metadata: object = None
    status: Literal["in_progress", "accepted", "declined", "error"] = "in_progress"
    finished_at: datetime | None = None


@define
class Challenge:
    """What one payer is asked to do. ``secret`` is the unguessable name in the address of its page.

    ``done``: the payer has answered, or closed the page for good.
    """

    secret: str = field(repr=False)
    done: bool = False


@define
class Receipt:
    """The receipt of a self-employed recipient; the tax office gives its link a little later."""

    id: str
    link: str | None = None


@define(eq=False)
class Attempt:
    """One payment or payout of a session. A check of a recipient's account has no amount and no currency."""

    id: str
    kind: Kind
    fields: Fields
    method: Way
    amount: int
    currency: str
    created_at: datetime
    # What still lies on its way.
    steps: list[Checkpoint] = Factory(list[Checkpoint])
    stage: Stage = Stage.PREPARING
    # Counts the moves, so that a time limit of an earlier stage can see that it is too late.
    moves: int = 0
    # What the time limit of this stage brings about, where there is one.
    too_late: Callable[[], None] | None = field(default=None, repr=False)
    updated_at: datetime | None = None
    finished_at: datetime | None = None
    challenge: Challenge | None = None
    # Where the payer goes from the 3-D Secure page; in the form's flow the bank's own page.
    back_to: str | None = None
    # Every page of the merchant at which the payer may end up; the pages' security policy names them.
    exits: tuple[str, ...] = ()
    error: Error | None = None
    refunds: list[Refund] = Factory(list[Refund])
    ledger: Ledger = Factory(Ledger)
    recurrent: Recurrent | None = None
    subscription_id: str | None = None
    receipt: Receipt | None = None

    @property
    def card(self) -> CardUse | None:
        """The card, where there is one."""
        return self.method.card

    @property
    def is_final(self) -> bool:
        """Whether it has its result."""
        return self.stage in (Stage.SUCCEEDED, Stage.FAILED)

    def move(self, stage: Stage) -> None:
        """Go on to another stage. Raises ``StageError`` where the model knows no such way."""
        if stage not in _MOVES[self.stage]:
            raise StageError(f"{self.id}: {self.stage.name} to {stage.name}")
        self.stage = stage
        self.moves += 1
        self.too_late = None

    @property
    def is_refunding(self) -> bool:
        """Whether a refund or chargeback is under way."""
        return any(refund.status == "in_progress" for refund in self.refunds)


@define(eq=False)
class Session:
    """A session: what was given at creation, the payments and payouts tried in it, and how it ended.

    A plain session has one operation, tried once or several times. In a ``multi`` session each attempt is an operation
    of its own.
    """

    id: str
    project: Project
    fields: Fields
    made_by: Literal["v1", "v2"]
    created_at: datetime
    updated_at: datetime
    family: Family = "plain"
    multi: bool = False
    # A synchronous session sends no webhooks at all (docs: payments/payment-pcidss-simple).
    sync: bool = False
    attempts: list[Attempt] = Factory(list[Attempt])
    ending: Literal["cancelled", "error"] | None = None
    finished_at: datetime | None = None
    error: Error | None = None
    actions: dict[str, datetime] = Factory(dict[str, datetime])

    @property
    def last(self) -> Attempt | None:
        """The newest payment or payout."""
        return self.attempts[-1] if self.attempts else None

    @property
    def counting(self) -> list[Attempt]:
        """The attempts that decide how the session stands."""
        return self.attempts if self.multi else self.attempts[-1:]

    @property
    def status(self) -> str:
        """The session's status as the API names it (docs: reference/objects)."""
        counting = self.counting
        if self.ending is not None:
            return self.ending
        if not counting:
            return "created"
        if any(attempt.stage is Stage.UNKNOWN for attempt in counting):
            return "error"
        if not all(attempt.is_final for attempt in counting) or any(attempt.is_refunding for attempt in counting):
            return "in_progress"
        return "accepted" if any(attempt.stage is Stage.SUCCEEDED for attempt in counting) else "in_progress"

    @property
    def may_start(self) -> bool:
        """Whether an operation may be started: nothing was tried, or the last try failed and the session is open."""
        last = self.last
        return self.ending is None and (last is None or (last.stage is Stage.FAILED and not self.multi))

    def touch(self, now: datetime, attempt: Attempt | None = None) -> None:
        """Note a change, of an attempt if one is named: ``updated_at`` grows strictly, by at least a microsecond."""
        self.updated_at = max(now, self.updated_at + timedelta(microseconds=1))
        if attempt is not None:
            attempt.updated_at = self.updated_at
        self.finished_at = self.updated_at if self.status in ("accepted", "cancelled") else None
