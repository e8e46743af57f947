"""A connection that lives in a thread of its own, so that no disk ever holds up the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from bank131_async.stores.sqlite.failures import store_error
from bank131_async.stores.sqlite.schema import connect

_T = TypeVar("_T")
_Asked = tuple[asyncio.Future[Any], Callable[[sqlite3.Connection], object]]


class ConnectionThread:
    """Runs work on its connection, one after another, in the order of asking.

    The connection is opened when it is first needed. After any failure it is thrown away with whatever transaction was
    open, and the next work opens a new one: that is how the store recovers when the disk does.
    """

    def __init__(self, path: Path, *, name: str, busy_timeout_s: float) -> None:
        self._path = path
        self._name = name
        self._busy_timeout_s = busy_timeout_s
        self._asked: SimpleQueue[_Asked | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._connection: sqlite3.Connection | None = None

    def run(self, work: Callable[[sqlite3.Connection], _T]) -> asyncio.Future[_T]:
        """The result of ``work``. Raises ``StoreUnavailableError``, ``StoreCorruptError`` and what ``work`` raises."""
        if self._thread is None:
            # A daemon, lest a program that forgets to close the store never ends. What it had not acknowledged then
            # may be written or not, as after a crash.
            thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
            thread.start()
            self._thread = thread  # not before: where threads are limited, it may not have started
        future: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        self._asked.put((future, work))
        return future

    def run_each(
        self, works: Sequence[Callable[[sqlite3.Connection], object]]
    ) -> asyncio.Future[Sequence[object | Exception]]:
        """The results of all of them; what one raises is its result."""
        return self.run(lambda _: [self._outcome(work) for work in works])

    def end(self) -> threading.Thread | None:
        """Have the thread finish what was asked for, close the connection and end; returns it, if there is one."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._asked.put(None)
        return thread

    async def close(self) -> None:
        """``end``, and wait for it."""
        thread = self.end()
        if thread is not None:
            await asyncio.to_thread(thread.join)

    def _serve(self) -> None:
        # An executor does the same with locks and a future of its own for each call, at twice the price.
        while (asked := self._asked.get()) is not None:
            future, work = asked
            outcome: object
            try:
                outcome = self._do(work)
            except BaseException as error:  # whatever it is, the callers are told, and the next work is done
                outcome = error
            with suppress(RuntimeError):  # the loop was closed and took its futures along
                future.get_loop().call_soon_threadsafe(_settle, future, outcome)
            del asked, future, work, outcome  # not to be kept until somebody asks again
        self._drop()

    def _outcome(self, work: Callable[[sqlite3.Connection], object]) -> object | Exception:
        try:
            return self._do(work)
        except Exception as error:
            return error

    def _do(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        try:
            if self._connection is None:
                self._connection = connect(self._path, busy_timeout_s=self._busy_timeout_s)
            return work(self._connection)
        except sqlite3.Error as error:
            self._drop()
            raise store_error(error, self._path) from error
        except BaseException:
            self._drop()
            raise

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _settle(future: asyncio.Future[Any], outcome: object) -> None:
    if future.done():  # the caller was cancelled
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
