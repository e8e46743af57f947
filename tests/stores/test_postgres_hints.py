"""Hints of ``PostgresStore``: lost connections, late and foreign notifications."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import asyncpg
import pytest

from bank131_async.core.machine import TokenGiven
from bank131_async.errors import ConfigurationError, StoreUnavailableError
from bank131_async.stores import Hint, PostgresStore
from bank131_async.stores.postgres import feed
from bank131_async.stores.postgres.journal import PostgresJournal
from bank131_async.testing.store_contract.hints import until_heard
from tests.support.pooler import Pooler
from tests.support.postgres import Server

ENTRY = TokenGiven(widget="acquiring_widget")


@asynccontextmanager
async def journals(dsn: str, count: int = 2, **options: object) -> AsyncIterator[list[PostgresJournal]]:
    stores = [PostgresStore(dsn, **options) for _ in range(count)]  # type: ignore[arg-type]
    try:
        yield [store.journal("p") for store in stores]
    finally:
        for store in stores:
            await store.aclose()


@asynccontextmanager
async def reading(journal: PostgresJournal) -> AsyncIterator[AsyncIterator[Hint]]:
    reader = journal.changes()
    try:
        yield reader
    finally:
        await cast("AsyncGenerator[Hint]", reader).aclose()


async def kill_listeners(dsn: str) -> int:
    admin = await asyncpg.connect(dsn)
    try:
        killed = await admin.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return len(killed)
    finally:
        await admin.close()


@asynccontextmanager
async def tries(dsn: str) -> AsyncIterator[Callable[[], Awaitable[datetime]]]:
    """Asks when the server was last asked for its time on one of the connections that listen."""
    admin = await asyncpg.connect(dsn)
    asked = (
        "SELECT max(query_start) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query = 'SELECT clock_timestamp() AS now'"
    )
    try:
        yield lambda: admin.fetchval(asked)
    finally:
        await admin.close()


async def caught(work: Awaitable[object]) -> Exception | None:
    try:
        await work
    except (ConfigurationError, StoreUnavailableError) as error:
        return error
    return None


async def all_until(reader: AsyncIterator[Hint], stream: str) -> list[Hint]:
    hints = []
    async for hint in reader:
        hints.append(hint)
        if hint.stream == stream:
            break
    return hints


async def heard(reader: AsyncIterator[Hint], stream: str) -> Hint:
    return (await all_until(reader, stream))[-1]


@pytest.mark.asyncio
async def test_listening_begins_again_after_the_connection_is_lost_and_what_was_missed_is_told(
    postgres_dsn: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with journals(postgres_dsn) as [journal, other], reading(journal) as reader:
        await until_heard([reader], lambda: other.append("before", (ENTRY,)), "before")
        hearing = asyncio.ensure_future(heard(reader, "meanwhile"))
        await asyncio.sleep(0)
        with caplog.at_level(logging.WARNING, "bank131.store"):
            assert await kill_listeners(postgres_dsn) >= 2
            while await caught(other.append("meanwhile", (ENTRY,))) is not None:
                pass
            async with asyncio.timeout(20):
                assert (await hearing).version >= 1
            await until_heard([reader], lambda: other.append("after", (ENTRY,)), "after")
        assert "hints are interrupted" in caplog.text
        assert "hints are back" in caplog.text


@pytest.mark.asyncio
async def test_the_processes_own_appends_are_told_once(postgres_dsn: str) -> None:
    async with journals(postgres_dsn) as [journal, other], reading(journal) as reader, reading(other) as elsewhere:
        await until_heard([reader, elsewhere], lambda: journal.append("first", (ENTRY,)), "first")
        for number in range(1, 6):
            waiting = [asyncio.ensure_future(heard(one, "ps_1")) for one in (reader, elsewhere)]
            await asyncio.sleep(0)
            await journal.append("ps_1", (ENTRY,))
            assert {hint.version for hint in await asyncio.gather(*waiting)} == {number}


@pytest.mark.asyncio
async def test_notifications_of_others_are_not_mistaken_for_hints(postgres_dsn: str) -> None:
    async with journals(postgres_dsn) as [journal, other], reading(journal) as reader:
        await until_heard([reader], lambda: other.append("first", (ENTRY,)), "first")
        hearing = asyncio.ensure_future(all_until(reader, "ps_9"))
        admin = await asyncpg.connect(postgres_dsn)
        for payload in ["", "no json", "7", "[]", '["p","s"]', '["p","s","1"]', '{"p":1}', '["q","other project",1]']:
            await admin.execute("SELECT pg_notify('bank131', $1)", payload)
        await admin.execute("""SELECT pg_notify('bank131', '["p","ps_9",3]')""")
        await admin.close()
        [*others, last] = await hearing
        assert last == Hint("ps_9", 3)
        assert {hint.stream for hint in others} <= {"first"}


@pytest.mark.asyncio
async def test_a_stream_whose_name_is_too_long_for_a_notification_does_not_stop_the_others(
    postgres_dsn: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with journals(postgres_dsn) as [journal, other], reading(journal) as reader:
        await until_heard([reader], lambda: other.append("first", (ENTRY,)), "first")
        hearing = asyncio.ensure_future(all_until(reader, "ps_1"))
        await other.append("я" * 2000, (ENTRY,))
        await other.append("ps_1", (ENTRY,))
        async with asyncio.timeout(20):
            [*others, last] = await hearing
        assert last == Hint("ps_1", 1)
        assert {hint.stream for hint in others} <= {"first"}
    assert "hints are interrupted" not in caplog.text


@pytest.mark.asyncio
async def test_the_last_hint_is_sent_before_the_store_is_closed(postgres_dsn: str) -> None:
    async with journals(postgres_dsn, 1) as [journal], reading(journal) as reader:
        await until_heard([reader], lambda: journal.append("first", (ENTRY,)), "first")
        hearing = asyncio.ensure_future(heard(reader, "parting"))
        await asyncio.sleep(0)
        async with journals(postgres_dsn, 1) as [brief]:
            await brief.append("parting", (ENTRY,))
        async with asyncio.timeout(20):
            assert (await hearing).version == 1


@pytest.mark.asyncio
async def test_a_quiet_connection_is_tried_now_and_then(postgres_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "_HEARTBEAT_S", 0.02)
    async with journals(postgres_dsn) as [journal, other], reading(journal) as reader, tries(postgres_dsn) as tried:
        await until_heard([reader], lambda: other.append("first", (ENTRY,)), "first")
        before = await tried()
        await asyncio.sleep(0.15)
        assert await tried() > before + timedelta(seconds=0.05)
        await until_heard([reader], lambda: other.append("ps_1", (ENTRY,)), "ps_1")


@pytest.mark.asyncio
async def test_polling_asks_nothing_while_nobody_waits(
    postgres_server: Server, postgres_dsn: str, short_folder: Path
) -> None:
    with Pooler(postgres_server.socket, short_folder) as pooler:
        dsn = postgres_dsn.replace(str(postgres_server.folder), str(short_folder))
        async with journals(dsn, 1, hints="poll", poll_interval_s=0.01) as [journal]:
            async with reading(journal) as reader:
                await until_heard([reader], lambda: journal.append("first", (ENTRY,)), "first")
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.05)
            quiet = pooler.asked
            await asyncio.sleep(0.1)
            assert pooler.asked == quiet


@pytest.mark.asyncio
async def test_a_session_kept_for_listening_would_not_work_behind_a_pooler(
    postgres_server: Server, postgres_dsn: str, short_folder: Path
) -> None:
    with Pooler(postgres_server.socket, short_folder):
        dsn = postgres_dsn.replace(str(postgres_server.folder), str(short_folder))
        async with journals(dsn, 1) as [journal]:
            appends = [await caught(journal.append(f"ps_{number}", (ENTRY,))) for number in range(5)]
            assert any(isinstance(error, ConfigurationError) and "hints='poll'" in error.message for error in appends)
