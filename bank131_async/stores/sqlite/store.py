"""``SQLiteStore``: journals in one SQLite file, for any number of processes on one host."""

from __future__ import annotations

import asyncio
import functools
import os
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar, cast

from bank131_async.core.machine.entries import Entry, StoredEntry
from bank131_async.errors import ConfigurationError, StoreUnavailableError
from bank131_async.stores.base import Appended, Hint, Index, StreamInfo, StreamState
from bank131_async.stores.cipher import Cipher
from bank131_async.stores.group_commit import GroupCommit
from bank131_async.stores.hints import Hints
from bank131_async.stores.rows import encode_row
from bank131_async.stores.sqlite import queries
from bank131_async.stores.sqlite.batch import MOST, Writer, owner_of
from bank131_async.stores.sqlite.schema import refuse_inherited
from bank131_async.stores.sqlite.streams import Append
from bank131_async.stores.sqlite.thread import ConnectionThread
from bank131_async.stores.sqlite.watch import Watch

_P = ParamSpec("_P")
_T = TypeVar("_T")
_Query = Callable[[sqlite3.Connection], object]


def _system_now() -> datetime:
    return datetime.now(UTC)


class SQLiteStore:
    """Journals in the SQLite file ``path``, which is created with its tables when it is first used.

    Each append is on the disk when it returns (write-ahead log, ``synchronous = FULL``); appends that come while a
    commit is in flight share the next one. Any number of processes of one host may open the file, on a local disk; each
    makes a store of its own. SQLite cannot be carried across a fork: a store that is open then has to be closed before.
    A store serves one event loop at a time.

    ``cipher`` keeps entries unreadable to whoever reads the file. ``busy_timeout_s``: how long another process may keep
    the file locked before an append fails with ``StoreUnavailableError``. ``now`` is the store's clock (aware UTC).
    After ``StoreUnavailableError`` (disk full, read-only, locked, no such folder) the store recovers by itself when the
    file does. A file that is damaged, of another program, or opened by a newer version of this package is
    ``StoreCorruptError``.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        cipher: Cipher | None = None,
        busy_timeout_s: float = 5.0,
        now: Callable[[], datetime] = _system_now,
    ) -> None:
        if os.fspath(path) in ("", ":memory:"):
            raise ConfigurationError("SQLiteStore: give the path of a file; MemoryStore keeps journals in memory")
        self._path = Path(path).absolute()
        self._cipher = cipher
        self._busy_timeout_s = busy_timeout_s
        self._now = now
        self._running: _Running | None = None
        self._closed = False

    def journal(self, project: str) -> SQLiteJournal:
        """The journal of this project."""
        return SQLiteJournal(project, self._cipher, self._here)

    async def aclose(self) -> None:
        """Finish what is queued and close the file. Idempotent; the store cannot be used afterwards."""
        self._closed = True
        if self._running is not None:
            await self._running.aclose()  # may be cancelled, and then asked for again
            self._running = None

    def _here(self) -> _Running:
        if self._closed:
            raise StoreUnavailableError(f"SQLite file {self._path}: the store was closed")
        loop = asyncio.get_running_loop()
        running = self._running
        if running is not None and running.loop is loop and running.process == os.getpid():
            return running
        if running is not None and running.process != os.getpid():
            raise ConfigurationError("SQLiteStore: the process was forked, make the store in the process that uses it")
        if running is not None and not running.loop.is_closed():
            raise ConfigurationError("SQLiteStore: the store serves another event loop, make one store for each loop")
        if running is not None:
            running.release()
        refuse_inherited(self._path)
        self._running = _Running(loop, self._path, self._busy_timeout_s, self._now)
        return self._running


class _Running:
    """Threads, queue and hints of one event loop."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, path: Path, busy_timeout_s: float, now: Callable[[], datetime]
    ) -> None:
        self.loop = loop
        self.now: Callable[[], datetime] = now
        self.process = os.getpid()
        self.hints: defaultdict[str, Hints] = defaultdict(Hints)
        self._reader = ConnectionThread(path, name="bank131-sqlite-read", busy_timeout_s=busy_timeout_s)
        #: Questions share a hop to the thread as appends share a commit.
        self.reads: GroupCommit[_Query, object] = GroupCommit(self._reader.run_each, most=MOST)
        self.watch = Watch(path, self._tell)
        self.commits: GroupCommit[Append, Appended] = GroupCommit(self._commit, most=MOST)
        self._writer = ConnectionThread(path, name="bank131-sqlite-write", busy_timeout_s=busy_timeout_s)
        self._batches = Writer(now)

    async def aclose(self) -> None:
        await self.watch.aclose()
        if not self.loop.is_closed():
            await self.commits.settled()
            await self.reads.settled()
        await self._reader.close()
        await self._writer.close()  # last and alone: two that close at once both leave the log to the other

    def release(self) -> None:
        """Close the file, once what was asked of it is done; for a loop that has ended without closing the store."""
        self.watch.end()
        self._writer.end()
        self._reader.end()

    def _commit(self, appends: Sequence[Append]) -> asyncio.Future[Sequence[Appended | Exception]]:
        committed: asyncio.Future[Sequence[Appended | Exception]] = self._writer.run(
            functools.partial(self._batches.write, appends=appends)
        )
        committed.add_done_callback(functools.partial(self._tell_own, appends))
        return committed

    def _tell_own(self, appends: Sequence[Append], committed: asyncio.Future[Sequence[Appended | Exception]]) -> None:
        if committed.cancelled() or committed.exception() is not None or not any(self.hints.values()):
            return
        wrote = [
            (append.project, append.stream, result.version)
            for append, result in zip(appends, committed.result(), strict=True)
            if isinstance(result, Appended)
        ]
        for one in wrote:
            self.watch.wrote(*one)
        # Those who appended go first: once they know what they wrote, the hint is no news to them.
        self.loop.call_soon(self._tell_all, wrote)

    def _tell_all(self, moves: Sequence[tuple[str, str, int]]) -> None:
        for move in moves:
            self._tell(*move)

    def _tell(self, project: str, stream: str, version: int) -> None:
        self.hints[project].tell(stream, version)


