"""One process's connection to the journal that all processes share; it can be slow, refuse, and lie about a commit."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any

from bank131_async.core.machine import Entry, Observed, StoredEntry
from bank131_async.errors import StoreUnavailableError
from bank131_async.stores import Appended, Hint, Index, Journal, MemoryStore, StreamInfo, StreamState

Watcher = Callable[[str, Sequence[Entry], Appended], None]


class SharedStore:
    """The database. ``watchers`` see every append as it is committed; hints go to all readers, in a fixed order."""

    def __init__(self, project: str, now: Callable[[], datetime]) -> None:
        self.memory = MemoryStore(now=now)
        self.journal: Journal = self.memory.journal(project)
        self.watchers: list[Watcher] = []
        self.readers: list[asyncio.Queue[Hint]] = []

    async def append(
        self, stream: str, entries: Sequence[Entry], expected_version: int | None, index: Index | None
    ) -> Appended:
        """Commit, and tell."""
        done = await self.journal.append(stream, entries, expected_version=expected_version, index=index)
        for watcher in self.watchers:
            watcher(stream, entries, done)
        for reader in self.readers:
            reader.put_nowait(Hint(stream, done.version))
        return done

    def streams(self) -> dict[str, list[StoredEntry]]:
        """Everything that was written."""
        return {name: held.entries for name, held in self.journal._streams.items()}  # type: ignore[attr-defined]


class StoreLink:
    """A store with one journal, as a client sees it from one computer."""

    enciphered = False

    def __init__(self, shared: SharedStore, seed: str) -> None:
        self.is_down = False
        self.lies = 0
        self.hears_hints = True
        self._shared = shared
        self._chance = random.Random(f"{seed} store")

    def journal(self, project: str) -> Journal:
        """There is one project."""
        del project
        return self

    async def aclose(self) -> None:
        """The database stays."""

    async def append(
        self,
        stream: str,
        entries: Sequence[Entry],
        *,
        expected_version: int | None = None,
        index: Index | None = None,
    ) -> Appended:
        """Append, or fail; a connection that breaks after the commit fails too."""
        await self._pass()
        done = await self._shared.append(stream, entries, expected_version, index)
        if self.lies and any(not isinstance(entry, Observed) for entry in entries):
            self.lies -= 1
            await asyncio.sleep(0.01)
            raise StoreUnavailableError("the connection broke after the commit")
        await self._pass()
        return done

    async def load(self, stream: str, after: int = 0) -> Sequence[StoredEntry]:
        """Load, or fail."""
        await self._pass()
        return await self._shared.journal.load(stream, after)

    async def find(self, kind: str, order: str) -> str | None:
        """Find, or fail."""
        await self._pass()
        return await self._shared.journal.find(kind, order)

    async def unfinished(self, now: datetime, limit: int) -> Sequence[str]:
        """List, or fail."""
        await self._pass()
        return await self._shared.journal.unfinished(now, limit)

    async def streams(self, state: StreamState, **bounds: Any) -> Sequence[StreamInfo]:
        """List, or fail."""
        await self._pass()
        return await self._shared.journal.streams(state, **bounds)

    async def prune(self, stream: str, tombstone: Entry, *, expected_version: int) -> Appended:
        """Prune, or fail."""
        await self._pass()
        return await self._shared.journal.prune(stream, tombstone, expected_version=expected_version)

    async def now(self) -> datetime:
        """Tell the time, or fail."""
        await self._pass()
        return await self._shared.journal.now()

    async def changes(self) -> AsyncIterator[Hint]:
        """Hints, unless they are lost."""
        mine: asyncio.Queue[Hint] = asyncio.Queue()
        self._shared.readers.append(mine)
        try:
            while True:
                hint = await mine.get()
                if self.hears_hints and not self.is_down:
                    yield hint
        finally:
            self._shared.readers.remove(mine)

    async def _pass(self) -> None:
        await asyncio.sleep(self._chance.expovariate(1000.0))
        if self.is_down:
            raise StoreUnavailableError("the store is down")
