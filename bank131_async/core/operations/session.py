"""Calls on sessions of any kind (docs: reference/methods)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import attrs

from bank131_async.core.operations.base import OfSession, SessionOperation

if TYPE_CHECKING:  # the codec loads them when a call that holds them is first written
    from bank131_async.core.models import (
        Amount,
        ConfirmInformation,
        Customer,
        CustomRouting,
        FiscalizationDetails,
        JsonValue,
        ParticipantDetails,
        PaymentDetails,
        PaymentOptions,
        PayoutDetails,
        RevenueSplit,
    )


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
class ChargebackSession(OfSession):
    """``session/chargeback``: known from the bank's PHP SDK; its pages say that merchants cannot start one."""

    path: ClassVar[str] = "session/chargeback"
    moves_money: ClassVar[bool] = True


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class GetSessionStatus(OfSession):
    """``session/status``: the whole session as it is now; safe to repeat."""

    path: ClassVar[str] = "session/status"
