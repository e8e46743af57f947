"""``subscription/*``: payments that the bank itself repeats."""

from __future__ import annotations

from typing import Unpack

from bank131_async.client.resources.base import CallOptions, Executor
from bank131_async.core.models import Answer
from bank131_async.core.operations import CancelSubscription, RestoreSubscription


class SubscriptionsResource:
    """Subscriptions that a payment with ``payment_options.subscription`` began."""

    def __init__(self, client: Executor) -> None:
        self._client = client

    async def cancel(self, subscription_id: str, **options: Unpack[CallOptions]) -> Answer:
        """``subscription/cancel``: the bank stops repeating."""
        return await self._client.execute(CancelSubscription(subscription_id=subscription_id), **options)

    async def restore(self, subscription_id: str, **options: Unpack[CallOptions]) -> Answer:
        """``subscription/restore``: the bank repeats again, so money will be taken later."""
        return await self._client.execute(RestoreSubscription(subscription_id=subscription_id), **options)
