"""How an incoming payment is made: ``type`` and the object of that name (docs: reference/objects)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeAlias, Union

import attrs

from bank131_async.core.models._tagged import Tagged, wrap

if TYPE_CHECKING:  # the codec loads them when a payment made in that way is first read
    from bank131_async.core.models.bank_account import BankAccount, Upi
    from bank131_async.core.models.card import BankCard, Card, EncryptedCard, TokenizedCard
    from bank131_async.core.models.crypto_wallet import CryptoWallet, TonWallet
    from bank131_async.core.models.internal_transfer import (
        InternalTransfer,
        TransferFromBankAccount,
        TransferFromNominalAccount,
    )
    from bank131_async.core.models.internet_banking import InternetBanking, InternetBankingMethod
    from bank131_async.core.models.method import FasterPaymentSystem, FasterPaymentSystemBinding, Recurrent
    from bank131_async.core.models.secured_card import ApplePay, GooglePay, SecuredCard
    from bank131_async.core.models.wallet import Wallet, YooMoney

PaymentMethod: TypeAlias = Union[
    "Card",
    "Recurrent",
    "FasterPaymentSystem",
    "FasterPaymentSystemBinding",
    "InternetBanking",
    "SecuredCard",
    "CryptoWallet",
    "BankAccount",
    "Wallet",
    "InternalTransfer",
]
"""What ``PaymentDetails.method`` can be. Those that are unions themselves have a ``method`` in turn."""

PayingWith: TypeAlias = Union[
    "PaymentMethod",
    "BankCard",
    "EncryptedCard",
    "TokenizedCard",
    "InternetBankingMethod",
    "GooglePay",
    "ApplePay",
    "TonWallet",
    "Upi",
    "YooMoney",
    "TransferFromNominalAccount",
    "TransferFromBankAccount",
]
"""What a payment can be started with: a method, or one of those that travel inside another, given bare."""


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class PaymentDetails(Tagged[PaymentMethod]):
    """The way of paying. ``PaymentDetails.of(method)`` makes it, :attr:`method` takes the method out."""

    type: str | None = None
    card: Card | None = None
    recurrent: Recurrent | None = None
    faster_payment_system: FasterPaymentSystem | None = None
    faster_payment_system_binding: FasterPaymentSystemBinding | None = None
    internet_banking: InternetBanking | None = None
    secured_card: SecuredCard | None = None
    crypto_wallet: CryptoWallet | None = None
    bank_account: BankAccount | None = None
    wallet: Wallet | None = None
    internal_transfer: InternalTransfer | None = None

    @classmethod
    def of(cls, method: PayingWith) -> Self:
        """Wrap a method of payment. Cards, T-Pay, Google Pay and the like may be given bare."""
        return wrap(cls, method)
