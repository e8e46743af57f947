"""The webhooks of a stream whose handlers have still to be run, as the journal has them."""

from __future__ import annotations

from typing import Protocol

from bank131_async.core.machine import Handled, Observed, StoredEntry
from bank131_async.errors import StaleVersionError
from bank131_async.flow.clock import process_name
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.recorder import Recorder
from bank131_async.flow.streams import INBOX
from bank131_async.stores import Index, Journal


class Backlog(Protocol):
    """A webhook goes by the digest of its bytes."""

    async def pending(self) -> tuple[bytes, ...]:
        """Those that are not handled, in the order of the journal."""
        ...

    async def find(self, digest: bytes) -> StoredEntry | None:
        """The entry of one of them."""
        ...

    async def mark(self, digest: bytes) -> None:
        """Its handlers have done their work."""
        ...


class SessionBacklog:
    """That of a session."""

    def __init__(self, recorder: Recorder, record: FlowRecord) -> None:
        self._recorder = recorder
        self._record = record

    async def pending(self) -> tuple[bytes, ...]:
        """As ``Backlog``."""
        await self._recorder.catch_up(self._record)
        return self._record.facts.unhandled

    async def find(self, digest: bytes) -> StoredEntry | None:
        """As ``Backlog``; reads the whole stream, which is short."""
        for stored in await self._recorder.journal.load(self._record.session_id):
            if isinstance(stored.entry, Observed) and stored.entry.digest == digest:
                return stored
        return None

    async def mark(self, digest: bytes) -> None:
        """As ``Backlog``."""
        await self._recorder.write(self._record, Handled(digest=digest, by=process_name()))


class InboxBacklog:
    """That of ``@inbox``, which has no facts and may be long: read once, and then only what is new."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._version = 0
        self._pending: dict[bytes, StoredEntry] = {}

    async def pending(self) -> tuple[bytes, ...]:
        """As ``Backlog``."""
        for stored in await self._journal.load(INBOX, self._version):
            match stored.entry:
                case Observed(digest=bytes(digest), for_handlers=True):
                    self._pending.setdefault(digest, stored)
                case Handled(digest=digest):
                    self._pending.pop(digest, None)
                case _:
                    pass
            self._version = stored.version
        return tuple(self._pending)

    async def find(self, digest: bytes) -> StoredEntry | None:
        """As ``Backlog``."""
        return self._pending.get(digest)

    async def mark(self, digest: bytes) -> None:
        """As ``Backlog``; only who knows all entries may say that nothing is left."""
        while True:
            others = [one for one in await self.pending() if one != digest]
            try:
                await self._journal.append(
                    INBOX,
                    (Handled(digest=digest, by=process_name()),),
                    expected_version=self._version,
                    index=Index(unhandled=bool(others)),
                )
            except StaleVersionError:
                continue
            return
