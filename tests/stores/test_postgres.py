"""``PostgresStore``: what it does beyond the contract, on a real server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bank131_async.core.machine import Observed, Opened, TokenGiven
from bank131_async.core.machine.entry_codec import SCHEMA
from bank131_async.errors import (
    ConfigurationError,
    StaleVersionError,
    StoreCorruptError,
    StoreError,
    StoreUnavailableError,
)
from bank131_async.stores import FernetCipher, PostgresStore, StreamState, open_store
from tests.support.pooler import Pooler
from tests.support.postgres import Server

ENTRY = TokenGiven(widget="acquiring_widget")
# Longer than an index takes, also when it has been compressed.
LONG_NAME = "".join(chr(0x4E00 + (number * 7919) % 20_000) for number in range(10_000))
SECRET = "s3cret-word"


@asynccontextmanager
async def opened(source: Any, **options: Any) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(source, **options)
    try:
        yield store
    finally:
        await store.aclose()


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


# -- rows --------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("row", "word"),
    [
        (b'{"schema":%d,"entry":"token_given","widget":"w"}' % (SCHEMA + 1), "a newer version has written here"),
        (b"\xff\xff", "not JSON"),
        (b"\0gAAAAA", "enciphered"),
    ],
)
async def test_a_row_that_this_version_cannot_read_is_refused_by_name(postgres_dsn: str, row: bytes, word: str) -> None:
    async with opened(postgres_dsn) as store, connected(postgres_dsn) as connection:
        await store.journal("p").append("ps_1", (ENTRY, ENTRY))
        await connection.execute("UPDATE bank131.entries SET body = $1 WHERE version = 2", row)
        with pytest.raises(StoreCorruptError, match=word) as caught:
            await store.journal("p").load("ps_1")
        assert "stream ps_1, version 2" in caught.value.message
        assert list(await store.journal("p").load("ps_1", after=2)) == []


@pytest.mark.asyncio
async def test_a_row_of_the_first_version_is_read(postgres_dsn: str) -> None:
    old = b'{"schema":1,"entry":"opened","order":"7","amount":15000,"currency":"rub"}'
    async with opened(postgres_dsn) as store, connected(postgres_dsn) as connection:
        await store.journal("p").append("ps_1", (ENTRY,))
        await connection.execute("UPDATE bank131.entries SET body = $1", old)
        [stored] = await store.journal("p").load("ps_1")
        assert stored.entry == Opened(order="7", amount=15_000, currency="rub")


@pytest.mark.asyncio
async def test_with_a_cipher_nothing_of_an_entry_is_readable_in_the_table(postgres_dsn: str) -> None:
    secret = Observed(source="webhook", event_type="payment_finished", body=b'{"name":"Ivan"}')
    async with opened(postgres_dsn, cipher=FernetCipher(FernetCipher.new_key())) as store:
        journal = store.journal("p")
        assert journal.enciphered
        await journal.append("ps_1", (secret,))
        [stored] = await journal.load("ps_1")
        assert stored.entry == secret
        async with connected(postgres_dsn) as connection:
            body = await connection.fetchval("SELECT body FROM bank131.entries")
    assert b"Ivan" not in body
    assert b"payment_finished" not in body
    assert not PostgresStore(postgres_dsn).journal("p").enciphered


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["half \ud800", "zero \0", LONG_NAME])
async def test_a_name_that_postgresql_cannot_keep_is_refused_and_harms_nothing(postgres_dsn: str, name: str) -> None:
    async with opened(postgres_dsn) as store:
        with pytest.raises(ConfigurationError, match="PostgreSQL cannot keep this"):
            await store.journal("p").append(name, (ENTRY,))
        assert (await store.journal("p").append("ps_1", (ENTRY,))).version == 1
        assert [info.stream for info in await store.journal("p").streams(StreamState.any)] == ["ps_1"]


# -- the way there -----------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_an_append_is_one_round_trip(postgres_server: Server, postgres_dsn: str, short_folder: Path) -> None:
    with Pooler(postgres_server.socket, short_folder) as pooler:
        dsn = postgres_dsn.replace(str(postgres_server.folder), str(short_folder))
        async with opened(dsn, hints="poll", pool_size=1) as store:
            journal = store.journal("p")
            await journal.append("ps_0", (ENTRY,))
            before = pooler.asked
            for number in range(1, 11):
                await journal.append(f"ps_{number}", (ENTRY, ENTRY), expected_version=0)
            assert pooler.asked - before == 10


@pytest.mark.asyncio
async def test_a_clock_that_is_set_back_does_not_turn_the_order_of_a_stream_round(postgres_dsn: str) -> None:
    async with opened(postgres_dsn) as store, asyncpg.create_pool(postgres_dsn, min_size=0) as pool:
        await store.journal("p").append("ps_1", (ENTRY,))
        await pool.execute("UPDATE bank131.streams SET moved_at = moved_at + interval '1 hour'")
        (before,) = await store.journal("p").streams(StreamState.any)
        done = await store.journal("p").append("ps_1", (ENTRY,))
        assert done.at >= before.moved_at


@pytest.mark.asyncio
async def test_a_borrowed_pool_is_used_and_not_closed(postgres_dsn: str) -> None:
    async with asyncpg.create_pool(postgres_dsn, min_size=0, max_size=3) as pool:
        async with opened(pool) as store:
            await store.journal("p").append("ps_1", (ENTRY,))
        assert await pool.fetchval("SELECT count(*) FROM bank131.entries") == 1
        async with opened(pool, hints="poll") as store:
            assert len(await store.journal("p").load("ps_1")) == 1


@pytest.mark.asyncio
async def test_a_closed_store_is_unavailable_and_may_be_closed_again(postgres_dsn: str) -> None:
    store = open_store(postgres_dsn)
    await store.journal("p").append("ps_1", (ENTRY,))
    await store.aclose()
    await store.aclose()
    with pytest.raises(StoreUnavailableError, match="closed"):
        await store.journal("p").load("ps_1")


@pytest.mark.asyncio
async def test_a_url_names_schema_and_hints_and_leaves_the_other_options_to_the_driver(postgres_dsn: str) -> None:
    assert "?host=" in postgres_dsn
    store = open_store(f"{postgres_dsn}&hints=poll&schema=my%5Fshop&application_name=till+7")
    await store.journal("p").append("ps_1", (ENTRY,))
    connection = await asyncpg.connect(postgres_dsn)
    try:
        assert await connection.fetchval("SELECT count(*) FROM my_shop.entries") == 1
        asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'till 7'"
        assert await connection.fetchval(asked) == 1
        assert not await connection.fetchval(f"{asked} AND query LIKE 'LISTEN%'")
    finally:
        await connection.close()
        await store.aclose()


@pytest.mark.asyncio
async def test_a_store_that_was_never_used_is_closed_without_its_server_and_stays_closed() -> None:
    store = PostgresStore("postgresql://nobody@127.0.0.1:1/none")
    await store.aclose()
    with pytest.raises(StoreUnavailableError, match="closed"):
        await store.journal("p").load("ps_1")


def test_a_store_belongs_to_the_loop_that_first_used_it(postgres_dsn: str) -> None:
    store = PostgresStore(postgres_dsn)

    async def use() -> None:
        await store.journal("p").append("ps_1", (ENTRY,))

    async def use_and_close() -> None:
        await use()
        with pytest.raises(ConfigurationError, match="make one for each"):
            await asyncio.to_thread(asyncio.run, use())
        await store.aclose()

    asyncio.run(use_and_close())


def test_without_asyncpg_the_message_names_the_extra(repository: Path) -> None:
    program = (
        "import sys; sys.modules['asyncpg'] = None\n"
        "from bank131_async.stores import open_store\n"
        "open_store('postgresql://user@host/database')"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, check=False)
    assert "bank131-async[postgres]" in done.stderr.splitlines()[-1]


def test_importing_the_stores_does_not_load_asyncpg(repository: Path) -> None:
    program = "import sys, bank131_async.stores; print('asyncpg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("hints", ["", "redis", None])
def test_hints_are_of_two_kinds(hints: Any) -> None:
    with pytest.raises(ConfigurationError, match="hints"):
        PostgresStore("postgresql://user@host/database", hints=hints)


# -- what can go wrong -------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://user:{SECRET}@127.0.0.1:1/none",
        f"postgresql://user:{SECRET}@127.0.0.1:port/none",
        f"postgresql://user:{SECRET}@127.0.0.1:1/none?sslmode=nonsense",
        f"postgres//user:{SECRET}@host/none",
        f"postgresql://user:{SECRET}@/none?host=@FOLDER@",
        f"postgresql://postgres:{SECRET}@/none?host=@FOLDER@",
    ],
)
async def test_no_error_and_no_repr_shows_the_password(
    postgres_server: Server, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = PostgresStore(address.replace("@FOLDER@", str(postgres_server.folder)), timeout_s=5)
    reader = store.journal("p").changes()
    listening = asyncio.ensure_future(anext(reader))
    with pytest.raises((StoreError, ConfigurationError)) as caught:
        await store.journal("p").append("ps_1", (ENTRY,))
    listening.cancel()
    await asyncio.wait([listening])
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(caught.value.__context__)
    assert SECRET not in told
    assert SECRET not in repr(store) + repr(store.journal("p")) + caplog.text
    await store.aclose()


@pytest.mark.asyncio
@pytest.mark.parametrize("address", ["postgresql://user@127.0.0.1:1/none", "postgresql://user@/none?host=/nowhere"])
async def test_a_server_that_is_not_there_is_unavailable(address: str) -> None:
    async with opened(address) as store:
        with pytest.raises(StoreUnavailableError):
            await store.journal("p").load("ps_1")
        with pytest.raises(StoreUnavailableError):
            await asyncio.gather(*(store.journal("p").append("ps_1", (ENTRY,)) for _ in range(20)))


@pytest.mark.asyncio
async def test_a_connection_that_the_server_ends_is_replaced(postgres_dsn: str) -> None:
    async with opened(postgres_dsn, hints="poll", pool_size=1) as store, connected(postgres_dsn) as admin:
        journal = store.journal("p")
        await journal.append("ps_1", (ENTRY,))
        async with admin.transaction():
            await admin.execute("LOCK TABLE bank131.streams")
            blocked = asyncio.ensure_future(journal.append("ps_1", (ENTRY,)))
            await asyncio.sleep(0.05)
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
            with pytest.raises(StoreUnavailableError):
                await blocked
        assert (await journal.append("ps_1", (ENTRY,))).version == 2


@pytest.mark.asyncio
async def test_a_statement_that_takes_too_long_is_given_up_and_the_next_one_works(postgres_dsn: str) -> None:
    async with opened(postgres_dsn, pool_size=1) as warm:
        await warm.journal("p").append("ps_1", (ENTRY,))
    async with opened(postgres_dsn, pool_size=1, timeout_s=0.3) as store, connected(postgres_dsn) as other:
        journal = store.journal("p")
        async with other.transaction():
            await other.execute("SELECT FROM bank131.streams FOR UPDATE")
            with pytest.raises(StoreUnavailableError, match=r"0\.3 s"):
                await journal.append("ps_1", (ENTRY,))
            assert len(await journal.load("ps_1")) == 1
        assert (await journal.append("ps_1", (ENTRY,), expected_version=1)).version == 2


@pytest.mark.asyncio
async def test_a_read_only_server_is_unavailable_until_it_is_the_primary_again(postgres_dsn: str) -> None:
    async with opened(postgres_dsn, hints="poll") as store, connected(postgres_dsn) as admin:
        name = await admin.fetchval("SELECT current_database()")
        journal = store.journal("p")
        await journal.append("ps_0", (ENTRY,))
        await admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        async with opened(postgres_dsn, hints="poll") as late:
            with pytest.raises(StoreUnavailableError, match="read-only"):
                await late.journal("p").append("ps_1", (ENTRY,))
            assert len(await late.journal("p").load("ps_0")) == 1
            await admin.execute("SET default_transaction_read_only = off")
            await admin.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
            with pytest.raises(StoreUnavailableError, match="read-only"):
                await late.journal("p").append("ps_1", (ENTRY,))  # on the connection that was read only
            assert (await late.journal("p").append("ps_1", (ENTRY,))).version == 1


@pytest.mark.asyncio
async def test_a_table_that_is_gone_is_corruption_not_an_outage(postgres_dsn: str) -> None:
    async with opened(postgres_dsn) as store, connected(postgres_dsn) as admin:
        await store.journal("p").append("ps_1", (ENTRY,))
        await admin.execute("DROP TABLE bank131.entries")
        with pytest.raises(StoreCorruptError, match="not as this package makes it"):
            await store.journal("p").load("ps_1")


@pytest.mark.asyncio
async def test_an_append_cancelled_in_the_database_does_not_spoil_the_connection(postgres_dsn: str) -> None:
    async with opened(postgres_dsn, pool_size=1) as store, connected(postgres_dsn) as other:
        journal = store.journal("p")
        await journal.append("ps_1", (ENTRY,))
        for _ in range(5):
            async with other.transaction():
                await other.execute("SELECT FROM bank131.streams FOR UPDATE")
                blocked = asyncio.ensure_future(journal.append("ps_1", (ENTRY,)))
                await asyncio.sleep(0.01)
                blocked.cancel()
                await asyncio.wait([blocked])
                assert blocked.cancelled()
        with pytest.raises(StaleVersionError):
            await journal.append("ps_1", (ENTRY,), expected_version=99)
        versions = [stored.version for stored in await journal.load("ps_1")]
        assert versions == list(range(1, len(versions) + 1))
