"""``wallet/balance``: the balances for payouts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Unpack

from bank131_async.client.resources.base import CallOptions, Executor
from bank131_async.core.models import WalletBalanceAnswer
from bank131_async.core.operations import GetWalletBalance


class WalletsResource:
    """The merchant's balances at the bank; payouts above them cannot be made."""

    def __init__(self, client: Executor) -> None:
        self._client = client

    async def balance(
        self, request_datetime: datetime | None = None, **options: Unpack[CallOptions]
    ) -> WalletBalanceAnswer:
        """``wallet/balance``: what is there. ``request_datetime``, with a zone, is now unless given."""
        operation = GetWalletBalance(request_datetime=request_datetime or datetime.now(UTC))
        return await self._client.execute(operation, **options)
