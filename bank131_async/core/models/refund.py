"""Refunds, chargebacks among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from bank131_async.core.models._base import JsonValue, Model
from bank131_async.core.models.enums import RefundStatus
from bank131_async.core.models.timestamp import Timestamp

if TYPE_CHECKING:  # the codec loads them when one that holds them is first read
    from bank131_async.core.models.amount import Amount, Amounts
    from bank131_async.core.models.error import BankError
    from bank131_async.core.models.routing import RevenueSplit
    from bank131_async.core.models.transaction import TransactionInfo


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Refund(Model):
    """Money back, whole or in part. ``is_chargeback`` absent means that the merchant asked for it."""

    id: str | None = None
    status: RefundStatus | str | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    finished_at: Timestamp | None = None
    amount_details: Amount | None = None
    amounts: Amounts | None = None
    metadata: JsonValue = attrs.field(default=None, hash=False)
    is_chargeback: bool | None = None
    revenue_split_info: tuple[RevenueSplit, ...] = ()
    transaction_info: TransactionInfo | None = None
    error: BankError | None = None
