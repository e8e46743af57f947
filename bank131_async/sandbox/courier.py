"""Carries webhooks over HTTP. Each delivery is a task of its own: a slow receiver holds up nothing and nobody."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

import aiohttp

from bank131_async.sandbox.bank import SandboxBank
from bank131_async.sandbox.delivery import OutgoingWebhook

logger: logging.Logger = logging.getLogger("bank131.sandbox")

# Enough to see in the log what a receiver complained about.
MAX_KEPT_ANSWER = 2_000


Receive = Callable[[bytes, str], Awaitable[tuple[int, bytes]]]
"""Takes a webhook's body and signature in this process; gives the HTTP status and body of the answer."""


class Courier:
    """Sends webhooks and reports to the bank how it went.

    Those of projects without an address go to ``receive``, a receiver in this process; without it they are dropped.
    """

    def __init__(self, bank: SandboxBank) -> None:
        self.receive: Receive | None = None
        self._bank = bank
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def send(self, webhooks: Iterable[OutgoingWebhook]) -> None:
        """Start the deliveries, in this order, and return at once."""
        for webhook in webhooks:
            if webhook.url is not None or self.receive is not None:
                task = asyncio.create_task(self._deliver(webhook))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _deliver(self, webhook: OutgoingWebhook) -> None:
        sent_at = self._bank.now()
        if webhook.url is not None:
            status, error, answer = await self._post(webhook, webhook.url)
        else:
            status, error, answer = await self._hand_over(webhook)
        logger.log(
            logging.DEBUG if status == 200 else logging.WARNING,
            "webhook %s of %s, sending %d: %s%s",
            webhook.type,
            webhook.session_id,
            webhook.attempt,
            status or error,
            _advice(status),
        )
        self._bank.delivered(webhook, status, error=error, answer=answer, sent_at=sent_at)

    async def _hand_over(self, webhook: OutgoingWebhook) -> tuple[int | None, str | None, bytes]:
        if self.receive is None:
            return None, "no receiver", b""
        status, answer = await self.receive(webhook.body, webhook.signature)
        return status, None, answer

    async def _post(self, webhook: OutgoingWebhook, url: str) -> tuple[int | None, str | None, bytes]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        limit = self._bank.projects[webhook.project_id].settings.webhook_timeout_s
        try:
            async with self._session.post(
                url,
                data=webhook.body,
                headers=webhook.headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=limit),
            ) as response:
                return response.status, None, await response.content.read(MAX_KEPT_ANSWER)
        except TimeoutError:
            return None, f"no answer within {limit:g} s", b""
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return None, f"{type(error).__name__}: {error}", b""


def _advice(status: int | None) -> str:
    """What a developer who sees only this line should look at."""
    if status is not None and 300 <= status < 400:
        return " (redirects are not followed: is a slash at the end of the address missing, or too much?)"
    if status == 401:
        return " (the signature was refused: does the receiver have this bank's public key?)"
    if status in (404, 405):
        return " (nothing takes webhooks at this address)"
    return ""
