"""The way to the database: a pool, opened when it is first needed, and its failures as errors of this package."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeGuard

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from bank131_async.errors import Bank131Error, ConfigurationError, StoreUnavailableError
from bank131_async.stores.postgres.failures import FAILURES, READ_ONLY, store_error
from bank131_async.stores.postgres.schema import ensure

Connection: TypeAlias = "asyncpg.Connection | PoolConnectionProxy"
_CACHED_STATEMENTS = 100


class Database:
    """Runs statements on a pool of its own, or on a borrowed one.

    Belongs to the event loop and process that first used it. ``cache`` false: no prepared statements are kept, as
    behind a transaction pooler.
    """

    def __init__(
        self,
        source: str | asyncpg.Pool,
        *,
        schema: str,
        migrate: bool,
        pool_size: int,
        timeout_s: float,
        cache: bool,
    ) -> None:
        self._source = source
        self._schema = schema
        self._migrate = migrate
        self._pool_size = pool_size
        self._cache = cache
        self.timeout_s = timeout_s
        self._owner: tuple[int, asyncio.AbstractEventLoop] | None = None
        self._pool: asyncpg.Pool | None = None
        self._opening: asyncio.Task[asyncpg.Pool] | None = None
        self._given_later: set[asyncio.Future[None]] = set()
        self._closed = False

    async def fetch(self, statement: str, *arguments: object) -> Sequence[asyncpg.Record]:
        """The rows of one statement, in a transaction of its own: one round trip once it is prepared.

        Raises ``StoreUnavailableError``, ``StoreCorruptError`` or ``ConfigurationError``.
        """
        # Written out, not by ``connection``: this is the path of every append.
        try:
            pool = await self.opened()
            connection = await pool.acquire(timeout=self.timeout_s)
            try:
                return await connection.fetch(statement, *arguments, timeout=self.timeout_s)
            finally:
                await self._give_back(pool, connection)
        except FAILURES as error:
            failure = await self._failure(error)
        raise failure

    async def fetch_on(self, connection: Connection, statement: str, *arguments: object) -> Sequence[asyncpg.Record]:
        """As ``fetch``, on a connection of somebody else's and in whatever transaction it has."""
        async with self._failures():
            await self.opened()
            return await connection.fetch(statement, *arguments, timeout=self.timeout_s)

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """A connection of the pool; what fails on it is raised as an error of this package."""
        async with self._failures():
            pool = await self.opened()
            async with pool.acquire(timeout=self.timeout_s) as connection:
                yield connection

    async def opened(self) -> asyncpg.Pool:
        """The pool, with the schema in place. Of those who come first one opens it and the others wait for that."""
        self._check_owner()
        if self._pool is not None:
            return self._pool
        if self._opening is None or self._opening.done():
            self._opening = asyncio.get_running_loop().create_task(self._open(), name="bank131 store opening")
            self._opening.add_done_callback(_heed)
        return await asyncio.shield(self._opening)

    async def aclose(self) -> None:
        """Close the pool, unless it is borrowed."""
        self._closed = True
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        if self._given_later:
            await asyncio.wait(self._given_later)
        if self._pool is not None and self._pool is not self._source:
            try:
                async with asyncio.timeout(self.timeout_s):
                    await self._pool.close()
            except TimeoutError:
                self._pool.terminate()
        self._pool = None

    async def _give_back(self, pool: asyncpg.Pool, connection: PoolConnectionProxy) -> None:
        giving = pool.release(connection, timeout=self.timeout_s)
        task = asyncio.current_task()
        if task is None or not task.cancelling():
            await giving
            return
        # The server is being asked to stop its work; who was cancelled does not wait for that.
        later = asyncio.ensure_future(giving)
        self._given_later.add(later)
        later.add_done_callback(self._given_later.discard)
        later.add_done_callback(_heed)

    @asynccontextmanager
    async def _failures(self) -> AsyncGenerator[None]:
        try:
            yield
        except FAILURES as error:
            failure = await self._failure(error)
        else:
            return
        raise failure

    async def _failure(self, error: Exception) -> Exception:
        """What to raise instead, once the handler is left: the driver's error, as its context, might quote a value."""
        if isinstance(error, Bank131Error):
            return error
        if getattr(error, "sqlstate", None) == READ_ONLY and self._pool is not None:
            await self._pool.expire_connections()  # after a failover: look for the primary anew
        return store_error(error, self.timeout_s)

    async def _open(self) -> asyncpg.Pool:
        pool = self._source if not isinstance(self._source, str) else await self._own_pool(self._source)
        try:
            async with pool.acquire(timeout=self.timeout_s) as connection:
                await ensure(connection, self._schema, create=self._migrate)
            self._pool = pool
        finally:
            if self._pool is None and pool is not self._source:
                pool.terminate()
        return pool

    async def _own_pool(self, dsn: str) -> asyncpg.Pool:
        return await asyncpg.create_pool(
            dsn,
            min_size=0,
            max_size=self._pool_size,
            timeout=self.timeout_s,
            command_timeout=self.timeout_s,
            reset=_leave_as_it_is,
            statement_cache_size=_CACHED_STATEMENTS if self._cache else 0,
        )

    def _check_owner(self) -> None:
        if self._closed:
            raise StoreUnavailableError("the store is closed")
        here = (os.getpid(), asyncio.get_running_loop())
        self._owner = self._owner or here
        if self._owner != here:
            raise ConfigurationError(
                "a PostgresStore belongs to the event loop and process that first used it: make one for each"
            )


def is_connection(value: object) -> TypeGuard[Connection]:
    """Whether it is a connection of asyncpg, from a pool or not."""
    return isinstance(value, asyncpg.Connection | PoolConnectionProxy)


async def _leave_as_it_is(_: object) -> None:
    """The store changes nothing of a session, so nothing is reset when a connection goes back: one round trip less."""


def _heed(work: asyncio.Future[Any]) -> None:
    """A failure is told to those who wait; if all of them have left, it is nobody's."""
    if not work.cancelled():
        work.exception()
