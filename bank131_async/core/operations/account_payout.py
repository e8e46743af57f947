"""Payouts to a card from an account of the merchant: the transfer from the account and the payout in one session."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from bank131_async.core.operations.base import OfSession, SessionOperation, given

if TYPE_CHECKING:  # the codec loads them when a call that holds them is first written
    from bank131_async.core.models import (
        Amount,
        Customer,
        JsonValue,
        ParticipantDetails,
        PaymentDetails,
        PayoutDetails,
    )


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class InitAccountMultiPayment(SessionOperation):
    """Base of the calls that create and start in one."""

    moves_money: ClassVar[bool] = True

    payment_details: PaymentDetails | None = attrs.field(validator=given)
    payout_details: PayoutDetails | None = attrs.field(validator=given, metadata={"v1": "payment_method"})
    amount_details: Amount | None = attrs.field(validator=given)
    participant_details: ParticipantDetails | None = None
    customer: Customer | None = None
    metadata: JsonValue = attrs.field(default=None, hash=False)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class StartAccountMultiPayment(OfSession):
    """Base of the calls that start in a session that exists."""

    moves_money: ClassVar[bool] = True

    payment_details: PaymentDetails | None = None
    payout_details: PayoutDetails | None = attrs.field(default=None, metadata={"v1": "payment_method"})
    amount_details: Amount | None = None
    participant_details: ParticipantDetails | None = None
    customer: Customer | None = None
    metadata: JsonValue = attrs.field(default=None, hash=False)
