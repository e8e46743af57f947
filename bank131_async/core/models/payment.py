"""An incoming payment: one attempt at paying within a session."""

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
    from bank131_async.core.models.interaction import CustomerInteraction
    from bank131_async.core.models.options import PaymentOptions, Subscription
    from bank131_async.core.models.participant import ParticipantDetails
    from bank131_async.core.models.payment_details import PaymentDetails
    from bank131_async.core.models.refund import Refund
    from bank131_async.core.models.routing import RevenueSplit
    from bank131_async.core.models.transaction import RecurrentToken, TransactionInfo


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Payment(Model):
    """``succeeded`` and ``failed`` are final for the attempt; refunds and chargebacks may still come after success."""

    id: str | None = None
    status: PaymentStatus | str | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    finished_at: Timestamp | None = None
    customer: Customer | None = None
    payment_details: PaymentDetails | None = None
    amount_details: Amount | None = None
    amounts: Amounts | None = None
    participant_details: ParticipantDetails | None = None
    payment_options: PaymentOptions | None = None
    refunds: tuple[Refund, ...] = ()
    recurrent: RecurrentToken | None = None
    customer_interaction: CustomerInteraction | None = None
    metadata: JsonValue = attrs.field(default=None, hash=False)
    subscription: Subscription | None = None
    error: BankError | None = None
    revenue_split_info: tuple[RevenueSplit, ...] = ()
    transaction_info: TransactionInfo | None = None
