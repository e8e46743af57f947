"""``sberpay/push`` (docs: payments/payment-sber-pay)."""

from __future__ import annotations

from typing import Unpack

from bank131_async.client.resources.base import CallOptions, Executor
from bank131_async.core.models import Answer
from bank131_async.core.operations import PushSberPay


class SberPayResource:
    """SberPay beside the payment itself; no money moves."""

    def __init__(self, client: Executor) -> None:
        self._client = client

    async def push(self, session_id: str, phone: str, **options: Unpack[CallOptions]) -> Answer:
        """``sberpay/push``: ask the payer by push or SMS to pay; ``phone`` without a plus. Not for the channel app."""
        return await self._client.execute(PushSberPay(session_id=session_id, phone=phone), **options)
