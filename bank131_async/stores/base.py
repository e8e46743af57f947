"""The contract of the journal.

A *store* holds the journals of any number of projects; a *journal* holds one project's *streams*. A stream is the list
of entries of one session (its name is the session id), of one lost ``session/init`` (``@init:<intent>``) or of what
could not be assigned (``@inbox``). The guarantees, in words:

- ``append`` is durable when it returns; entries get consecutive versions, from 1, in the order of the calls' effect.
- With ``expected_version`` it is a compare-and-set: of many callers exactly one wins, the others get
  ``StaleVersionError`` and nothing of theirs is written. Observations are appended without it and never fight.
- An index with an ``order`` claims that name for its stream; a name that another stream owns raises
  ``NameTakenError`` and nothing is written.
- Appending no entries only replaces the index.
- ``changes`` gives hints that a stream moved. Hints may be lost, late or doubled: readers also wake by timer.
- Ages are measured by the store's own clock: it stamps each entry, and tells the time to who asks.
- ``StoreUnavailableError`` means that nothing is acknowledged; the entry may or may not be there.
- ``prune`` replaces a finished stream's entries by one tombstone at the next version; versions go on from there, the
  stream keeps its name and its owner, and ``load`` gives the tombstone first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

import attrs

from bank131_async.core.machine.entries import Entry, StoredEntry


@attrs.frozen(weakref_slot=False)
class Index:
    """What a store knows of a stream without reading its entries.

    ``due``: when a worker should look at it next (aware UTC), ``None`` for never. ``unfinished``, ``in_doubt`` and
    ``needs_person``: what the lists of the same name show. ``unhandled``: a webhook's handlers have not been run to
    their end. ``kind`` and ``order``: the caller's own name for the decision, unique per kind.
    """

    due: datetime | None = None
    unfinished: bool = False
    in_doubt: bool = False
    needs_person: bool = False
    unhandled: bool = False
    kind: str = "payment"
    order: str | None = None


class StreamState(StrEnum):
    """Which streams to list. ``finished``: neither unfinished, in doubt, for a person nor unhandled, and not pruned."""

    unfinished = "unfinished"
    in_doubt = "in_doubt"
    needs_person = "needs_person"
    unhandled = "unhandled"
    finished = "finished"
    pruned = "pruned"
    any = "any"


@attrs.frozen(weakref_slot=False)
class StreamInfo:
    """A stream as the lists show it: its version, when it moved last (store's time) and its index.

    ``pruned``: nothing but the tombstone is left of its entries.
    """

    stream: str
    version: int
    moved_at: datetime
    index: Index
    pruned: bool = False

    def is_in(self, state: StreamState) -> bool:
        """Whether the list of this state shows the stream; the definition that every store keeps."""
        index = self.index
        match state:
            case StreamState.any:
                return True
            case StreamState.pruned:
                return self.pruned
            case StreamState.finished:
                busy = index.unfinished or index.in_doubt or index.needs_person or index.unhandled
                return not busy and not self.pruned
            case _:
                return bool(getattr(index, state.value))


@attrs.frozen(weakref_slot=False)
class Appended:
    """The version of the last entry written and the store's time of writing (aware UTC)."""

    version: int
    at: datetime


@attrs.frozen(weakref_slot=False)
class Hint:
    """Stream ``stream`` has reached ``version``."""

    stream: str
    version: int


class Journal(Protocol):
    """One project's streams."""

    @property
    def enciphered(self) -> bool:
        """Whether entries are kept under a cipher, so that they may hold what must not lie about in the clear."""
        ...

    async def append(
        self,
        stream: str,
        entries: Sequence[Entry],
        *,
        expected_version: int | None = None,
        index: Index | None = None,
    ) -> Appended:
        """Write the entries; raises ``StaleVersionError``, ``NameTakenError`` or ``StoreUnavailableError``."""
        ...

    async def load(self, stream: str, after: int = 0) -> Sequence[StoredEntry]:
        """The stream's entries with a version above ``after``, oldest first; empty for an unknown stream."""
        ...

    async def find(self, kind: str, order: str) -> str | None:
        """The stream that owns the name, if any."""
        ...

    async def unfinished(self, now: datetime, limit: int) -> Sequence[str]:
        """Streams whose index is unfinished or in doubt and due at ``now``, oldest due first, at most ``limit``."""
        ...

    async def streams(
        self,
        state: StreamState,
        *,
        moved_since: datetime | None = None,
        moved_before: datetime | None = None,
        after: str = "",
        limit: int = 100,
    ) -> Sequence[StreamInfo]:
        """One page of a list, by stream name; ``after`` is the last name of the page before.

        ``moved_since`` (inclusive) and ``moved_before`` (exclusive) bound the time of the last entry.
        """
        ...

    async def prune(self, stream: str, tombstone: Entry, *, expected_version: int) -> Appended:
        """Replace all entries by ``tombstone`` at the next version; raises ``StaleVersionError`` if it moved."""
        ...

    async def now(self) -> datetime:
        """The store's time (aware UTC), by which entries are stamped."""
        ...

    def changes(self) -> AsyncIterator[Hint]:
        """Hints about appends from now on, by any process; endless, closed by ``aclose`` of the iterator."""
        ...


class Opening(Protocol):
    """A journal inside a transaction of the caller's: it takes ``opened`` and nothing else."""

    async def append(
        self,
        stream: str,
        entries: Sequence[Entry],
        *,
        expected_version: int | None = None,
        index: Index | None = None,
    ) -> Appended:
        """As ``Journal.append``; ``ConfigurationError`` for other entries. Durable when the transaction commits."""
        ...


@runtime_checkable
class Transactional(Protocol):
    """A journal that can open a stream inside a transaction of the caller's. Not every store's can."""

    def within(self, connection: object) -> Opening:
        """The journal inside the transaction of ``connection``; ``ConfigurationError`` if it has none."""
        ...


class Store(Protocol):
    """Opens journals, one per project."""

    def journal(self, project: str) -> Journal:
        """The journal of this project; cheap, may be called again."""
        ...

    async def aclose(self) -> None:
        """Release what the store holds. Idempotent."""
        ...
