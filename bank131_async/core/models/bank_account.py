"""Bank accounts to pay out to. Unlike in other unions, the tag is named ``system_type``."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

import attrs

from bank131_async.core.models._base import BIK_NAMES, SECRET, refuse, required_text
from bank131_async.core.models._checks import matching
from bank131_async.core.models._tagged import Method, Tagged

_all_digits = matching("[0-9]+", "digits")
_purpose = matching(r"[^?!]{0,210}", "at most 210 characters without ? and !")
_phone = matching("[0-9]+", "digits with the country's code, without a plus")


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class BankAccount(Tagged["BankAccountMethod"], Method):
    """``system_type`` and the object of that name."""

    TAG: ClassVar[str] = "bank_account"
    TAG_FIELD: ClassVar[str] = "system_type"

    system_type: str | None = None
    ru: RuBankAccount | None = None
    faster_payment_system: FpsAccount | None = None
    faster_payment_system_verification: FpsVerification | None = None
    iban: IbanAccount | None = None
    upi: Upi | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class RuBankAccount(Method):
    """A Russian account: ``bik`` (9 digits) and ``account`` (20 digits), or a ``token`` in place of both.

    ``description`` is the purpose of the payment, 210 characters at most without ``?`` and ``!``; it names the kind of
    the deal, its ground, the goods and the VAT (docs: escrow-account/escrow-payout-accounts). ``is_fast`` pays within
    an hour through BESP (docs: payouts/russian-account).
    """

    TAG: ClassVar[str] = "ru"
    GROUP: ClassVar[type[BankAccount]] = BankAccount

    bik: str | None = attrs.field(default=None, validator=_all_digits, metadata=BIK_NAMES)
    account: str | None = attrs.field(default=None, validator=_all_digits)
    token: str | None = attrs.field(default=None, metadata=SECRET)
    full_name: str | None = None
    description: str | None = attrs.field(default=None, validator=_purpose)
    is_fast: bool | None = None
    inn: str | None = attrs.field(default=None, validator=_all_digits)
    kpp: str | None = attrs.field(default=None, validator=_all_digits)
    bik_name: str = attrs.field(default="bik", metadata={"wire": False})

    def __attrs_post_init__(self) -> None:
        if self.token is None and (self.bik is None or self.account is None):
            refuse(self, "account", "bik and account, or a token in place of both")


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class FpsAccount(Method):
    """An account found by phone number in the FPS: ``phone`` without a plus, ``bank_id`` from ``fps/banks``."""

    TAG: ClassVar[str] = "faster_payment_system"
    GROUP: ClassVar[type[BankAccount]] = BankAccount

    phone: str | None = attrs.field(validator=(required_text, _phone))
    bank_id: str | None = attrs.field(validator=required_text)
    description: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class FpsVerification(Method):
    """An account in the FPS whose owner is to be checked (``fps/customer_verification``)."""

    TAG: ClassVar[str] = "faster_payment_system_verification"
    GROUP: ClassVar[type[BankAccount]] = BankAccount

    phone: str | None = attrs.field(validator=(required_text, _phone))
    bank_id: str | None = attrs.field(validator=required_text)


@attrs.frozen(weakref_slot=False, repr=False)
class IbanAccount(Method):
    """An account by its IBAN."""

    TAG: ClassVar[str] = "iban"
    GROUP: ClassVar[type[BankAccount]] = BankAccount

    account: str | None = attrs.field(validator=required_text)


@attrs.frozen(weakref_slot=False, repr=False)
class Upi(Method):
    """India's Unified Payments Interface, to pay or to be paid; marked experimental at the bank."""

    TAG: ClassVar[str] = "upi"
    GROUP: ClassVar[type[BankAccount]] = BankAccount


BankAccountMethod: TypeAlias = RuBankAccount | FpsAccount | FpsVerification | IbanAccount | Upi
"""What a bank account can be."""
