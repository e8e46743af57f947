"""What one process remembers of one flow: its folded facts and who waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from bank131_async.core.machine import EMPTY, Facts
from bank131_async.core.models import Session

_NEVER = float("-inf")
#: An outage of the bank is no reason to leave a flow alone for longer than about a minute.
_MOST_UNANSWERED = 6


class FlowRecord:
    """One flow in this process. Slotted and small: a hundred thousand of them wait at once.

    ``facts`` are folded from the journal up to ``facts.version``, and hold for the loop time ``abreast_at``, at which
    it was last asked. ``misses`` counts questions in a row that were not settled by an answer, ``holders`` those who
    want the flow looked after, ``pushed_at`` is the loop time of its last webhook here. ``soon``: the next look was
    ordered by news, not by the schedule of polls. ``shown``: the snapshot, decoded, that the facts of a successful
    payment come from, where this process has just had it in hand.
    """

    __slots__ = (
        "_line", "_waiters", "abreast_at", "due_tick", "facts", "holders", "misses", "pushed_at", "session_id", "shown",
        "soon",
    )  # fmt: skip

    def __init__(self, session_id: str, facts: Facts = EMPTY) -> None:
        self.session_id: str = session_id
        self.facts: Facts = facts
        self.misses: int = 0
        self.holders: int = 0
        self.due_tick: int = 0
        self.pushed_at: float = _NEVER
        self.abreast_at: float = _NEVER
        self.soon: bool = False
        self.shown: Session | None = None
        # None, one future, or several: nearly every flow has one waiter, and a list for it would cost 88 bytes.
        self._waiters: asyncio.Future[None] | list[asyncio.Future[None]] | None = None
        # None while nobody writes; else those who want to write next.
        self._line: list[asyncio.Future[None]] | None = None

    @property
    def is_written(self) -> bool:
        """True while somebody of this process is appending to the stream."""
        return self._line is not None

    async def stand_in_line(self) -> None:
        """Wait until nobody writes. Two who appended at once would only refuse each other's version."""
        while self._line is not None:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._line.append(future)
            await future

    def begin_writing(self) -> None:
        """Keep others of this process out until ``end_writing``."""
        self._line = []

    def end_writing(self) -> None:
        """Let the others write; the first to wake does, the rest stand in line anew."""
        line, self._line = self._line, None
        for future in line or ():
            if not future.done():
                future.set_result(None)

    def miss(self) -> None:
        """A question was not answered."""
        self.misses = max(self.misses, min(self.misses + 1, _MOST_UNANSWERED))

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
