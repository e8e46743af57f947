"""PostgreSQL: appends beside bare asyncpg running the same statement, and hints beside bare LISTEN and NOTIFY.

The server is a private one that does wait for the disk. Bare asyncpg has a connection for each of its tasks, so it
pays for no pool; what it sends was encoded before. Targets: 0.6 of its rate, hints at most 3 ms later at the median.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

import asyncpg

from bank131_async.core.machine import Observed
from bank131_async.core.machine.entry_codec import encode_entry
from bank131_async.stores import Index, PostgresStore
from bank131_async.stores.postgres.journal import PostgresJournal
from bank131_async.stores.postgres.statements import Statements
from benchmarks.harness import Case, Ratio, Value
from tests.support.postgres import Server

ENTRY = Observed(
    source="webhook", event_type="payment_finished", digest=b"0" * 32, body=b'{"x":"' + b"y" * 1300 + b'"}'
)
INDEX = Index(unfinished=True)
STATEMENTS = Statements("bank131")
_numbers = itertools.count()

Append = Callable[[str], Awaitable[object]]


async def cases(quick: bool) -> AsyncIterator[Case]:
    """Appends one at a time and by ten connections; hints."""
    server = Server.create(fsync="on")
    try:
        server.start()
        for at_a_time in (1, 10):
            store = PostgresStore(server.dsn(), pool_size=at_a_time)
            journal = store.journal("sdk")
            await journal.append("warm-up", (ENTRY,))
            connections = [await asyncpg.connect(server.dsn()) for _ in range(at_a_time)]
            sdk = _appending([_by_journal(journal)] * at_a_time)
            bare = _appending([_by_statement(connection) for connection in connections])
            name = f"PostgreSQL, {at_a_time} at a time: appends / bare asyncpg, same statement"
            yield Ratio(name, sdk, bare, 150 * at_a_time, rate_at_least=0.6, clock="wall", rounds=9)
            await store.aclose()
            for connection in connections:
                await connection.close()
        yield Value(
            "PostgreSQL: append to hint elsewhere, p50, beyond bare LISTEN and NOTIFY",
            lambda: _later_ms(server.dsn(), 50 if quick else 300),
            "ms",
            at_most=3.0,
        )
    finally:
        server.remove()


def _by_journal(journal: PostgresJournal) -> Append:
    return lambda stream: journal.append(stream, (ENTRY,), expected_version=0, index=INDEX)


def _by_statement(connection: asyncpg.Connection, *, hint: bool = False) -> Append:
    body = [encode_entry(ENTRY)]

    async def append(stream: str) -> object:
        return await connection.fetchrow(
            STATEMENTS.append, "bare", stream, body, 0, hint, True, None, True, False, False, False, "payment", None
        )

    return append


def _appending(appends: list[Append]) -> Callable[[int], Awaitable[None]]:
    async def run(number: int) -> None:
        numbers = iter(range(number))

        async def append_on(append: Append) -> None:
            for _ in numbers:
                await append(f"ps_{next(_numbers):09}")

        await asyncio.gather(*(append_on(append) for append in appends))

    return run


async def _later_ms(dsn: str, number: int) -> float:
    """The median time from an append to its hint in another process's place, less that of the bare driver."""
    return await _sdk_ms(dsn, number) - await _bare_ms(dsn, number)


async def _sdk_ms(dsn: str, number: int) -> float:
    store, other = PostgresStore(dsn), PostgresStore(dsn)
    append, reader = _by_journal(store.journal("sdk")), other.journal("sdk").changes()
    waiting = asyncio.ensure_future(anext(reader))
    while not waiting.done():  # until it listens
        await append(f"ps_{next(_numbers):09}")
        await asyncio.wait([waiting], timeout=0.05)
    took = []
    for _ in range(number):
        began = time.perf_counter()
        await append(f"ps_{next(_numbers):09}")
        await anext(reader)
        took.append(time.perf_counter() - began)
    assert isinstance(reader, AsyncGenerator)
    await reader.aclose()
    await store.aclose()
    await other.aclose()
    return 1e3 * statistics.median(took)


async def _bare_ms(dsn: str, number: int) -> float:
    writer, listener = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    heard = asyncio.Event()
    await listener.add_listener("bank131", lambda *_: heard.set())
    append = _by_statement(writer, hint=True)
    took = []
    for _ in range(number):
        heard.clear()
        began = time.perf_counter()
        await append(f"ps_{next(_numbers):09}")
        await heard.wait()
        took.append(time.perf_counter() - began)
    await writer.close()
    await listener.close()
    return 1e3 * statistics.median(took)
