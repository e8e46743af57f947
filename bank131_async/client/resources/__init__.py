"""The calls of the API by noun: typed, one line each, not journaled."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bank131_async.client.resources.accounts import AccountsResource
    from bank131_async.client.resources.base import Executor
    from bank131_async.client.resources.escrow import EscrowResource
    from bank131_async.client.resources.fps import FpsResource
    from bank131_async.client.resources.recurrents import RecurrentsResource
    from bank131_async.client.resources.sberpay import SberPayResource
    from bank131_async.client.resources.self_employed import SelfEmployedResource
    from bank131_async.client.resources.sessions import SessionsResource
    from bank131_async.client.resources.settlement import SettlementResource
    from bank131_async.client.resources.subscriptions import SubscriptionsResource
    from bank131_async.client.resources.tokens import TokensResource
    from bank131_async.client.resources.wallets import WalletsResource


class Resources:
    """Base of the clients: every call of the API, by noun. Each noun is loaded when it is first used."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @cached_property
    def sessions(self) -> SessionsResource:
        """Sessions of payments and payouts: create, start, confirm, capture, cancel, refund, status."""
        from bank131_async.client.resources.sessions import SessionsResource

        return SessionsResource(self._executor)

    @cached_property
    def escrow(self) -> EscrowResource:
        """Payouts from an escrow account (nominal)."""
        from bank131_async.client.resources.escrow import EscrowResource

        return EscrowResource(self._executor)

    @cached_property
    def settlement(self) -> SettlementResource:
        """Payouts from a settlement account (rko)."""
        from bank131_async.client.resources.settlement import SettlementResource

        return SettlementResource(self._executor)

    @cached_property
    def tokens(self) -> TokensResource:
        """Tokens for widgets, and in place of cards and accounts."""
        from bank131_async.client.resources.tokens import TokensResource

        return TokensResource(self._executor)

    @cached_property
    def recurrents(self) -> RecurrentsResource:
        """Saved means of payment."""
        from bank131_async.client.resources.recurrents import RecurrentsResource

        return RecurrentsResource(self._executor)

    @cached_property
    def subscriptions(self) -> SubscriptionsResource:
        """Payments that the bank itself repeats."""
        from bank131_async.client.resources.subscriptions import SubscriptionsResource

        return SubscriptionsResource(self._executor)

    @cached_property
    def wallets(self) -> WalletsResource:
        """The balances for payouts."""
        from bank131_async.client.resources.wallets import WalletsResource

        return WalletsResource(self._executor)

    @cached_property
    def accounts(self) -> AccountsResource:
        """Balance and statement of escrow and settlement accounts."""
        from bank131_async.client.resources.accounts import AccountsResource

        return AccountsResource(self._executor)

    @cached_property
    def fps(self) -> FpsResource:
        """Banks of the Faster Payment System, and the check of a recipient."""
        from bank131_async.client.resources.fps import FpsResource

        return FpsResource(self._executor)

    @cached_property
    def sberpay(self) -> SberPayResource:
        """Pushes to payers with SberPay."""
        from bank131_async.client.resources.sberpay import SberPayResource

        return SberPayResource(self._executor)

    @cached_property
    def self_employed(self) -> SelfEmployedResource:
        """Self-employed recipients: their status at the tax service, receipts without a payout."""
        from bank131_async.client.resources.self_employed import SelfEmployedResource

        return SelfEmployedResource(self._executor)
