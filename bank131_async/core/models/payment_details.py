"""How an incoming payment is made: ``type`` and the object of that name (docs: reference/objects)."""

from __future__ import annotations

from typing import Self, TypeAlias

import attrs

from bank131_async.core.models._base import SECRET, Model
from bank131_async.core.models.card import BankCard, Card, EncryptedCard, TokenizedCard
from bank131_async.core.models.internet_banking import InternetBanking
from bank131_async.core.models.method import FasterPaymentSystem, NoDetails, Recurrent
from bank131_async.errors import ConfigurationError


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class SecuredToken(Model):
    """What a wallet on the payer's device gave out."""

    token: str | None = attrs.field(default=None, metadata=SECRET)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class SecuredCard(Model):
    """Google Pay or Apple Pay."""

    type: str | None = None
    google_pay: SecuredToken | None = None
    apple_pay: SecuredToken | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TonWallet(Model):
    """A TON wallet and what is bought."""

    address: str | None = None
    product_id: str | None = None
    product_name: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CryptoWallet(Model):
    """A wallet of a crypto currency."""

    type: str | None = None
    ton: TonWallet | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class PaymentBankAccount(Model):
    """A bank account to pay from; marked experimental at the bank."""

    type: str | None = None
    system_type: str | None = None
    upi: NoDetails | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TransferNote(Model):
    """The text of an internal transfer."""

    description: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class InternalTransfer(Model):
    """A transfer between accounts at the bank (escrow and settlement accounts)."""

    type: str | None = None
    transfer_from_nominal_account: TransferNote | None = None
    transfer_from_bank_account: TransferNote | None = None


PaymentMethod: TypeAlias = (
    Card
    | Recurrent
    | FasterPaymentSystem
    | InternetBanking
    | SecuredCard
    | CryptoWallet
    | PaymentBankAccount
    | InternalTransfer
    | NoDetails
)

PayingWith: TypeAlias = BankCard | EncryptedCard | TokenizedCard | PaymentMethod
"""What a payment can be started with: a method, or a card of any kind given bare."""


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class PaymentDetails(Model):
    """The way of paying. ``PaymentDetails.of(method)`` makes it, :attr:`method` takes the method out."""

    type: str | None = None
    card: Card | None = None
    recurrent: Recurrent | None = None
    faster_payment_system: FasterPaymentSystem | None = None
    faster_payment_system_binding: NoDetails | None = None
    internet_banking: InternetBanking | None = None
    secured_card: SecuredCard | None = None
    crypto_wallet: CryptoWallet | None = None
    bank_account: PaymentBankAccount | None = None
    internal_transfer: InternalTransfer | None = None

    @classmethod
    def of(cls, method: PayingWith) -> Self:
        """Wrap a method of payment. Cards of any kind may be given bare."""
        match method:
            case BankCard() | EncryptedCard() | TokenizedCard():
                return cls(type="card", card=Card.of(method))
            case Card():
                return cls(type="card", card=method)
            case Recurrent():
                return cls(type="recurrent", recurrent=method)
            case FasterPaymentSystem():
                return cls(type="faster_payment_system", faster_payment_system=method)
            case InternetBanking():
                return cls(type="internet_banking", internet_banking=method)
            case _:
                return cls._of_rare(method)

    @classmethod
    def _of_rare(cls, method: PaymentMethod) -> Self:
        match method:
            case SecuredCard():
                return cls(type="secured_card", secured_card=method)
            case CryptoWallet():
                return cls(type="crypto_wallet", crypto_wallet=method)
            case PaymentBankAccount():
                return cls(type="bank_account", bank_account=method)
            case InternalTransfer():
                return cls(type="internal_transfer", internal_transfer=method)
            case NoDetails():
                return cls(type="faster_payment_system_binding", faster_payment_system_binding=method)
            case _:
                raise ConfigurationError(f"PaymentDetails.of: {type(method).__name__} is not a method of payment")

    @property
    def method(self) -> PaymentMethod | None:
        """The object that ``type`` names; None if it is absent or of a type that this version does not know."""
        methods: dict[str, PaymentMethod | None] = {
            "card": self.card,
            "recurrent": self.recurrent,
            "faster_payment_system": self.faster_payment_system,
            "faster_payment_system_binding": self.faster_payment_system_binding,
            "internet_banking": self.internet_banking,
            "secured_card": self.secured_card,
            "crypto_wallet": self.crypto_wallet,
            "bank_account": self.bank_account,
            "internal_transfer": self.internal_transfer,
        }
        return methods.get(self.type or "")
