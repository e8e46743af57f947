"""How a payment can end. ``await flow`` returns one of these."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from bank131_async.core.models.error import BankError
from bank131_async.core.models.payment import Payment
from bank131_async.core.models.payout import Payout

CancelledBy: TypeAlias = Literal["merchant", "time_limit", "unknown"]


@attrs.frozen(weakref_slot=False)
class Succeeded:
    """The money moved. ``payment`` or ``payout``: as the bank last showed it; facts leave it out, flows fill it in."""

    payment: Payment | None = None
    attempt: str | None = None
    payout: Payout | None = None


@attrs.frozen(weakref_slot=False)
class Failed:
    """The money did not move and will not. ``error``: the bank's reason, if it gave one."""

    error: BankError | None = None
    attempt: str | None = None


@attrs.frozen(weakref_slot=False)
class Cancelled:
    """Nobody declined it: the merchant cancelled, or a time limit ended it."""

    by: CancelledBy = "unknown"


Outcome: TypeAlias = Succeeded | Failed | Cancelled
