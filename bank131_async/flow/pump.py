"""Work on many flows, a bounded piece of it in each turn of the loop."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from bank131_async.flow.record import FlowRecord
from bank131_async.flow.tasks import Tasks

#: How long, in seconds, a pump works in one turn of the loop before others get a chance.
_TURN_S = 0.001


class Pump:
    """Calls ``work`` for the flows that are put in, oldest first, for at most ``at_once`` of them at a time.

    A flow that is put in again before its turn has come keeps its place.
    """

    def __init__(self, work: Callable[[FlowRecord], Awaitable[None]], tasks: Tasks, *, at_once: int, name: str) -> None:
        self._work = work
        self._tasks = tasks
        self._at_once = at_once
        self._name = name
        self._ready: OrderedDict[str, FlowRecord] = OrderedDict()
        self._running = 0
        self._turn_ends = 0.0
        self._next_turn: asyncio.Handle | None = None

    def put(self, record: FlowRecord) -> None:
        """Work on the flow, soon."""
        self._ready[record.session_id] = record
        if self._running < self._at_once:
            self._running += 1
            self._tasks.spawn(self._run(), name=self._name)

    def clear(self) -> None:
        """Forget those whose turn has not come; what is under way goes on."""
        self._ready.clear()

    async def _run(self) -> None:
        try:
            while self._ready:
                if asyncio.get_running_loop().time() >= self._turn_ends:
                    await self._give_way()
                else:
                    await self._work(self._ready.popitem(last=False)[1])
        finally:
            self._running -= 1

    async def _give_way(self) -> None:
        """Wait for the next turn of the loop, which begins with a fresh allowance for all that runs here."""
        if self._next_turn is None:
            self._next_turn = asyncio.get_running_loop().call_soon(self._begin_turn)
        await asyncio.sleep(0)

    def _begin_turn(self) -> None:
        self._next_turn = None
        self._turn_ends = asyncio.get_running_loop().time() + _TURN_S
