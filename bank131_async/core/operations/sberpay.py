"""SberPay beside payments (docs: payments/payment-sber-pay). API v1 only."""

from __future__ import annotations

from typing import ClassVar

import attrs

from bank131_async.core.models import Answer
from bank131_async.core.models._base import required_text
from bank131_async.core.models._checks import matching
from bank131_async.core.operations.base import Operation

_phone = matching("[0-9]+", "digits without a plus")


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class PushSberPay(Operation[Answer]):
    """``sberpay/push``: the payer gets a push or an SMS that asks to pay; not for the channel app."""

    path: ClassVar[str] = "sberpay/push"
    versions: ClassVar[tuple[str, ...]] = ("v1",)
    answer_type: ClassVar[type[Answer]] = Answer
    result: ClassVar[str] = "status"

    session_id: str = attrs.field(validator=required_text)
    phone: str = attrs.field(validator=(required_text, _phone))
