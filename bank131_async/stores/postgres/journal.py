"""The contract of ``stores.base`` in SQL. What has to be decided is decided by functions in the database."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bank131_async.core.machine.entries import Entry, Opened, StoredEntry
from bank131_async.errors import ConfigurationError
from bank131_async.stores.base import Appended, Hint, Index, StreamInfo, StreamState
from bank131_async.stores.cipher import Cipher
from bank131_async.stores.hints import Hints
from bank131_async.stores.postgres.statements import Statements
from bank131_async.stores.refusals import name_taken, stale_version
from bank131_async.stores.rows import decode_row, encode_row

if TYPE_CHECKING:
    import asyncpg

    from bank131_async.stores.postgres.database import Connection, Database
    from bank131_async.stores.postgres.feed import Feed

_NO_INDEX = Index()


class PostgresJournal:
    """One project's streams in PostgreSQL; see ``base.Journal`` for what each method promises."""

    def __init__(
        self,
        database: Database,
        statements: Statements,
        feed: Feed,
        project: str,
        *,
        cipher: Cipher | None,
    ) -> None:
        self._database = database
        self._statements = statements
        self._feed = feed
        self._project = project
        self._cipher = cipher
        self._hints = Hints()

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
        """Write the entries in one round trip; durable as the server's ``synchronous_commit`` has it."""
        arguments = self._arguments(stream, entries, expected_version, index)
        rows = await self._database.fetch(self._statements.append, *arguments)
        done = _appended(rows[0], stream, expected_version, index)
        if entries:
            self._tell_all(stream, done.version)
        return done

    async def load(self, stream: str, after: int = 0) -> Sequence[StoredEntry]:
        """The entries above ``after``."""
        rows = await self._database.fetch(self._statements.load, self._project, stream, after)
        return [self._stored(stream, row) for row in rows]

    async def find(self, kind: str, order: str) -> str | None:
        """The stream that owns the name."""
        rows = await self._database.fetch(self._statements.find, self._project, kind, order)
        return str(rows[0]["stream"]) if rows else None

    async def unfinished(self, now: datetime, limit: int) -> Sequence[str]:
        """Due streams, oldest due first."""
        rows = await self._database.fetch(self._statements.unfinished, self._project, now, limit)
        return [str(row["stream"]) for row in rows]

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
        rows = await self._database.fetch(
            self._statements.streams(state), self._project, after, moved_since, moved_before, limit
        )
        return [_info(row) for row in rows]

    async def prune(self, stream: str, tombstone: Entry, *, expected_version: int) -> Appended:
        """Replace the entries in one round trip."""
        body = encode_row(tombstone, self._cipher)
        rows = await self._database.fetch(self._statements.prune, self._project, stream, body, expected_version)
        done = _appended(rows[0], stream, expected_version, None)
        self._tell_all(stream, done.version)
        return done

    async def now(self) -> datetime:
        """The server's time."""
        rows = await self._database.fetch("SELECT clock_timestamp() AS now")
        now: datetime = rows[0]["now"]
        return now

    def changes(self) -> AsyncIterator[Hint]:
        """Hints from now on."""
        self._feed.start()
        return self._hints.read()

    def within(self, connection: object) -> OpeningJournal:
        """This journal inside a transaction of yours, for ``opened`` only: your rows and it commit together.

        ``connection`` is an asyncpg connection to the same database with a transaction under way; otherwise
        ``ConfigurationError``. Until the commit nobody else sees the stream, and who appends to it waits.
        """
        return OpeningJournal(functools.partial(self._append_within, _in_transaction(connection)))

    def tell(self, stream: str, version: int) -> None:
        """Tell the readers of this process."""
        self._hints.tell(stream, version)

    @property
    def is_followed(self) -> bool:
        """Whether anybody reads ``changes`` in this process."""
        return bool(self._hints)

    async def _append_within(
        self,
        connection: Connection,
        stream: str,
        entries: Sequence[Entry],
        *,
        expected_version: int | None,
        index: Index | None,
    ) -> Appended:
        hint = self._feed.notifies and bool(entries)
        arguments = self._arguments(stream, entries, expected_version, index, hint=hint)
        rows = await self._database.fetch_on(connection, self._statements.append, *arguments)
        return _appended(rows[0], stream, expected_version, index)

    def _arguments(
        self,
        stream: str,
        entries: Sequence[Entry],
        expected_version: int | None,
        index: Index | None,
        *,
        hint: bool = False,
    ) -> tuple[object, ...]:
        """What the statement ``append`` is given. ``hint``: the database itself tells of it when it commits."""
        bodies = [encode_row(entry, self._cipher) for entry in entries]
        told = index or _NO_INDEX
        flags = (told.unfinished, told.in_doubt, told.needs_person, told.unhandled)
        where = (self._project, stream, bodies, expected_version, hint)
        return (*where, index is not None, told.due, *flags, told.kind, told.order)

    def _tell_all(self, stream: str, version: int) -> None:
        self._hints.tell(stream, version)
        self._feed.send(self._project, stream, version)

    def _stored(self, stream: str, row: asyncpg.Record) -> StoredEntry:
        version = int(row["version"])
        return StoredEntry(version, row["at"], decode_row(row["body"], self._cipher, stream=stream, version=version))


class OpeningJournal:
    """A journal inside a transaction of the caller's; ``opened`` is all that may be appended there.

    What is about to be sent has to be durable before it is sent, and a transaction that is still open is not.
    """

    def __init__(self, append: Callable[..., Awaitable[Appended]]) -> None:
        self._append = append

    async def append(
        self,
        stream: str,
        entries: Sequence[Entry],
        *,
        expected_version: int | None = None,
        index: Index | None = None,
    ) -> Appended:
        """As ``Journal.append``; a refusal leaves the transaction usable, a failure of the database does not."""
        if not all(isinstance(entry, Opened) for entry in entries):
            raise ConfigurationError("inside your own transaction only the opening of a payment may be recorded")
        return await self._append(stream, entries, expected_version=expected_version, index=index)


def _appended(row: asyncpg.Record, stream: str, expected_version: int | None, index: Index | None) -> Appended:
    """What the function ``append`` has answered; raises if it refused."""
    version = int(row["version"])
    if row["outcome"] == "stale":
        raise stale_version(stream, expected=expected_version or 0, actual=version)
    if row["outcome"] == "taken":
        told = index or _NO_INDEX
        raise name_taken(told.kind, told.order or "", owner=str(row["owner"]))
    return Appended(version, row["at"])


def _in_transaction(connection: object) -> Connection:
    from bank131_async.stores.postgres.database import is_connection

    if not is_connection(connection):
        raise ConfigurationError("transaction: expected an asyncpg connection to the store's database")
    if not connection.is_in_transaction():
        raise ConfigurationError("transaction: none is under way; use async with connection.transaction()")
    return connection


def _info(row: asyncpg.Record) -> StreamInfo:
    index = Index(
        due=row["due"],
        unfinished=row["unfinished"],
        in_doubt=row["in_doubt"],
        needs_person=row["needs_person"],
        unhandled=row["unhandled"],
        kind=row["kind"],
        order=row["name"],
    )
    return StreamInfo(str(row["stream"]), int(row["version"]), row["moved_at"], index, bool(row["pruned"]))
