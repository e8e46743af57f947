"""A payout: money from the merchant to somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from bank131_async.core.models._base import JsonValue, Model
from bank131_async.core.models.enums import PaymentStatus
from bank131_async.core.models.timestamp import Timestamp

if TYPE_CHECKING:  # the codec loads them when one that holds them is first read
    from bank131_async.core.models.amount import Amount, Amounts
    from bank131_async.core.models.customer import Customer
    from bank131_async.core.models.error import BankError
    from bank131_async.core.models.fiscalization import FiscalizationDetails
    from bank131_async.core.models.interaction import CustomerInteraction
    from bank131_async.core.models.participant import ParticipantDetails
    from bank131_async.core.models.payout_details import PayoutDetails
    from bank131_async.core.models.refund import Refund
    from bank131_async.core.models.transaction import TransactionInfo


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Payout(Model):
    """A succeeded payout may still be returned by the recipient's bank as a refund (docs: payouts/payout-refunds)."""

    id: str | None = None
    status: PaymentStatus | str | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    finished_at: Timestamp | None = None
    customer: Customer | None = None
    payout_details: PayoutDetails | None = attrs.field(default=None, metadata={"v1": "payment_method"})
    amount_details: Amount | None = None
    amounts: Amounts | None = None
    fiscalization_details: FiscalizationDetails | None = None
    participant_details: ParticipantDetails | None = None
    refunds: tuple[Refund, ...] = ()
    customer_interaction: CustomerInteraction | None = None
    metadata: JsonValue = attrs.field(default=None, hash=False)
    error: BankError | None = None
    transaction_info: TransactionInfo | None = None