class SQLiteJournal:
    """One project's streams in the file; see ``base.Journal`` for what each method promises."""

    def __init__(self, project: str, cipher: Cipher | None, here: Callable[[], _Running]) -> None:
        self._project = project
        self._cipher = cipher
        self._here = here

    @property
    def enciphered(self) -> bool:
        """Whether the store has a cipher."""
        return self._cipher is not None

    async def append(
        self,
        stream: str,
        entries: Sequence[Entry],
        *,
        expected_version: int | None = None,
        index: Index | None = None,
    ) -> Appended:
        """Write the entries, together with what others append at this moment."""
        return await self._queued(Append(self._project, stream, self._rows(entries), expected_version, index))

    async def load(self, stream: str, after: int = 0) -> Sequence[StoredEntry]:
        """The entries above ``after``; raises ``StoreCorruptError`` for one that cannot be read."""
        return await self._read(queries.load, stream, after, self._cipher)

    async def find(self, kind: str, order: str) -> str | None:
        """The stream that owns the name."""
        return await self._read(owner_of, kind, order)

    async def unfinished(self, now: datetime, limit: int) -> Sequence[str]:
        """Due streams, oldest due first."""
        return await self._read(queries.unfinished, now, limit)

    async def streams(
        self,
        state: StreamState,
        *,
        moved_since: datetime | None = None,
        moved_before: datetime | None = None,
        after: str = "",
        limit: int = 100,
    ) -> Sequence[StreamInfo]:
        """One page of a list."""
        return await self._read(queries.page, state, moved_since, moved_before, after, limit)

    async def prune(self, stream: str, tombstone: Entry, *, expected_version: int) -> Appended:
        """Replace the entries in one transaction."""
        rows = self._rows((tombstone,))
        return await self._queued(Append(self._project, stream, rows, expected_version, None, prunes=True))

    async def now(self) -> datetime:
        """The store's time."""
        return self._here().now()

    async def changes(self) -> AsyncIterator[Hint]:
        """Hints from now on; other processes' come a few milliseconds late."""
        running = self._here()
        with running.watch:
            async with aclosing(running.hints[self._project].read()) as hints:
                async for hint in hints:
                    yield hint

    def _rows(self, entries: Sequence[Entry]) -> Sequence[bytes]:
        return [encode_row(entry, self._cipher) for entry in entries]

    def _queued(self, append: Append) -> asyncio.Future[Appended]:
        order = append.index.order if append.index is not None else None
        if not append.stream.isascii() or (order is not None and not order.isascii()):
            # A name that is no Unicode text fails here, alone, and not with the batch that it would be in.
            f"{append.stream}{order}".encode()
        return self._here().commits.add(append)

    async def _read(
        self, query: Callable[Concatenate[sqlite3.Connection, str, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        found = await self._here().reads.add(lambda connection: query(connection, self._project, *args, **kwargs))
        return cast("_T", found)
