"""``PostgresStore``: journals in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bank131_async.errors import ConfigurationError
from bank131_async.stores.cipher import Cipher
from bank131_async.stores.postgres.journal import PostgresJournal
from bank131_async.stores.postgres.statements import Statements

if TYPE_CHECKING:
    import asyncpg


class PostgresStore:
    """Journals in PostgreSQL 12 or later, shared by any number of processes on any number of hosts.

    ``source``: an address (``postgresql://user@host/database``; the store opens a pool of its own, of at most
    ``pool_size`` connections and one for hints) or an ``asyncpg`` pool of yours, which is not closed. ``schema``: where
    the tables are; the store makes and migrates them when it is first used, or, with ``migrate=False``, only checks
    that somebody has run ``schema_sql``. ``cipher`` enciphers the entries.

    ``hints="notify"`` wakes other processes by LISTEN and NOTIFY, on one connection kept for that. Behind a pooler that
    hands out connections by transaction (PgBouncer) use ``"poll"``: every ``poll_interval_s`` seconds while somebody
    waits; no state is kept in a session and no statement prepared.

    ``timeout_s``: how long connecting or a statement may take until ``StoreUnavailableError``. Nothing is connected
    before the first use; from then on the store belongs to that event loop and process. Raises ``ConfigurationError``
    without asyncpg.
    """

    def __init__(
        self,
        source: str | asyncpg.Pool,
        *,
        schema: str = "bank131",
        cipher: Cipher | None = None,
        hints: Literal["notify", "poll"] = "notify",
        migrate: bool = True,
        pool_size: int = 10,
        timeout_s: float = 10.0,
        poll_interval_s: float = 0.25,
    ) -> None:
        try:
            from bank131_async.stores.postgres.database import Database
            from bank131_async.stores.postgres.feed import Feed
        except ModuleNotFoundError as error:
            if error.name != "asyncpg":
                raise
            raise ConfigurationError("PostgresStore needs asyncpg: pip install 'bank131-async[postgres]'") from None
        if hints not in ("notify", "poll"):
            raise ConfigurationError("hints: expected 'notify' or 'poll'")
        notifies = hints == "notify"
        self._schema = schema
        self._cipher = cipher
        self._statements = Statements(schema)
        self._journals: dict[str, PostgresJournal] = {}
        self._database = Database(
            source,
            schema=schema,
            migrate=migrate,
            pool_size=pool_size + notifies,
            timeout_s=timeout_s,
            cache=notifies,
        )
        self._feed = Feed(
            self._database,
            channel=schema,
            moved=self._statements.moved,
            tell=self._tell,
            is_followed=lambda: any(journal.is_followed for journal in self._journals.values()),
            notifies=notifies,
            poll_interval_s=poll_interval_s,
        )

    def __repr__(self) -> str:
        return f"<PostgresStore schema={self._schema!r}>"

    def journal(self, project: str) -> PostgresJournal:
        """The journal of this project."""
        found = self._journals.get(project)
        if found is None:
            found = PostgresJournal(self._database, self._statements, self._feed, project, cipher=self._cipher)
            self._journals[project] = found
        return found

    async def aclose(self) -> None:
        """Stop the hints and close the pool, unless it is borrowed. Idempotent."""
        await self._feed.aclose()
        await self._database.aclose()

    def _tell(self, project: str, stream: str, version: int) -> None:
        journal = self._journals.get(project)
        if journal is not None:
            journal.tell(stream, version)
