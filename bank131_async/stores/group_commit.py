"""Many appends, one commit: rows gather while a commit is in flight, and the next commit takes them all.

An append that finds the store idle is written at once, so nobody waits for company.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

_Row = TypeVar("_Row")
_Done = TypeVar("_Done")


class GroupCommit(Generic[_Row, _Done]):
    """Hands rows to ``commit`` in batches of at most ``most``, one batch at a time, in the order of the calls.

    ``commit`` gives one result per row: what ``add`` returns or, for a row that was refused, the error that it raises.
    If ``commit`` itself fails, nothing of the batch is known and each of its callers gets that error. A caller that is
    cancelled stops waiting only; its row is written.
    """

    def __init__(
        self, commit: Callable[[Sequence[_Row]], asyncio.Future[Sequence[_Done | Exception]]], *, most: int
    ) -> None:
        self._commit = commit
        self._most = most
        self._waiting: list[tuple[_Row, asyncio.Future[_Done]]] = []
        self._is_busy = False
        self._idle: asyncio.Future[None] | None = None

    def add(self, row: _Row) -> asyncio.Future[_Done]:
        """Have the row written; the future is done when it is."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_Done] = loop.create_future()
        self._waiting.append((row, future))
        if not self._is_busy:
            self._is_busy = True
            loop.call_soon(self._next)  # after the others of this turn have come
        return future

    async def settled(self) -> None:
        """Wait until nothing is queued or in flight."""
        while self._is_busy:
            if self._idle is None:
                self._idle = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._idle)

    def _next(self) -> None:
        if not self._waiting:
            self._is_busy = False
            idle, self._idle = self._idle, None
            if idle is not None and not idle.done():
                idle.set_result(None)
            return
        batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            committed = self._commit([row for row, _ in batch])
        except Exception as error:
            committed = asyncio.get_running_loop().create_future()
            committed.set_exception(error)
        committed.add_done_callback(lambda done: self._finish(batch, done))

    def _finish(
        self,
        batch: Sequence[tuple[_Row, asyncio.Future[_Done]]],
        committed: asyncio.Future[Sequence[_Done | Exception]],
    ) -> None:
        self._next()  # before the callers go on: what they do, they do while the next batch is on its way
        if committed.cancelled():
            for _, future in batch:
                future.cancel()
        elif (failure := committed.exception()) is not None:
            for _, future in batch:
                if not future.done():
                    future.set_exception(copy.copy(failure))  # each caller raises, and chains, one of its own
        else:
            for (_, future), result in zip(batch, committed.result(), strict=True):
                if future.done():
                    continue
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)
