"""Cards in all their forms: open, encrypted, tokenized (reference: objects, cards)."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime

from attrs import field, frozen

from bank131_async.sandbox.cards import SandboxCard, card_for
from bank131_async.sandbox.refusal import invalid
from bank131_async.sandbox.shapes import Shape
from bank131_async.sandbox.vault import Vault

CARD_KINDS = ("bank_card", "encrypted_card", "tokenized_card")
_TEST_NUMBER = re.compile(r"(?<!\d)\d{14,19}$", re.ASCII)
# Makes card ids that nobody can search for a number.
_PEPPER = secrets.token_bytes(16)


@frozen
class CardUse:
    """A card as the bank remembers it: its row in the table, the shown digits, and its last month ("YYMM").

    ``fingerprint`` is equal for equal number and date, and tells neither.
    """

    card: SandboxCard
    bin: str
    last4: str
    expires: str | None = None
    fingerprint: str = field(default="", repr=False)

    @classmethod
    def of(cls, number: str, expires: str | None = None) -> CardUse:
        """What the bank keeps of an open number."""
        digest = hashlib.sha256(_PEPPER + f"{number}/{expires}".encode()).hexdigest()
        return cls(card_for(number), number[:6], number[-4:], expires, digest)

    def is_expired(self, now: datetime) -> bool:
        """Whether the last month is over."""
        return self.expires is not None and self.expires < now.strftime("%y%m")


def read_card(card: Shape) -> CardUse:
    """The open data of a card: number, last month, code and name (reference: objects, bank_card)."""
    number = read_number(card, "number")
    month = card.text("expiration_month", pattern=r"0[1-9]|1[0-2]", expected="two digits, 01 to 12")
    year = card.text("expiration_year", pattern=r"\d\d", expected="two digits")
    card.text("security_code", pattern=r"\d{3,4}", expected="3 or 4 digits")
    card.text("cardholder_name")
    return CardUse.of(number, f"{year}{month}" if year and month else None)


def read_number(shape: Shape, name: str) -> str:
    """A card's number."""
    number = shape.must_text(name, pattern=r"\d{14,19}", expected="14 to 19 digits")
    if not passes_luhn(number):
        raise invalid(f"{shape.path(name)}: expected a number with a valid check digit (Luhn)")
    return number


def read_any_card(card: Shape, vault: Vault) -> CardUse:
    """A card in one of its three forms."""
    kind = card.one_of("type", CARD_KINDS, required=True)
    inner = card.must_shape(str(kind))
    if kind == "bank_card":
        return read_card(inner)
    name = "number_hash" if kind == "encrypted_card" else "token"
    inner.texts("expiration_date_hash", "security_code_hash", "cardholder_name_hash")
    text = inner.must_text(name)
    found = vault.card(text) or card_at_the_end(text)
    if found is None:
        raise invalid(
            f"{inner.path(name)}: no such card; expected what the bank gave out or, in the sandbox, any text that ends "
            "with a test card's number"
        )
    return found


def card_at_the_end(text: str) -> CardUse | None:
    """The test card whose number ends a token or hash: a way to name one without asking the bank for a token."""
    digits = _TEST_NUMBER.search(text)
    return CardUse.of(digits[0]) if digits is not None and passes_luhn(digits[0]) else None


def passes_luhn(number: str) -> bool:
    """Whether the check digit of a string of digits is right."""
    doubled = (int(digit) * 2 for digit in number[-2::-2])
    return (sum(map(int, number[-1::-2])) + sum(digit - 9 * (digit > 9) for digit in doubled)) % 10 == 0
