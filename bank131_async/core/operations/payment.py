"""Calls that begin an incoming payment (docs: payments)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import attrs

from bank131_async.core.models._base import refuse
from bank131_async.core.operations.base import OfSession, SessionOperation, given

if TYPE_CHECKING:  # the codec loads them when a call that holds them is first written
    from bank131_async.core.models import (
        Amount,
        Customer,
        CustomRouting,
        JsonValue,
        ParticipantDetails,
        PaymentDetails,
        PaymentOptions,
        RevenueSplit,
    )


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class InitPayment(SessionOperation):
    """``session/init/payment``: create and start in one request.

    If its answer is lost the session's id is not known to the caller; ``create`` and ``start`` do not have that flaw.
    """

    path: ClassVar[str] = "session/init/payment"
    moves_money: ClassVar[bool] = True

    payment_details: PaymentDetails | None = attrs.field(validator=given)
    amount_details: Amount | None = attrs.field(validator=given)
    customer: Customer | None = attrs.field(validator=given)
    payment_options: PaymentOptions | None = None
    participant_details: ParticipantDetails | None = None
    metadata: JsonValue = attrs.field(default=None, hash=False)
    payment_metadata: Mapping[str, JsonValue] | None = attrs.field(default=None, hash=False)
    custom_routing: CustomRouting | None = None
    revenue_split_info: tuple[RevenueSplit, ...] = ()


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class InitPaymentSync(InitPayment):
    """``session/init/payment/sync``: the result is in the answer, and there are no webhooks at all.

    Only for projects that have it switched on (docs: payments/payment-pcidss-simple). ``payment_options.return_url`` is
    needed.
    """

    path: ClassVar[str] = "session/init/payment/sync"

    def __attrs_post_init__(self) -> None:
        if self.payment_options is None or self.payment_options.return_url is None:
            refuse(self, "payment_options.return_url", "a URL; the bank demands it for this call")


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class StartPayment(OfSession):
    """``session/start/payment``: the attempt begins. What was given at create may be left out, or is replaced."""

    path: ClassVar[str] = "session/start/payment"
    moves_money: ClassVar[bool] = True

    payment_details: PaymentDetails | None = None
    amount_details: Amount | None = None
    customer: Customer | None = None
    payment_options: PaymentOptions | None = None
    participant_details: ParticipantDetails | None = None
    metadata: JsonValue = attrs.field(default=None, hash=False)
    payment_metadata: Mapping[str, JsonValue] | None = attrs.field(default=None, hash=False)
    custom_routing: CustomRouting | None = None
    revenue_split_info: tuple[RevenueSplit, ...] = ()
