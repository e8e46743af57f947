"""A whole world in virtual time: a sandbox bank, merchant processes on one store, wires that can fail between them."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from bank131_async.client import Bank131Config
from bank131_async.core.machine import StoredEntry
from bank131_async.core.retry import RetryPolicy
from bank131_async.flow import Bank131Client, FlowSettings, LoopClock
from bank131_async.sandbox import OutgoingWebhook, SandboxBank
from bank131_async.sandbox.ledger import Ledger
from bank131_async.stores import MemoryStore
from bank131_async.webhooks import Router
from tests.support.outlet import Outlet
from tests.support.virtual import EPOCH, virtual_now
from tests.support.wire import Effect, Wire

#: How a courier treats a webhook: deliver it after so many seconds each; empty: lose it.
Courier = Callable[[OutgoingWebhook], tuple[float, ...]]


class Process:
    """A merchant process: a client, its wire and its way to the store that all processes share."""

    def __init__(self, world: World, settings: FlowSettings, router: Router | None) -> None:
        self.wire = Wire(world.bank, world.effects)
        self.outlet = Outlet(world.store)
        config = Bank131Config(
            project_id=world.bank.project.id,
            private_key=world.bank.keys.merchant,
            bank_public_keys=world.bank.keys.bank_public_pem,
            server="http://127.0.0.1:1",
            retry=RetryPolicy(attempts=1) if world.plain_retries else RetryPolicy(),
            log_bodies=world.log_bodies,
        )
        self.client = Bank131Client(
            config,
            store=self.outlet,
            settings=settings,
            transport=self.wire,
            clock=_Clock(world.numbers),
            router=router,
        )
        self.is_dead = False

    @property
    def payments(self) -> Any:
        """``client.payments``."""
        return self.client.payments

    def die(self) -> None:
        """The power fails: nothing of this process is sent, written or cleaned up any more."""
        self.is_dead = self.wire.dead = self.outlet.dead = True
        self.wire.latency_s = self.outlet.latency_s = 0.0
        engine = self.client._engine
        engine.poller.close()
        for task in tuple(engine.tasks._running):
            task.cancel()

    async def aclose(self) -> None:
        """End the process in an orderly way, unless it is dead."""
        if not self.is_dead:
            self.outlet.thaw.set()
            await self.client.aclose()


class World:
    """One bank, one store, any number of merchant processes.

    Webhooks go to ``receiver`` (a process, or nobody), as ``courier`` says.
    """

    def __init__(
        self,
        *,
        processes: int = 1,
        settings: FlowSettings | None = None,
        plain_retries: bool = False,
        log_bodies: bool = False,
        **switches: Any,
    ) -> None:
        self.bank = SandboxBank(clock=virtual_now, **switches)
        self.store = MemoryStore(now=virtual_now)
        self.effects: list[Effect] = []
        self.numbers: Iterator[int] = itertools.count(1)
        self.plain_retries = plain_retries
        self.log_bodies = log_bodies
        self.settings = settings or FlowSettings()
        self.processes: list[Process] = []
        self.graves: list[Process] = []
        self.courier: Courier = lambda _webhook: (0.1,)
        self.replies: list[int] = []
        self._couriers: set[asyncio.Task[None]] = set()
        self._alarm: asyncio.TimerHandle | None = None
        for _ in range(processes):
            self.process()
        self.receiver: Process | None = self.processes[0]
        self.bank.subscribe(self._carry)

    def process(self, *, settings: FlowSettings | None = None, router: Router | None = None) -> Process:
        """One more merchant process."""
        made = Process(self, settings or self.settings, router)
        self.processes.append(made)
        return made

    # -- the referee --------------------------------------------------------------------------------------------------

    def ledger(self, session_id: str) -> Ledger:
        """The bank's own account of the last payment of a session."""
        attempt = self.bank.session(session_id).last
        assert attempt is not None, "nothing was ever started"
        return attempt.ledger

    def accepted(self, session_id: str) -> Counter[str]:
        """How often the bank accepted which command for a session: ``Counter({"session/confirm": 1, ...})``."""
        return Counter(effect.method for effect in self.effects if effect.session_id == session_id)

    async def journal(self, session_id: str) -> list[StoredEntry]:
        """The session's stream."""
        return list(await self.store.journal(self.bank.project.id).load(session_id))

    def streams(self) -> dict[str, list[StoredEntry]]:
        """All streams."""
        return {name: held.entries for name, held in self.store.journal(self.bank.project.id)._streams.items()}

    # -- webhooks and the bank's time ---------------------------------------------------------------------------------

    def _carry(self) -> None:
        loop = asyncio.get_running_loop()
        for webhook in self.bank.take_outbox():
            delays = self.courier(webhook)
            self._send_off(self._lose(webhook) if not delays else self._deliver(webhook, delays[0], is_first=True))
            for delay in delays[1:]:
                self._send_off(self._deliver(webhook, delay, is_first=False))
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if (due := self.bank.next_due_at) is not None:
            delay_s = max(0.0, (due - virtual_now()).total_seconds()) + 0.0005
            self._alarm = loop.call_later(delay_s, self.bank.advance, 0.0)

    def _send_off(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work, name="courier")
        self._couriers.add(task)
        task.add_done_callback(self._couriers.discard)

    async def _lose(self, webhook: OutgoingWebhook) -> None:
        self.bank.delivered(webhook, 200)  # lost on the way, and the bank believes that it arrived

    async def _deliver(self, webhook: OutgoingWebhook, delay_s: float, *, is_first: bool) -> None:
        await asyncio.sleep(delay_s)
        status: int | None = None
        if self.receiver is not None and not self.receiver.is_dead:
            reply = await self.receiver.client.receiver.handle(webhook.body, webhook.signature)
            status = reply.status
            self.replies.append(status)
        if is_first:
            self.bank.delivered(webhook, status)

    async def aclose(self) -> None:
        """End all processes, then the world."""
        for process in self.processes:
            await process.aclose()
        if self._alarm is not None:
            self._alarm.cancel()
        left = [*self._couriers]
        left += [task for one in (*self.processes, *self.graves) for task in one.wire.stragglers]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


class _Clock(LoopClock):
    """Virtual time, countable ids and no jitter, so that runs repeat."""

    def __init__(self, numbers: Iterator[int]) -> None:
        super().__init__(EPOCH)
        self._numbers = numbers

    def new_id(self) -> str:
        return f"id-{next(self._numbers)}"

    def jitter(self) -> float:
        return 0.5


@asynccontextmanager
async def world(**arguments: Any) -> AsyncIterator[World]:
    """A world that ends in an orderly way; arguments as for ``World``, others are switches of the bank."""
    made = World(**arguments)
    try:
        yield made
    finally:
        await made.aclose()
