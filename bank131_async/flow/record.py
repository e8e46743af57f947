"""What one process remembers of one flow: its folded facts and who waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from bank131_async.core.machine import EMPTY, Facts
from bank131_async.core.models import Session

_NEVER = float("-inf")


class FlowRecord:
    """One flow in this process. Slotted and small: a hundred thousand of them wait at once.

    ``facts`` are folded from the journal up to ``facts.version``. ``misses`` counts questions in a row that
    were not settled by an answer, ``holders`` those who want the flow looked after,
    ``pushed_at`` is the loop time of its last webhook here. ``soon``: the next look was ordered by news, not by the
    schedule of polls. ``shown``: the snapshot, decoded, that the facts of a successful payment come from, where this
    process has just had it in hand.
    """

    __slots__ = ("_waiters", "due_tick", "facts", "holders", "misses", "pushed_at", "session_id", "shown", "soon")

    def __init__(self, session_id: str, facts: Facts = EMPTY) -> None:
        self.session_id = session_id
        self.facts = facts
        self.misses = 0
        self.holders = 0
        self.due_tick = 0
        self.pushed_at = _NEVER
        self.soon = False
        self.shown: Session | None = None
        # None, one future, or several: nearly every flow has one waiter, and a list for it would cost 88 bytes.
        self._waiters: asyncio.Future[None] | list[asyncio.Future[None]] | None = None

    async def moved(self) -> None:
        """Wait for the next change of the facts. Cancelling it touches nobody else."""
        future = self.waiter()
        try:
            await future
        finally:
            self.forget(future)

    def waiter(self) -> asyncio.Future[None]:
        """As ``moved``, without a coroutine for each who waits: await it, then ``forget`` it whatever happened."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._waiters is None:
            self._waiters = future
        elif isinstance(self._waiters, list):
            self._waiters.append(future)
        else:
            self._waiters = [self._waiters, future]
        return future

    def wake(self) -> None:
        """Tell everybody who waits that the facts have changed."""
        for future in self._take_waiters():
            if not future.done():
                future.set_result(None)

    def fail(self, error: Exception) -> None:
        """Raise ``error`` in everybody who waits: what they wait for cannot come."""
        for future in self._take_waiters():
            if not future.done():
                future.set_exception(error)

    def _take_waiters(self) -> Iterable[asyncio.Future[None]]:
        waiters, self._waiters = self._waiters, None
        if waiters is None:
            return ()
        return waiters if isinstance(waiters, list) else (waiters,)

    def forget(self, future: asyncio.Future[None]) -> None:
        """Nobody awaits this any more."""
        if self._waiters is future:
            self._waiters = None
        elif isinstance(self._waiters, list) and future in self._waiters:
            self._waiters.remove(future)
            if not self._waiters:
                self._waiters = None
