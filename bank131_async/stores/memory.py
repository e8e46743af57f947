"""A store in memory, for tests and scripts: nothing survives the process.

Several clients of one process may share it, which is how tests play two processes against each other. It keeps the
contract of ``base`` to the letter, so code that works with it works with a durable store.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime

import attrs

from bank131_async.core.machine.entries import Entry, StoredEntry
from bank131_async.stores.base import Appended, Hint, Index, StreamInfo, StreamState
from bank131_async.stores.hints import Hints
from bank131_async.stores.refusals import name_taken, stale_version

_NO_INDEX = Index()


def _system_now() -> datetime:
    return datetime.now(UTC)


class MemoryStore:
    """Journals in memory. ``now`` is the store's clock (aware UTC), replaceable for tests."""

    def __init__(self, *, now: Callable[[], datetime] = _system_now) -> None:
        self._now = now
        self._journals: dict[str, MemoryJournal] = {}

    def journal(self, project: str) -> MemoryJournal:
        """The journal of this project."""
        found = self._journals.get(project)
        if found is None:
            found = self._journals[project] = MemoryJournal(self._now)
        return found

    async def aclose(self) -> None:
        """Nothing to release: the journals live as long as this object."""


@attrs.define(slots=True, weakref_slot=False)
class _Stream:
    entries: list[StoredEntry] = attrs.field(factory=lambda: list[StoredEntry]())
    index: Index = _NO_INDEX
    #: How many entries were pruned away before the first that is left.
    gone: int = 0

    @property
    def version(self) -> int:
        return self.gone + len(self.entries)

    def info(self, name: str) -> StreamInfo:
        is_pruned = self.gone > 0 and len(self.entries) == 1
        return StreamInfo(name, self.version, self.entries[-1].at, self.index, is_pruned)


class MemoryJournal:
    """One project's streams in memory; see ``base.Journal`` for what each method promises."""

    enciphered = False

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._streams: dict[str, _Stream] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._hints = Hints()

    async def append(
        self,
        stream: str,
        entries: Sequence[Entry],
        *,
        expected_version: int | None = None,
        index: Index | None = None,
    ) -> Appended:
        """Write the entries at once: there is no await between the check and the write."""
        found = self._streams.get(stream)
        version = 0 if found is None else found.version
        if expected_version is not None and expected_version != version:
            raise stale_version(stream, expected=expected_version, actual=version)
        if index is not None and index.order is not None:
            self._claim(index.kind, index.order, stream)
        if found is None:
            found = self._streams[stream] = _Stream()
        at = self._now()
        for entry in entries:
            version += 1
            found.entries.append(StoredEntry(version, at, entry))
        if index is not None:
            found.index = index
        self._hints.tell(stream, version)
        return Appended(version, at)

    async def load(self, stream: str, after: int = 0) -> Sequence[StoredEntry]:
        """The entries above ``after``."""
        found = self._streams.get(stream)
        return () if found is None else tuple(found.entries[max(after - found.gone, 0) :])

    async def find(self, kind: str, order: str) -> str | None:
        """The stream that owns the name."""
        return self._names.get((kind, order))

    async def unfinished(self, now: datetime, limit: int) -> Sequence[str]:
        """Due streams, oldest due first."""
        due = sorted(
            (stream.index.due, name)
            for name, stream in self._streams.items()
            if (stream.index.unfinished or stream.index.in_doubt)
            and stream.index.due is not None
            and stream.index.due <= now
        )
        return [name for _, name in due[:limit]]

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
        infos = (self._streams[name].info(name) for name in self._names_above(after))
        found = (
            info
            for info in infos
            if info.is_in(state)
            and (moved_since is None or info.moved_at >= moved_since)
            and (moved_before is None or info.moved_at < moved_before)
        )
        return list(itertools.islice(found, limit))

    async def prune(self, stream: str, tombstone: Entry, *, expected_version: int) -> Appended:
        """Replace the entries at once."""
        done = await self.append(stream, (tombstone,), expected_version=expected_version)
        found = self._streams[stream]
        del found.entries[:-1]
        found.gone = done.version - 1
        return done

    async def now(self) -> datetime:
        """The store's time."""
        return self._now()

    def changes(self) -> AsyncIterator[Hint]:
        """Hints from now on."""
        return self._hints.read()

    def _names_above(self, after: str) -> list[str]:
        return sorted(name for name, stream in self._streams.items() if name > after and stream.entries)

    def _claim(self, kind: str, order: str, stream: str) -> None:
        owner = self._names.setdefault((kind, order), stream)
        if owner != stream:
            raise name_taken(kind, order, owner=owner)
