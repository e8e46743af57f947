"""``amount_details``: whole minor units and a currency."""

from __future__ import annotations

from typing import Literal, overload

from attrs import frozen

from bank131_async.sandbox.refusal import invalid
from bank131_async.sandbox.shapes import Shape


@frozen
class Sum:
    """An amount in minor units and its currency as the merchant spelled it."""

    amount: int
    currency: str


@overload
def read_amount(shape: Shape, *, required: Literal[True]) -> Sum: ...


@overload
def read_amount(shape: Shape, *, required: bool = False) -> Sum | None: ...


def read_amount(shape: Shape, *, required: bool = False) -> Sum | None:
    """``amount_details``, if it is there."""
    details = shape.shape("amount_details", required=required)
    if details is None:
        return None
    amount = details.value("amount", required="a whole number of minor units above 0")
    if isinstance(amount, bool) or not isinstance(amount, int) or amount <= 0:
        raise invalid(f"{details.path('amount')}: expected a whole number of minor units above 0")
    currency = details.must_text("currency", pattern=r"[A-Za-z]{3,5}", expected="3 to 5 letters such as rub")
    return Sum(amount, currency)
