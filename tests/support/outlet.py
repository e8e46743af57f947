"""One process's way to the store that all processes share; it can be slow, down, or dead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from bank131_async.core.machine import Entry, Observed, StoredEntry
from bank131_async.errors import StoreUnavailableError
from bank131_async.stores import Appended, Hint, Index, Journal, MemoryStore, StreamInfo, StreamState


class Outlet:
    """A store and its one journal.

    ``latency_s`` passes before and after each call. ``down``: every call raises ``StoreUnavailableError``.
    ``swallowed``: so many of the next appends are written and yet raise. ``hints``: off, and no hint comes through.
    ``dead``: nothing ever returns, as for a process that has died. ``tries`` counts calls, the failing ones too.
    """

    enciphered = False

    def __init__(self, shared: MemoryStore, *, latency_s: float = 0.001) -> None:
        self.latency_s = latency_s
        self.down = False
        self.swallowed = 0
        self.hints = True
        self.dead = False
        self.tries = 0
        self.freeze_after: type[Entry] | None = None
        self.thaw = asyncio.Event()
        self._shared = shared
        self._inner: Journal | None = None

    def journal(self, project: str) -> Journal:
        """The journal of the project, through this outlet."""
        self._inner = self._shared.journal(project)
        return self

    async def aclose(self) -> None:
        """The shared store stays."""

    @property
    def _journal(self) -> Journal:
        assert self._inner is not None
        return self._inner

    async def append(
        self,
        stream: str,
        entries: Sequence[Entry],
        *,
        expected_version: int | None = None,
        index: Index | None = None,
    ) -> Appended:
        """Append, or fail; ``freeze_after`` stops the process right after an entry of that type was written."""
        await self._pass()
        done = await self._journal.append(stream, entries, expected_version=expected_version, index=index)
        if self.freeze_after is not None and any(isinstance(entry, self.freeze_after) for entry in entries):
            self.freeze_after = None
            await self.thaw.wait()
        if self.swallowed and any(not isinstance(entry, Observed) for entry in entries):
            self.swallowed -= 1
            raise StoreUnavailableError("the connection broke after the commit")
        await self._pass()
        return done

    async def load(self, stream: str, after: int = 0) -> Sequence[StoredEntry]:
        """Load, or fail."""
        await self._pass()
        return await self._journal.load(stream, after)

    async def find(self, kind: str, order: str) -> str | None:
        """Find, or fail."""
        await self._pass()
        return await self._journal.find(kind, order)

    async def unfinished(self, now: datetime, limit: int) -> Sequence[str]:
        """List, or fail."""
        await self._pass()
        return await self._journal.unfinished(now, limit)

    async def streams(
        self,
        state: StreamState,
        *,
        moved_since: datetime | None = None,
        moved_before: datetime | None = None,
        after: str = "",
        limit: int = 100,
    ) -> Sequence[StreamInfo]:
        """One page of a list, or fail."""
        await self._pass()
        return await self._journal.streams(
            state, moved_since=moved_since, moved_before=moved_before, after=after, limit=limit
        )

    async def prune(self, stream: str, tombstone: Entry, *, expected_version: int) -> Appended:
        """Prune, or fail."""
        await self._pass()
        return await self._journal.prune(stream, tombstone, expected_version=expected_version)

    async def now(self) -> datetime:
        """The store's time, or fail."""
        await self._pass()
        return await self._journal.now()

    async def changes(self) -> AsyncIterator[Hint]:
        """Hints, or silence."""
        hints = self._journal.changes()
        try:
            async for hint in hints:
                if self.hints and not self.down and not self.dead:
                    yield hint
        finally:
            await hints.aclose()  # type: ignore[attr-defined]

    async def _pass(self) -> None:
        self.tries += 1
        await asyncio.sleep(self.latency_s)
        if self.dead:
            await asyncio.Event().wait()
        if self.down:
            raise StoreUnavailableError("the store is down")
