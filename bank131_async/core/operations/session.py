"""Calls on sessions (docs: reference/methods)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from bank131_async.core.models._base import JsonValue, refuse, required_text
from bank131_async.core.models.amount import Amount
from bank131_async.core.models.answer import SessionAnswer
from bank131_async.core.models.confirm import ConfirmInformation
from bank131_async.core.models.customer import Customer
from bank131_async.core.models.fiscalization import FiscalizationDetails
from bank131_async.core.models.options import PaymentOptions
from bank131_async.core.models.participant import ParticipantDetails
from bank131_async.core.models.payment_details import PaymentDetails
from bank131_async.core.models.payout_details import PayoutDetails
from bank131_async.core.models.routing import CustomRouting, RevenueSplit
from bank131_async.core.operations.base import Operation


def _given(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if value is None:
        refuse(owner, attribute.name, "a value; the bank demands it")


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class SessionOperation(Operation[SessionAnswer]):
    """Base of the calls that answer with the session."""

    answer_type: ClassVar[type[SessionAnswer]] = SessionAnswer
    result: ClassVar[str] = "session"


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CreateSession(SessionOperation):
    """``session/create``: a session in ``created``. No money moves, and the body may be empty."""

    path: ClassVar[str] = "session/create"

    payment_details: PaymentDetails | None = None
    payout_details: PayoutDetails | None = attrs.field(default=None, metadata={"v1": "payment_method"})
    amount_details: Amount | None = None
    fiscalization_details: FiscalizationDetails | None = None
    participant_details: ParticipantDetails | None = None
    customer: Customer | None = None
    payment_options: PaymentOptions | None = None
    metadata: JsonValue = attrs.field(default=None, hash=False)
    payment_metadata: Mapping[str, JsonValue] | None = attrs.field(default=None, hash=False)
    custom_routing: CustomRouting | None = None
    revenue_split_info: tuple[RevenueSplit, ...] = ()


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class InitPayment(SessionOperation):
    """``session/init/payment``: create and start in one request.

    If its answer is lost the session's id is not known to the caller; ``create`` and ``start`` do not have that flaw.
    """

    path: ClassVar[str] = "session/init/payment"
    moves_money: ClassVar[bool] = True

    payment_details: PaymentDetails | None = attrs.field(validator=_given)
    amount_details: Amount | None = attrs.field(validator=_given)
    customer: Customer | None = attrs.field(validator=_given)
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
class OfSession(SessionOperation):
    """Base of the calls on a session that exists."""

    session_id: str = attrs.field(validator=required_text)


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


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class ConfirmSession(OfSession):
    """``session/confirm``: yes to ``next_action`` confirm. Escrow accounts send back what they were asked."""

    path: ClassVar[str] = "session/confirm"
    moves_money: ClassVar[bool] = True

    confirm_information: ConfirmInformation | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CancelSession(OfSession):
    """``session/cancel``: no in place of a start, a confirmation or a capture. Its answer is not the end yet."""

    path: ClassVar[str] = "session/cancel"
    moves_money: ClassVar[bool] = True


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CaptureSession(OfSession):
    """``session/capture``: debit held money, all of it or ``amount_details`` (docs: payments/payment-hold)."""

    path: ClassVar[str] = "session/capture"
    moves_money: ClassVar[bool] = True

    amount_details: Amount | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class RefundSession(OfSession):
    """``session/refund``: money back, all of it or ``amount_details``. Each call is one more refund."""

    path: ClassVar[str] = "session/refund"
    moves_money: ClassVar[bool] = True

    amount_details: Amount | None = None
    metadata: JsonValue = attrs.field(default=None, hash=False)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class GetSessionStatus(OfSession):
    """``session/status``: the whole session as it is now; safe to repeat."""

    path: ClassVar[str] = "session/status"
