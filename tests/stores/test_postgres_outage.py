"""PostgreSQL is stopped, and crashes, under a stream of webhooks: 503 meanwhile, and in the end nothing is missing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from hashlib import sha256

import aiohttp
import pytest
from aiohttp import web

from bank131_async import Bank131Client
from bank131_async.core.machine import Observed, TokenGiven
from bank131_async.integrations.aiohttp import webhook_handler
from bank131_async.stores import PostgresStore
from bank131_async.testing import Sandbox
from bank131_async.testing.store_contract.hints import close, until_heard
from tests.support.keys import BANK_PUBLIC_PEM
from tests.support.postgres import Server
from tests.support.webhooks import BANK, webhook_body

_SESSIONS, _EACH, _SENDERS = 10, 30, 16


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of this test's own, to be stopped."""
    made = Server.create()
    made.start()
    try:
        yield made
    finally:
        made.remove()


@asynccontextmanager
async def receiving(bank: Bank131Client) -> AsyncIterator[str]:
    """The bank's way to the shop: a real web server."""
    app = web.Application()
    app.router.add_post("/webhooks", webhook_handler(bank))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks"
    finally:
        await runner.cleanup()


class Load:
    """Sends every webhook until it is answered 200, several at a time."""

    def __init__(self, url: str, bodies: list[bytes]) -> None:
        self.answers: Counter[int] = Counter()
        self._url = url
        self._bodies = iter(bodies)
        self._moved = asyncio.Event()

    async def run(self) -> None:
        async with aiohttp.ClientSession() as client:
            await asyncio.gather(*(self._send_on(client) for _ in range(_SENDERS)))

    async def until(self, status: int, count: int) -> None:
        """Wait for that many answers."""
        while self.answers[status] < count:
            self._moved.clear()
            await self._moved.wait()

    async def _send_on(self, client: aiohttp.ClientSession) -> None:
        for body in self._bodies:
            headers = {"X-PARTNER-SIGN": BANK.sign(body)}
            while True:
                async with client.post(self._url, data=body, headers=headers) as answer:
                    self.answers[answer.status] += 1
                    self._moved.set()
                    if answer.status == 200:
                        break
                await asyncio.sleep(0.01)


@pytest.mark.asyncio
async def test_no_webhook_is_lost_and_everything_recovers_by_itself(server: Server) -> None:
    store, watcher = PostgresStore(server.dsn(), pool_size=4), PostgresStore(server.dsn())
    bodies = [
        webhook_body("payment_finished", f"ps_{number % _SESSIONS}", number=number)
        for number in range(_SESSIONS * _EACH)
    ]
    async with (
        Sandbox() as sandbox,
        sandbox.client(config=sandbox.config(bank_public_keys=BANK_PUBLIC_PEM), store=store) as bank,
        receiving(bank) as url,
    ):
        project = sandbox.server.project_id
        journal, elsewhere = store.journal(project), watcher.journal(project)
        entry = (TokenGiven(widget="w"),)
        reader = elsewhere.changes()
        await until_heard([reader], lambda: journal.append("before", entry), "before")
        load = Load(url, bodies)
        sending = asyncio.ensure_future(load.run())
        for outage, mode in enumerate(("fast", "immediate"), 1):
            await load.until(200, outage * len(bodies) // 4)
            await asyncio.to_thread(server.stop, mode)
            await load.until(503, load.answers[503] + 2 * _SENDERS)
            await asyncio.to_thread(server.start)
        await sending
        assert load.answers.keys() == {200, 503}
        assert load.answers[200] == len(bodies)
        await until_heard([reader], lambda: journal.append("after", entry), "after")
        await close(reader)
        digests: Counter[bytes | None] = Counter()
        for number in range(_SESSIONS):
            for stored in await elsewhere.load(f"ps_{number}"):
                assert isinstance(stored.entry, Observed)
                digests[stored.entry.digest] += 1
        assert digests.keys() == {sha256(body).digest() for body in bodies}
    await store.aclose()
    await watcher.aclose()
