"""``report/*``: balance and statement of escrow and settlement accounts (docs: statements)."""

from __future__ import annotations

from datetime import date
from typing import Unpack

from bank131_async.client.resources.base import CallOptions, Executor
from bank131_async.core.models import AccountBalanceAnswer, AccountStatementAnswer
from bank131_async.core.operations import GetAccountBalance, GetAccountStatement


class AccountsResource:
    """Accounts by their number of 20 digits; no money moves."""

    def __init__(self, client: Executor) -> None:
        self._client = client

    async def balance(self, account_number: str, **options: Unpack[CallOptions]) -> AccountBalanceAnswer:
        """``report/account_balance``: what is on the account, in minor units."""
        return await self._client.execute(GetAccountBalance(account_number=account_number), **options)

    async def statement(
        self, account_number: str, day: date | str, **options: Unpack[CallOptions]
    ) -> AccountStatementAnswer:
        """``report/account_statement``: the transactions of one day, a date or ``YYYY-MM-DD``."""
        text = day if isinstance(day, str) else f"{day:%Y-%m-%d}"
        operation = GetAccountStatement(date_from=text, date_to=text, account_number=account_number)
        return await self._client.execute(operation, **options)
