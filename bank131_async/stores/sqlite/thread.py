"""A connection that lives in a thread of its own, so that no disk ever holds up the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from bank131_async.stores.sqlite.failures import store_error
from bank131_async.stores.sqlite.schema import connect

_T = TypeVar("_T")


class ConnectionThread:
    """Runs work on its connection, one after another, in the order of asking.

    The connection is opened when it is first needed. After any failure it is thrown away with whatever transaction was
    open, and the next work opens a new one: that is how the store recovers when the disk does.
    """

    def __init__(self, path: Path, *, name: str, busy_timeout_s: float) -> None:
        self._path = path
        self._busy_timeout_s = busy_timeout_s
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._connection: sqlite3.Connection | None = None

    def run(self, work: Callable[[sqlite3.Connection], _T]) -> asyncio.Future[_T]:
        """The result of ``work``. Raises ``StoreUnavailableError``, ``StoreCorruptError`` and what ``work`` raises."""
        return asyncio.get_running_loop().run_in_executor(self._executor, self._do, work)

    def run_each(
        self, works: Sequence[Callable[[sqlite3.Connection], object]]
    ) -> asyncio.Future[Sequence[object | Exception]]:
        """The results of all of them; what one raises is its result."""
        return asyncio.get_running_loop().run_in_executor(self._executor, self._do_each, works)

    def close(self) -> asyncio.Future[None]:
        """Finish what was asked for, then close the connection and end the thread; done when that is."""
        closed = self._executor.submit(self._drop)
        self._executor.shutdown(wait=False)
        return asyncio.wrap_future(closed)

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

    def _do_each(self, works: Sequence[Callable[[sqlite3.Connection], object]]) -> Sequence[object | Exception]:
        results: list[object | Exception] = []
        for work in works:
            try:
                results.append(self._do(work))
            except Exception as error:
                results.append(error)
        return results

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
