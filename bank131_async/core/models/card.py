"""Cards in all their forms. Open data is checked here, before anything is sent, and never shown."""

from __future__ import annotations

import re
from typing import Any, Self

import attrs

from bank131_async.core.models._base import SECRET, Model, refuse, required_text

_NUMBER = re.compile(r"[0-9]{14,19}", re.ASCII)
_MONTH = re.compile(r"0[1-9]|1[0-2]", re.ASCII)
_YEAR = re.compile(r"[0-9]{2}", re.ASCII)
_CODE = re.compile(r"[0-9]{3,4}", re.ASCII)


def _mask_number(value: object) -> str:
    # Both ends are shown only of what is long enough to be a card number.
    return f"{value[:6]}******{value[-4:]}" if isinstance(value, str) and len(value) >= 14 else "***"


def _passes_luhn(number: str) -> bool:
    odd, even = number[-1::-2], number[-2::-2]
    return (sum(map(int, odd)) + sum(sum(divmod(2 * int(digit), 10)) for digit in even)) % 10 == 0


def _number(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        refuse(owner, attribute.name, "14 to 19 digits without spaces")
    if not _passes_luhn(value):
        refuse(owner, attribute.name, "a number with a right check digit (it was mistyped)")


def _month(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    _match(owner, attribute.name, value, _MONTH, "two digits from 01 to 12")


def _year(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    _match(owner, attribute.name, value, _YEAR, "the last two digits of the year")


def _code(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    _match(owner, attribute.name, value, _CODE, "3 or 4 digits")


def _match(owner: object, name: str, value: object, pattern: re.Pattern[str], expected: str) -> None:
    if value is not None and not (isinstance(value, str) and pattern.fullmatch(value)):
        refuse(owner, name, expected)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class BankCard(Model):
    """Open card data; only for merchants that may hold it (PCI DSS). Month and year are two digits each."""

    number: str | None = attrs.field(validator=_number, metadata={**SECRET, "mask": _mask_number})
    expiration_month: str | None = attrs.field(default=None, validator=_month, metadata=SECRET)
    expiration_year: str | None = attrs.field(default=None, validator=_year, metadata=SECRET)
    security_code: str | None = attrs.field(default=None, validator=_code, metadata=SECRET)
    cardholder_name: str | None = attrs.field(default=None, metadata=SECRET)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class EncryptedCard(Model):
    """Hashes made by the bank's widget in the payer's browser."""

    number_hash: str | None = attrs.field(validator=required_text, metadata=SECRET)
    expiration_date_hash: str | None = attrs.field(default=None, metadata=SECRET)
    security_code_hash: str | None = attrs.field(default=None, metadata=SECRET)
    cardholder_name_hash: str | None = attrs.field(default=None, metadata=SECRET)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TokenizedCard(Model):
    """A card that the bank keeps, by its token."""

    token: str | None = attrs.field(validator=required_text, metadata=SECRET)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Card(Model):
    """A card in a request (``type`` and the object of that name) or in an answer (brand, last digits).

    ``card_id`` is a stable name for number and expiry within the project; one cannot pay with it.
    """

    type: str | None = None
    bank_card: BankCard | None = None
    encrypted_card: EncryptedCard | None = None
    tokenized_card: TokenizedCard | None = None
    brand: str | None = None
    last4: str | None = None
    bin: str | None = None
    country_iso3: str | None = None
    card_id: str | None = None

    @classmethod
    def of(cls, card: BankCard | EncryptedCard | TokenizedCard) -> Self:
        """Wrap card data the way requests carry it."""
        if isinstance(card, BankCard):
            return cls(type="bank_card", bank_card=card)
        if isinstance(card, EncryptedCard):
            return cls(type="encrypted_card", encrypted_card=card)
        return cls(type="tokenized_card", tokenized_card=card)
