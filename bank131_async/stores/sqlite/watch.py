"""Hints from other processes: while somebody listens, a thread asks the file now and then whether it has moved.

The question costs microseconds while nothing moves, for SQLite keeps a count of commits in shared memory, and the
event loop is left alone until there is something to tell.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from bank131_async.errors import StoreError
from bank131_async.stores.sqlite import queries
from bank131_async.stores.sqlite.schema import connect

POLL_S = 0.01
_PAUSE_S = 1.0
"""After a failure. Who reads or writes is told of it; hints may be lost."""

_Moves = Sequence[tuple[str, str, int, int]]


class Watch:
    """Tells ``(project, stream, version)`` of what other processes append, while it is entered."""

    def __init__(self, path: Path, tell: Callable[[str, str, int], None]) -> None:
        self._path = path
        self._tell = tell
        self._listeners = 0
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._own: dict[tuple[str, str], int] = {}

    def __enter__(self) -> None:
        if self._thread is None:
            self._stop = threading.Event()
            loop = asyncio.get_running_loop()
            asker = _Asker(self._path, self._stop, lambda moves: loop.call_soon_threadsafe(self._told, moves))
            # A daemon, lest a program that forgets to close the store never ends.
            thread = threading.Thread(target=asker.run, name="bank131-sqlite-hints", daemon=True)
            thread.start()
            self._thread = thread
        self._listeners += 1

    def __exit__(self, *_: object) -> None:
        self._listeners -= 1
        if not self._listeners:
            self.end()

    async def aclose(self) -> None:
        """Ask no more, and wait until the thread has closed the file."""
        thread = self.end()
        if thread is not None:
            await asyncio.to_thread(thread.join)

    def wrote(self, project: str, stream: str, version: int) -> None:
        """This process has told of that itself."""
        if self._thread is not None:
            self._own[project, stream] = version

    def end(self) -> threading.Thread | None:
        """Ask no more; returns the thread, which closes the file and ends, if there is one."""
        self._stop.set()
        self._own.clear()
        thread, self._thread = self._thread, None
        return thread

    def _told(self, moves: _Moves) -> None:
        for project, stream, version, _ in moves:
            own = self._own.get((project, stream), 0)
            if own <= version:
                self._own.pop((project, stream), None)
            if own < version:
                self._tell(project, stream, version)


class _Asker:
    """What runs in the thread, until ``stop``. It begins with what is there already, and goes on after a failure."""

    def __init__(self, path: Path, stop: threading.Event, tell: Callable[[_Moves], object]) -> None:
        self._path = path
        self._stop = stop
        self._tell = tell
        self._seen: int | None = None

    def run(self) -> None:
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            pause_s = _PAUSE_S
            with suppress(sqlite3.Error, StoreError), closing(connect(self._path, busy_timeout_s=_PAUSE_S)) as file:
                self._ask(file)

    def _ask(self, connection: sqlite3.Connection) -> None:
        if self._seen is None:
            self._seen = queries.newest(connection)
        known = 0
        while not self._stop.wait(POLL_S):
            (commits,) = connection.execute("PRAGMA data_version").fetchone()
            if commits == known:
                continue
            known = commits
            moves = queries.moved(connection, self._seen)
            if moves:
                self._seen = max(newest for *_, newest in moves)
                with suppress(RuntimeError):  # the loop was closed and took its readers along
                    self._tell(moves)
