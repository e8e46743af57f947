"""Cards in all their forms. Open data is checked here, before anything is sent, and never shown."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Self

import attrs

from bank131_async.core.models._base import SECRET, refuse, required_text
from bank131_async.core.models._checks import matching
from bank131_async.core.models._tagged import Method, Tagged, wrap

_NUMBER = re.compile(r"[0-9]{14,19}", re.ASCII)

_month = matching("0[1-9]|1[0-2]", "two digits from 01 to 12")
_year = matching("[0-9]{2}", "the last two digits of the year")
_code = matching("[0-9]{3,4}", "3 or 4 digits")


def mask_number(value: object) -> str:
    """Both ends of what is long enough to be a card number; of anything else nothing."""
    return f"{value[:6]}******{value[-4:]}" if isinstance(value, str) and len(value) >= 14 else "***"


def _passes_luhn(number: str) -> bool:
    odd, even = number[-1::-2], number[-2::-2]
    return (sum(map(int, odd)) + sum(sum(divmod(2 * int(digit), 10)) for digit in even)) % 10 == 0


def card_number(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    """An attrs validator for open card numbers."""
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        refuse(owner, attribute.name, "14 to 19 digits without spaces")
    if not _passes_luhn(value):
        refuse(owner, attribute.name, "a number with a right check digit (it was mistyped)")


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Card(Tagged["BankCard | EncryptedCard | TokenizedCard"], Method):
    """A card in a request (``type`` and the object of that name) or in an answer (brand, last digits).

    ``card_id`` is a stable name for number and expiry within the project; one cannot pay with it.
    """

    TAG: ClassVar[str] = "card"

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
        return wrap(cls, card)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class BankCard(Method):
    """Open card data; only for merchants that may hold it (PCI DSS). Month and year are two digits each."""

    TAG: ClassVar[str] = "bank_card"
    GROUP: ClassVar[type[Card]] = Card

    number: str | None = attrs.field(validator=card_number, metadata={**SECRET, "mask": mask_number})
    expiration_month: str | None = attrs.field(default=None, validator=_month, metadata=SECRET)
    expiration_year: str | None = attrs.field(default=None, validator=_year, metadata=SECRET)
    security_code: str | None = attrs.field(default=None, validator=_code, metadata=SECRET)
    cardholder_name: str | None = attrs.field(default=None, metadata=SECRET)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class EncryptedCard(Method):
    """Hashes made by the bank's widget in the payer's browser."""

    TAG: ClassVar[str] = "encrypted_card"
    GROUP: ClassVar[type[Card]] = Card

    number_hash: str | None = attrs.field(validator=required_text, metadata=SECRET)
    expiration_date_hash: str | None = attrs.field(default=None, metadata=SECRET)
    security_code_hash: str | None = attrs.field(default=None, metadata=SECRET)
    cardholder_name_hash: str | None = attrs.field(default=None, metadata=SECRET)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TokenizedCard(Method):
    """A card that the bank keeps, by its token."""

    TAG: ClassVar[str] = "tokenized_card"
    GROUP: ClassVar[type[Card]] = Card

    token: str | None = attrs.field(validator=required_text, metadata=SECRET)
