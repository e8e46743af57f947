"""How much money the merchant has at the bank."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from bank131_async.core.models._base import Model
from bank131_async.core.models.answer import Answer

if TYPE_CHECKING:
    from bank131_async.core.models.amount import Amount


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class WalletBalance(Model):
    """One of the balances for payouts (the collateral account). It may be zero or below."""

    id: str | None = None
    amount_details: Amount | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class WalletBalanceAnswer(Answer):
    """The answer of ``wallet/balance``."""

    wallets: tuple[WalletBalance, ...] | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class BalanceDetails(Model):
    """``current_balance`` in minor units of the account's currency."""

    current_balance: int | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class AccountBalanceAnswer(Answer):
    """The answer of ``report/account_balance``: an escrow or settlement account (docs: statements-balance)."""

    account_number: str | None = None
    account_currency: str | None = None
    balance: BalanceDetails | None = None
