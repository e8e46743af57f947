"""A web server of its own process that takes webhooks; started by ``benchmarks/webhook_server.py``.

``python -m benchmarks._webhook_server floor|sdk PUBLIC_PEM_PATH`` prints its port. ``GET /cpu`` tells the CPU seconds
that its thread has used.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from aiohttp import web
from attrs import frozen

from bank131_async.core.signing import Verifier
from bank131_async.core.webhook import WebhookEvent
from bank131_async.integrations.aiohttp import webhook_handler
from bank131_async.webhooks import WebhookReceiver
from benchmarks._news import News, least_work


class _Nowhere:
    """A sink that keeps nothing: what is measured here is the way to it."""

    async def accept(self, event: WebhookEvent) -> None:
        """Nothing to do."""

    async def unreadable(self, *, digest: bytes, size: int, reason: str, body: bytes) -> None:
        """Nothing to do."""


@frozen
class _Target:
    receiver: WebhookReceiver


async def main(kind: str, public_pem: bytes) -> None:
    """Serves until the process is ended."""
    app = web.Application()
    app.router.add_get("/cpu", _cpu)
    if kind == "sdk":
        receiver = WebhookReceiver(Verifier.from_pem(public_pem), _Nowhere())
        app.router.add_post("/webhook", webhook_handler(_Target(receiver)))
    else:
        verify_and_parse = least_work(public_pem)

        async def floor(request: web.Request) -> web.Response:
            verify_and_parse(News(await request.read(), request.headers["X-PARTNER-SIGN"]))
            return web.Response(body=b'{"status":"ok"}', content_type="application/json")

        app.router.add_post("/webhook", floor)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


async def _cpu(request: web.Request) -> web.Response:
    del request
    return web.Response(text=repr(time.thread_time()))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]).read_bytes()))
