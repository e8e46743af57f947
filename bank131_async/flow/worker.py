"""``bank.payments.run(policy)``: work on whatever is unfinished, oldest due first, in any number of processes."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from datetime import timedelta

from bank131_async.errors import StoreUnavailableError
from bank131_async.flow.engine import Engine
from bank131_async.flow.hints import follow
from bank131_async.flow.turn import Turns

#: Between two looks into the store at least, in seconds, however many hints come: under load one look serves them all.
_SHORTEST_PAUSE_S = 0.02
_SPREAD = 0.4


class Worker:
    """One worker. Workers need no leader: a flow that two of them take is still commanded once, by the journal.

    It looks into the store when a hint comes, when a flow in hand is done, and by timer. While the store or the bank
    does not answer it only probes: a look, or one flow, at growing pauses.
    """

    def __init__(self, engine: Engine, turns: Turns, *, concurrency: int) -> None:
        self._engine = engine
        self._turns = turns
        self._concurrency = concurrency
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._left_alone: dict[str, float] = {}
        self._wake = asyncio.Event()
        self.backlog: int = 0

    @property
    def in_flight(self) -> int:
        """Flows in hand."""
        return len(self._busy)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``; then finish what is in hand within the grace, and leave the rest to others."""
        hints = self._engine.tasks.spawn(self._follow_hints(), name="bank131 worker hints")
        stopping = self._engine.tasks.spawn(self._wake_on(stop), name="bank131 worker stop")
        try:
            while not stop.is_set():
                self._wake.clear()
                pause_s = await self._look()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause_s * self._chance()):
                        await self._wake.wait()
                await asyncio.sleep(_SHORTEST_PAUSE_S)
        finally:
            hints.cancel()
            stopping.cancel()
            await self._finish()

    async def _finish(self) -> None:
        if self._busy:
            await asyncio.wait(self._busy.values(), timeout=self._engine.settings.grace_s)
        late = list(self._busy.values())  # their commands have tasks of their own, which go on
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    async def _look(self) -> float:
        """Take what is due; the seconds until the next look, unless something wakes the worker before."""
        engine = self._engine
        now = asyncio.get_running_loop().time()
        if not engine.store_outage.admits(now):
            return engine.store_outage.pause_s
        try:
            pause_s = await self._take_due(now)
        except StoreUnavailableError:
            engine.store_failed()
            return engine.store_outage.pause_s
        engine.store_outage.answered(now)
        return pause_s

    async def _take_due(self, loop_now: float) -> float:
        engine, settings = self._engine, self._engine.settings
        is_probing = engine.bank_outage.is_open
        room = (1 if is_probing else self._concurrency) - len(self._busy)
        if room <= 0:
            return settings.worker_longest_pause_s
        self._left_alone = {name: until for name, until in self._left_alone.items() if until > loop_now}
        await engine.recorder.learn_time()
        now = engine.recorder.now()
        due = await engine.journal.unfinished(now, self._concurrency * 2 + len(self._left_alone))
        due = [name for name in due if name not in self._busy and name not in self._left_alone]
        for stream in due[:room]:
            task = engine.tasks.spawn(self._work(stream), name=f"bank131 work {stream}")
            self._busy[stream] = task
            task.add_done_callback(functools.partial(self._free, stream))
        self.backlog = max(0, len(due) - room)
        if is_probing:
            return engine.bank_outage.pause_s
        soon = await engine.journal.unfinished(now + timedelta(seconds=settings.worker_longest_pause_s), 1)
        return settings.worker_pause_s if soon else settings.worker_longest_pause_s

    async def _work(self, stream: str) -> None:
        try:
            rest_s = await self._turns.take(stream)
        except StoreUnavailableError:
            self._engine.store_failed()
            return
        if rest_s:
            self._left_alone[stream] = asyncio.get_running_loop().time() + rest_s

    def _free(self, stream: str, _task: asyncio.Task[None]) -> None:
        self._busy.pop(stream, None)
        if not self._engine.bank_outage.is_open:  # else the next one is taken when the pause is over
            self._wake.set()

    def _chance(self) -> float:
        """Spreads the looks of workers that woke together."""
        return 1 + _SPREAD * (self._engine.clock.jitter() - 0.5)

    async def _follow_hints(self) -> None:
        async for _ in follow(self._engine.journal):
            if not self._engine.bank_outage.is_open:
                self._wake.set()

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()
