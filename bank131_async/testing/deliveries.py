"""The webhooks that a sandbox bank has sent, as a test looks at them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import overload

from bank131_async.sandbox.bank import SandboxBank
from bank131_async.sandbox.delivery import Delivery


class Deliveries(Sequence[Delivery]):
    """Every sending of every webhook with its answer, oldest first; ``await wait_for(type)`` for one to come."""

    def __init__(self, bank: SandboxBank) -> None:
        self._bank = bank
        self._changed = asyncio.Event()
        bank.subscribe(self._changed.set)

    @overload
    def __getitem__(self, index: int) -> Delivery: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Delivery]: ...
    def __getitem__(self, index: int | slice) -> Delivery | Sequence[Delivery]:
        return self._bank.webhook_log[index]

    def __len__(self) -> int:
        return len(self._bank.webhook_log)

    @property
    def types(self) -> list[str]:
        """The types in the order of the answers; a webhook that was sent twice stands here twice."""
        return [delivery.webhook.type for delivery in self]

    async def wait_for(self, type_: str, *, session_id: str | None = None, timeout: float = 5.0) -> Delivery:
        """The first sending of this type that was answered with 200; waits for it if there was none yet.

        ``timeout`` in seconds of the event loop; ``TimeoutError`` then.
        """
        async with asyncio.timeout(timeout):
            while True:
                for delivery in self:
                    about = delivery.webhook
                    if delivery.status == 200 and about.type == type_ and session_id in (None, about.session_id):
                        return delivery
                self._changed.clear()
                await self._changed.wait()
