"""Money: whole numbers of minor units and a currency, never a float."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Self

import attrs

from bank131_async.core.models._base import Model, refuse
from bank131_async.errors import ConfigurationError

_DECIMAL = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Za-z]{3,5}", re.ASCII)


@attrs.frozen(weakref_slot=False, repr=False)
class Amount(Model):
    """``amount`` minor units (kopecks, cents) of ``currency`` (3 to 5 letters; compare with :meth:`same_as`).

    The bank takes whole numbers above zero and does not care about the case of the currency, which it also mixes itself
    (docs: reference/methods). What the user makes is checked; what the bank sends is read as it is.
    """

    amount: int
    currency: str

    @classmethod
    def rub(cls, value: str | int | Decimal) -> Self:
        """Roubles: ``Amount.rub("150.00")`` is 15000 kopecks; a whole number means roubles, not kopecks."""
        return cls.of(value, "rub")

    @classmethod
    def of(cls, value: str | int | Decimal, currency: str) -> Self:
        """A decimal number of major units of an ISO 4217 currency: ``Amount.of("10.5", "usd")`` is 1050 cents.

        Raises ConfigurationError for floats, signs, exponents, too many decimals and currencies outside the table.
        """
        from bank131_async.core.models.currency import exponent_of

        exponent = exponent_of(currency)
        if exponent is None:
            raise ConfigurationError(
                "Amount.currency: not in the ISO 4217 table; give minor units with Amount.minor(number, currency)"
            )
        text = format(value, "f") if isinstance(value, Decimal) else value
        if text.__class__ not in (str, int) or not _DECIMAL.fullmatch(str(text)):
            raise ConfigurationError("Amount.amount: expected a decimal number above zero as text, int or Decimal")
        whole, _, fraction = str(text).partition(".")
        if len(fraction) > exponent:
            raise ConfigurationError(f"Amount.amount: {currency.upper()} has {exponent} decimals at most")
        return cls(int(whole + fraction.ljust(exponent, "0")), currency)

    @classmethod
    def minor(cls, amount: int, currency: str) -> Self:
        """Minor units of any currency, also of those outside ISO 4217 (the bank knows ``tonc``)."""
        return cls(amount, currency)

    def __attrs_post_init__(self) -> None:
        if self.amount.__class__ is not int or self.amount <= 0:
            refuse(self, "amount", "a whole number of minor units above zero")
        if self.currency.__class__ is not str or not _CURRENCY.fullmatch(self.currency):
            refuse(self, "currency", "a code of 3 to 5 letters")

    def same_as(self, other: Amount) -> bool:
        """Equal sums of equal currencies, whatever the case of the currency."""
        return self.amount == other.amount and self.currency.lower() == other.currency.lower()

    def __str__(self) -> str:
        from bank131_async.core.models.currency import exponent_of

        exponent = exponent_of(self.currency)
        if exponent is None:
            return f"{self.amount} minor units of {self.currency.upper()}"
        sign, digits = "-" if self.amount < 0 else "", str(abs(self.amount)).rjust(exponent + 1, "0")
        if not exponent:
            return f"{sign}{digits} {self.currency.upper()}"
        return f"{sign}{digits[:-exponent]}.{digits[-exponent:]} {self.currency.upper()}"


@attrs.frozen(weakref_slot=False, repr=False)
class Fee(Model):
    """What the bank keeps; sent when the manager has switched it on (docs: reference/webhooks)."""

    merchant_fee: Amount | None = None


@attrs.frozen(weakref_slot=False, repr=False)
class Amounts(Model):
    """The sum paid, the sum that reaches the merchant, and the fee between them."""

    gross: Amount | None = None
    net: Amount | None = None
    fee: Fee | None = None
