"""``recurrent/*``: saved means of payment (docs: payments/payment-recurring)."""

from __future__ import annotations

from typing import Unpack

from bank131_async.client.resources.base import CallOptions, Executor
from bank131_async.core.models import RecurrentAnswer, SavedToken
from bank131_async.core.operations import DisableRecurrent, GetRecurrentStatus


class RecurrentsResource:
    """Saved means of payment by their tokens; no money moves."""

    def __init__(self, client: Executor) -> None:
        self._client = client

    async def status(self, token: str, **options: Unpack[CallOptions]) -> RecurrentAnswer:
        """``recurrent/status``: whether the token can be paid with (``recurrent.is_active``)."""
        return await self._client.execute(GetRecurrentStatus(recurrent=SavedToken(token)), **options)

    async def disable(self, token: str, **options: Unpack[CallOptions]) -> RecurrentAnswer:
        """``recurrent/disable``: the token can no longer be paid with; a second call changes nothing."""
        return await self._client.execute(DisableRecurrent(recurrent=SavedToken(token)), **options)
