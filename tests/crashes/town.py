"""The bank, the merchant's processes, the payers, and a queue that delivers until it is told that the work is done."""

from __future__ import annotations

import asyncio
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from bank131_async import open_store
from bank131_async.flow import Audit
from bank131_async.stores import Store
from tests.crashes.bank import Bank
from tests.crashes.decisions import Decision, decision, name_of
from tests.crashes.merchant import SETTINGS
from tests.crashes.nursery import Nursery

#: Messages of the queue that are delivered at one time.
_AT_ONCE = 8
_AGAIN_S = 0.05
#: How long everything may take to come to rest when nothing disturbs it any more.
_REST_S = 60.0


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Ask until it is so; for what nobody tells."""
    async with asyncio.timeout(_REST_S):
        while True:
            if await condition():
                return
            await asyncio.sleep(_AGAIN_S)


class Town:
    """One run. ``orders``: the names of what the queue has delivered; ``answers``: how the web server answered."""

    def __init__(
        self, bank: Bank, nursery: Nursery, store: Store, address: str, port: int, diary: Path, seed: int
    ) -> None:
        self.bank = bank
        self.nursery = nursery
        self.diary = diary
        self.store = store
        self.orders: list[str] = []
        self.answers: Counter[str] = Counter()
        self.pids: dict[str, int] = {}
        self.kills = 0
        self.done = 0
        self._environ = bank.environ | {"BANK131_STORE": address, "PORT": str(port), "DIARY": str(diary)}
        self._url = f"http://127.0.0.1:{port}"
        self._chance = random.Random(seed)
        self._moved = asyncio.Condition()
        self._refused: dict[str, str] = {}
        self._is_closing = False

    # -- the merchant's processes -------------------------------------------------------------------------------------

    async def start(self, *names: str) -> None:
        """Start processes: ``web``, ``worker``."""
        for name in names:
            self.pids[name] = await self.nursery.start(name, self._environ)

    async def kill(self, *names: str) -> None:
        """``kill -9`` them."""
        for name in names:
            await self.nursery.kill(name)
            del self.pids[name]
            self.kills += 1

    async def kill_often(self, kills: int) -> None:
        """Kill one of them or both at moments of chance, and start them anew; until so many have been killed."""
        until, chance = self.kills + kills, self._chance
        while self.kills < until:
            await self.progress(chance.choice((0, 1, 2, 4, 8)))
            await asyncio.sleep(chance.uniform(0, 0.15))
            victims = chance.choice((("web",), ("worker",), ("web", "worker")))[: until - self.kills]
            await self.kill(*victims)
            await asyncio.sleep(chance.uniform(0, 0.05))
            await self.start(*victims)

    async def progress(self, count: int) -> None:
        """Wait until so many more messages have been delivered."""
        until = self.done + count
        await self.until(lambda: self.done >= until)

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait for something that the answers of the merchant tell."""
        async with asyncio.timeout(_REST_S), self._moved:
            await self._moved.wait_for(reached)

    # -- the queue ----------------------------------------------------------------------------------------------------

    async def deliver(self) -> None:
        """Deliver orders, several at one time, until the town closes."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http, asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(self._deliver_on(http))

    async def _deliver_on(self, http: aiohttp.ClientSession) -> None:
        while not self._is_closing:
            self.orders.append(name_of(len(self.orders)))
            await self._carry_out(http, decision(self.orders[-1]))

    async def _carry_out(self, http: aiohttp.ClientSession, wanted: Decision) -> None:
        await self._send(http, "/pay-out" if wanted.kind == "payout" else "/pay", wanted.order, "start")
        for name, _ in wanted.refunds:
            await self._send(http, "/give-back", wanted.order, name)

    async def _send(self, http: aiohttp.ClientSession, path: str, order: str, name: str) -> None:
        """Deliver a message until it is taken, and sometimes once more."""
        twice = self._chance.random() < 0.2
        while True:
            answer = await self._sent(http, f"{self._url}{path}/{order}/{name}")
            self.answers[answer.partition(":")[0]] += 1
            assert not answer.startswith("500"), f"{path} {order} {name}: {answer}"
            async with self._moved:
                self._moved.notify_all()
            if answer != "200":
                self._refused[f"{path}/{order}/{name}"] = answer
                await asyncio.sleep(_AGAIN_S)
            elif twice:
                twice = False
            else:
                break
        self._refused.pop(f"{path}/{order}/{name}", None)
        self.done += 1

    @staticmethod
    async def _sent(http: aiohttp.ClientSession, url: str) -> str:
        try:
            async with http.post(url) as answer:
                text = await answer.text()
                return f"{answer.status}: {text}" if answer.status != 200 else "200"
        except (aiohttp.ClientError, TimeoutError) as error:
            return type(error).__name__

    # -- the payers ---------------------------------------------------------------------------------------------------

    async def pay(self) -> None:
        """Pass 3-D Secure wherever the bank waits for it."""
        while True:
            for session_id in await self.bank.waiting_for_payers():
                await self.bank.payer_passes(session_id)
            await asyncio.sleep(_AGAIN_S)

    # -- the load -----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def load(self) -> AsyncIterator[None]:
        """Orders come and payers pay while the context lasts; afterwards everything has come to rest."""
        payers = asyncio.create_task(self.pay())
        queue = asyncio.create_task(self.deliver())
        try:
            yield
            self._is_closing = True
            async with asyncio.timeout(_REST_S):
                await queue
                await self._rest()
        except TimeoutError:
            waiting = "\n".join(f"{name}: {answer}" for name, answer in self._refused.items())
            raise AssertionError(f"not done in time:\n{waiting}") from None
        finally:
            queue.cancel()
            payers.cancel()
            await asyncio.gather(queue, payers, return_exceptions=True)

    async def _rest(self) -> None:
        """Wait until nothing is unfinished or unhandled in the journal, and the bank has no webhook to deliver.

        What is in doubt, or for a person, is for the judge.
        """
        audit = Audit.of(self.store.journal(self.bank.project_id), SETTINGS)

        async def is_quiet() -> bool:
            count = await audit.count()
            return not count.unfinished and not count.unhandled and not await self.bank.owes_news()

        await eventually(is_quiet)


@asynccontextmanager
async def town(folder: Path, address: str, seed: int, **switches: str) -> AsyncIterator[Town]:
    """The bank and the merchant's processes, which are all gone when the context ends.

    ``address`` is that of the store, ``folder`` an empty one for keys and logs.
    """
    with socket.socket() as reserved:
        # Nobody listens here, but nobody else gets the port while the web server is dead.
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        store = open_store(address)
        try:
            async with (
                Bank(folder / "keys", f"http://127.0.0.1:{port}/webhooks", **switches) as bank,
                Nursery(folder / "log") as nursery,
            ):
                place = Town(bank, nursery, store, address, port, folder / "diary", seed)
                await place.start("web", "worker")
                yield place
        finally:
            await store.aclose()
