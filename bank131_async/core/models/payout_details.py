"""How a payout is delivered (v1 ``payment_method``, v2 ``payout_details``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeAlias, Union

import attrs

from bank131_async.core.models._tagged import Tagged, wrap

if TYPE_CHECKING:  # the codec loads them when a payout made in that way is first read
    from bank131_async.core.models.bank_account import BankAccount, BankAccountMethod
    from bank131_async.core.models.card import BankCard, Card, EncryptedCard, TokenizedCard
    from bank131_async.core.models.method import FasterPaymentSystem, Recurrent
    from bank131_async.core.models.tax import Tax
    from bank131_async.core.models.wallet import Moneta, Qiwi, Steam, Wallet, YooMoney

PayoutMethod: TypeAlias = Union[
    "Card",
    "BankAccount",
    "Wallet",
    "Tax",
    "Recurrent",
    "FasterPaymentSystem",
]
"""What ``PayoutDetails.method`` can be. Those that are unions themselves have a ``method`` in turn."""

PayingTo: TypeAlias = Union[
    "PayoutMethod",
    "BankCard",
    "EncryptedCard",
    "TokenizedCard",
    "BankAccountMethod",
    "Qiwi",
    "YooMoney",
    "Moneta",
    "Steam",
]
"""Where a payout can be sent: a method, or one of those that travel inside another, given bare."""


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class PayoutDetails(Tagged[PayoutMethod]):
    """The way of delivery. ``PayoutDetails.of(method)`` makes it, :attr:`method` takes the method out."""

    type: str | None = None
    card: Card | None = None
    bank_account: BankAccount | None = None
    wallet: Wallet | None = None
    tax: Tax | None = None
    recurrent: Recurrent | None = None
    faster_payment_system: FasterPaymentSystem | None = None

    @classmethod
    def of(cls, method: PayingTo) -> Self:
        """Wrap a method of payout. Cards, accounts and wallets may be given bare."""
        return wrap(cls, method)
