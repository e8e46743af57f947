"""Bank accounts that a payout goes to. Unlike other methods, the key of the kind is named by ``system_type``."""

from __future__ import annotations

import attrs

from bank131_async.core.models._base import SECRET, Model
from bank131_async.core.models.method import FasterPaymentSystem, NoDetails

BIK_NAMES = {"aliases": ("bic",), "spelling": "bik_name"}
"""Field metadata: where the bank means a BIK it has also been seen to write ``bic``; it is written back as it came."""


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class RuBankAccount(Model):
    """A Russian account: ``bik`` (9 digits) and ``account`` (20 digits), or a ``token`` in place of both.

    ``description`` is the purpose of the payment: up to 210 characters (docs: payouts/russian-account).
    """

    bik: str | None = attrs.field(default=None, metadata=BIK_NAMES)
    account: str | None = None
    token: str | None = attrs.field(default=None, metadata=SECRET)
    full_name: str | None = None
    description: str | None = None
    is_fast: bool | None = None
    inn: str | None = None
    kpp: str | None = None
    bik_name: str = attrs.field(default="bik", metadata={"wire": False})


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class IbanAccount(Model):
    """An account by its IBAN."""

    account: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class BankAccount(Model):
    """``system_type`` and the object of that name."""

    system_type: str | None = None
    ru: RuBankAccount | None = None
    faster_payment_system: FasterPaymentSystem | None = None
    faster_payment_system_verification: FasterPaymentSystem | None = None
    iban: IbanAccount | None = None
    upi: NoDetails | None = None
