"""How a payout is delivered (v1 ``payment_method``, v2 ``payout_details``)."""

from __future__ import annotations

from typing import Self, TypeAlias

import attrs

from bank131_async.core.models._base import Model
from bank131_async.core.models.bank_account import BankAccount
from bank131_async.core.models.card import BankCard, Card, EncryptedCard, TokenizedCard
from bank131_async.core.models.method import FasterPaymentSystem, Recurrent
from bank131_async.core.models.tax import Tax
from bank131_async.errors import ConfigurationError


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class WalletAccount(Model):
    """An account in an electronic wallet (YooMoney: 11 to 20 digits, description up to 128 characters)."""

    account: str | None = None
    description: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Wallet(Model):
    """``type`` and the object of that name."""

    type: str | None = None
    qiwi: WalletAccount | None = None
    yoomoney: WalletAccount | None = None
    moneta: WalletAccount | None = None
    steam: WalletAccount | None = None


PayoutMethod: TypeAlias = Card | BankAccount | Wallet | Tax | Recurrent | FasterPaymentSystem


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class PayoutDetails(Model):
    """The way of delivery. ``PayoutDetails.of(method)`` makes it, :attr:`method` takes the method out."""

    type: str | None = None
    card: Card | None = None
    bank_account: BankAccount | None = None
    wallet: Wallet | None = None
    tax: Tax | None = None
    recurrent: Recurrent | None = None
    faster_payment_system: FasterPaymentSystem | None = None

    @classmethod
    def of(cls, method: BankCard | EncryptedCard | TokenizedCard | PayoutMethod) -> Self:
        """Wrap a method of payout. Cards of any kind may be given bare."""
        match method:
            case BankCard() | EncryptedCard() | TokenizedCard():
                return cls(type="card", card=Card.of(method))
            case Card():
                return cls(type="card", card=method)
            case BankAccount():
                return cls(type="bank_account", bank_account=method)
            case Wallet():
                return cls(type="wallet", wallet=method)
            case Tax():
                return cls(type="tax", tax=method)
            case Recurrent():
                return cls(type="recurrent", recurrent=method)
            case FasterPaymentSystem():
                return cls(type="faster_payment_system", faster_payment_system=method)
            case _:
                raise ConfigurationError(f"PayoutDetails.of: {type(method).__name__} is not a method of payout")

    @property
    def method(self) -> PayoutMethod | None:
        """The object that ``type`` names; None if it is absent or of a type that this version does not know."""
        methods: dict[str, PayoutMethod | None] = {
            "card": self.card,
            "bank_account": self.bank_account,
            "wallet": self.wallet,
            "tax": self.tax,
            "recurrent": self.recurrent,
            "faster_payment_system": self.faster_payment_system,
        }
        return methods.get(self.type or "")
