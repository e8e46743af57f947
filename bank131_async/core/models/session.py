"""A session: what the bank calls the whole of one order, with its payments or payouts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from bank131_async.core.models._base import Model
from bank131_async.core.models.enums import NextAction, SessionStatus
from bank131_async.core.models.timestamp import Timestamp

if TYPE_CHECKING:  # the codec loads them when a session that holds them is first read
    from bank131_async.core.models.error import BankError
    from bank131_async.core.models.payment import Payment
    from bank131_async.core.models.payout import Payout


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Session(Model):
    """``error`` is not an end (the bank does not know yet), and a refund takes ``accepted`` back to ``in_progress``.

    Names in API v1: ``acquiring_payments`` for payments, ``payments`` for payouts. ``actions`` holds when which action
    was done; the bank sends it without documenting it.
    """

    id: str | None = None
    status: SessionStatus | str | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    finished_at: Timestamp | None = None
    next_action: NextAction | str | None = None
    error: BankError | None = None
    payment_list: tuple[Payment, ...] = attrs.field(default=(), metadata={"v1": "acquiring_payments"})
    payout_list: tuple[Payout, ...] = attrs.field(default=(), metadata={"v1": "payments"})
    actions: Mapping[str, Timestamp] | None = attrs.field(default=None, hash=False)

    @property
    def is_cancelled(self) -> bool:
        """True for ``cancelled`` and for ``canceled``, which one page of the bank writes."""
        return self.status in (SessionStatus.cancelled, "canceled")
