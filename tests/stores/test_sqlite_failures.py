"""The SQLite file when something is wrong with it: unavailable passes by itself, corrupt is for a person."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from bank131_async.core.machine import Observed, TokenGiven
from bank131_async.errors import ConfigurationError, StoreCorruptError, StoreUnavailableError
from bank131_async.stores import FernetCipher, SQLiteStore
from bank131_async.stores.sqlite import schema
from bank131_async.stores.sqlite.failures import store_error

ENTRY = TokenGiven(widget="acquiring_widget")
BIG = Observed(source="webhook", body=b'{"note":"' + b"x" * 200_000 + b'"}')
NOBODY = 65534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "payments.db"


@pytest_asyncio.fixture
async def store(path: Path) -> AsyncIterator[SQLiteStore]:
    store = SQLiteStore(path, busy_timeout_s=0.05)
    yield store
    await store.aclose()


@pytest.mark.asyncio
async def test_a_missing_folder_is_unavailable_until_it_is_there(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "data" / "payments.db")
    journal = store.journal("p")
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="does the folder exist"):
            await journal.append("ps_1", (ENTRY,))
        with pytest.raises(StoreUnavailableError, match="does the folder exist"):
            await journal.load("ps_1")
    (tmp_path / "data").mkdir()
    assert (await journal.append("ps_1", (ENTRY,))).version == 1
    assert len(await journal.load("ps_1")) == 1
    await store.aclose()


@pytest.mark.asyncio
async def test_a_locked_file_is_unavailable_until_it_is_let_go(store: SQLiteStore, path: Path) -> None:
    journal = store.journal("p")
    await journal.append("ps_1", (ENTRY,))
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    results = await asyncio.gather(*(journal.append("ps_1", (ENTRY,)) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(result, StoreUnavailableError) and "locked" in str(result) for result in results)
    assert len({id(result) for result in results}) == 3  # everybody raises an error of their own
    blocker.execute("ROLLBACK")
    blocker.close()
    assert (await journal.append("ps_1", (ENTRY,))).version == 2


@contextlib.contextmanager
def no_file_grows_beyond(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.asyncio
async def test_a_disk_that_takes_no_more_is_unavailable_loses_nothing_and_recovers(
    store: SQLiteStore, path: Path
) -> None:
    journal = store.journal("p")
    assert (await journal.append("ps_1", (ENTRY,))).version == 1
    with no_file_grows_beyond(Path(f"{path}-wal").stat().st_size + 50_000):
        for _ in range(3):
            with pytest.raises(StoreUnavailableError):
                await journal.append("ps_1", (BIG,))
        assert len(await journal.load("ps_1")) == 1
    assert (await journal.append("ps_1", (BIG,))).version == 2
    assert [stored.entry for stored in await journal.load("ps_1")] == [ENTRY, BIG]


def test_a_full_disk_is_called_so() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA max_page_count = 2")
    with pytest.raises(sqlite3.Error) as caught:
        connection.executescript("CREATE TABLE a (x); CREATE TABLE b (x); CREATE TABLE c (x)")
    error = store_error(caught.value, Path("payments.db"))
    connection.close()
    assert isinstance(error, StoreUnavailableError)
    assert "the disk is full" in str(error)


@contextlib.contextmanager
def without_rights() -> Iterator[None]:
    """Files are read-only for us: root drops its rights for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


class Panic(BaseException):
    """What compiled extensions raise when they fail beyond repair."""


@pytest.mark.asyncio
async def test_whatever_is_raised_in_a_thread_of_the_store_is_told_and_ends_no_thread(path: Path) -> None:
    panics = False

    def fails_now_and_then() -> None:
        if panics:
            raise Panic

    class PanickingCipher:
        def encrypt(self, data: bytes) -> bytes:
            return data

        def decrypt(self, data: bytes) -> bytes:
            fails_now_and_then()
            return data

    def now() -> datetime:
        fails_now_and_then()
        return datetime.now(UTC)

    store = SQLiteStore(path, cipher=PanickingCipher(), now=now)
    journal = store.journal("p")
    await journal.append("ps_1", (ENTRY,))
    panics = True
    for _ in range(2):
        with pytest.raises(Panic):
            await asyncio.wait_for(journal.append("ps_1", (ENTRY,)), 10)
        with pytest.raises(Panic):
            await asyncio.wait_for(journal.load("ps_1"), 10)
    panics = False
    assert (await journal.append("ps_1", (ENTRY,))).version == 2
    assert [stored.version for stored in await journal.load("ps_1")] == [1, 2]
    await store.aclose()


@pytest.mark.asyncio
async def test_where_no_thread_can_be_started_nothing_hangs_and_later_all_is_well(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = store.journal("p")

    def at_the_limit(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", at_the_limit)
        for _ in range(2):
            with pytest.raises(RuntimeError, match="new thread"):
                await asyncio.wait_for(journal.append("ps_1", (ENTRY,)), 10)
            with pytest.raises(RuntimeError, match="new thread"):
                await asyncio.wait_for(anext(journal.changes()), 10)
    hints = journal.changes()
    hint = asyncio.ensure_future(anext(hints))
    await asyncio.sleep(0)
    assert (await journal.append("ps_1", (ENTRY,))).version == 1
    assert (await asyncio.wait_for(hint, 10)).version == 1
    await hints.aclose()  # type: ignore[attr-defined]


@pytest.mark.asyncio
async def test_a_read_only_file_is_unavailable_until_it_may_be_written() -> None:
    folder = Path(tempfile.mkdtemp())
    path = folder / "payments.db"
    first = SQLiteStore(path)
    await first.journal("p").append("ps_1", (ENTRY,))
    await first.aclose()
    folder.chmod(0o555)
    path.chmod(0o444)
    store = SQLiteStore(path)
    journal = store.journal("p")
    try:
        with without_rights():
            for _ in range(2):
                with pytest.raises(StoreUnavailableError):
                    await journal.append("ps_1", (ENTRY,))
        path.chmod(0o644)
        folder.chmod(0o755)
        assert (await journal.append("ps_1", (ENTRY,))).version == 2
    finally:
        await store.aclose()
        shutil.rmtree(folder)


@pytest.mark.asyncio
async def test_who_has_tried_to_read_a_read_only_file_can_write_it_later(tmp_path: Path) -> None:
    left = tmp_path / "left"
    left.mkdir()
    first = SQLiteStore(left / "payments.db")
    await first.journal("p").append("ps_1", (ENTRY,))
    folder = Path(tempfile.mkdtemp())
    for file in left.iterdir():  # with its log, as a process leaves it that is killed
        shutil.copy(file, folder)
        (folder / file.name).chmod(0o444)
    await first.aclose()
    folder.chmod(0o555)
    store = SQLiteStore(folder / "payments.db")
    journal = store.journal("p")
    try:
        with without_rights():
            with contextlib.suppress(StoreUnavailableError):
                await journal.load("ps_1")
            with pytest.raises(StoreUnavailableError):
                await journal.append("ps_1", (ENTRY,))
        folder.chmod(0o755)
        for file in folder.iterdir():
            file.chmod(0o644)
        assert (await journal.append("ps_1", (ENTRY,))).version == 2
        assert len(await journal.load("ps_1")) == 2
    finally:
        await store.aclose()
        shutil.rmtree(folder)


@pytest.mark.asyncio
async def test_a_file_that_is_no_database_is_corrupt_and_stays_as_it_was(store: SQLiteStore, path: Path) -> None:
    path.write_bytes(b"my shopping list, " * 100)
    for _ in range(2):
        with pytest.raises(StoreCorruptError, match="not an SQLite database"):
            await store.journal("p").append("ps_1", (ENTRY,))
    assert path.read_bytes() == b"my shopping list, " * 100


@pytest.mark.asyncio
async def test_another_programs_database_is_left_alone(store: SQLiteStore, path: Path) -> None:
    theirs = sqlite3.connect(path)
    theirs.execute("CREATE TABLE orders (id)")
    theirs.commit()
    with pytest.raises(StoreCorruptError, match="another program"):
        await store.journal("p").append("ps_1", (ENTRY,))
    assert theirs.execute("SELECT name FROM sqlite_schema").fetchall() == [("orders",)]
    assert theirs.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    theirs.close()


@pytest.mark.asyncio
async def test_a_damaged_file_is_corrupt(path: Path) -> None:
    store = SQLiteStore(path)
    for number in range(50):
        await store.journal("p").append(f"ps_{number}", (ENTRY,) * 20)
    await store.aclose()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    again = SQLiteStore(path)
    with pytest.raises(StoreCorruptError, match=r"payments\.db: the file is damaged"):
        await again.journal("p").append("ps_1", (ENTRY,))
    with pytest.raises(StoreCorruptError, match=r"payments\.db: the file is damaged"):
        await again.journal("p").load("ps_1")
    await again.aclose()


@pytest.mark.asyncio
async def test_an_entry_that_cannot_be_read_is_named_and_hurts_no_other_stream(path: Path) -> None:
    store = SQLiteStore(path, cipher=FernetCipher(FernetCipher.new_key()))
    await store.journal("p").append("ps_1", (ENTRY, ENTRY))
    await store.aclose()
    again = SQLiteStore(path, cipher=FernetCipher(FernetCipher.new_key()))
    journal = again.journal("p")
    with pytest.raises(StoreCorruptError, match=r"stream ps_1, version 1: .* another key"):
        await journal.load("ps_1")
    await journal.append("ps_2", (ENTRY,))
    assert len(await journal.load("ps_2")) == 1
    await again.aclose()


@pytest.mark.asyncio
async def test_a_file_of_a_newer_version_is_refused_with_the_cure(store: SQLiteStore, path: Path) -> None:
    schema.connect(path, busy_timeout_s=1).close()
    newer = sqlite3.connect(path)
    newer.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    newer.close()
    with pytest.raises(StoreCorruptError, match=r"newer version .* upgrade this process"):
        await store.journal("p").append("ps_1", (ENTRY,))


@pytest.mark.asyncio
async def test_an_older_file_is_brought_up_to_date_or_left_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = SQLiteStore(path)
    await old.journal("p").append("ps_1", (ENTRY,))
    await old.aclose()
    released = schema.MIGRATIONS
    broken = ("ALTER TABLE streams ADD COLUMN colour TEXT", "ALTER TABLE nothing ADD COLUMN colour TEXT")
    monkeypatch.setattr(schema, "MIGRATIONS", (*released, broken))
    store = SQLiteStore(path)
    with pytest.raises(StoreCorruptError):
        await store.journal("p").load("ps_1")
    monkeypatch.setattr(schema, "MIGRATIONS", (*released, broken[:1]))
    assert [stored.entry for stored in await store.journal("p").load("ps_1")] == [ENTRY]
    await store.aclose()
    file = sqlite3.connect(path)
    assert file.execute("PRAGMA user_version").fetchone() == (len(released) + 1,)
    assert file.execute("SELECT colour FROM streams").fetchall() == [(None,)]
    file.close()


@pytest.mark.parametrize("path", ["", ":memory:"])
def test_a_store_without_a_file_is_refused(path: str) -> None:
    with pytest.raises(ConfigurationError, match="MemoryStore"):
        SQLiteStore(path)


@pytest.mark.parametrize("turn", range(12))
def test_a_file_that_another_process_makes_meanwhile_is_not_a_strangers(
    path: Path, turn: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    plain = schema.Connection

    class Overtaken(schema.Connection):
        """Before one of its statements another process opens the file."""

        def execute(self, sql: str, *arguments: object) -> sqlite3.Cursor:
            statements.append(sql)
            if len(statements) == turn + 1:
                with monkeypatch.context() as patch, contextlib.suppress(sqlite3.OperationalError):
                    patch.setattr(schema, "Connection", plain)
                    schema.connect(path, busy_timeout_s=0.01).close()
            return super().execute(sql, *arguments)

    monkeypatch.setattr(schema, "Connection", Overtaken)
    connection = schema.connect(path, busy_timeout_s=1)
    assert connection.execute("SELECT count(*) FROM streams").fetchone() == (0,)
    connection.close()


OPENING = """
import asyncio, sys
from bank131_async.core.machine import TokenGiven
from bank131_async.stores import SQLiteStore

async def main():
    store = SQLiteStore(sys.argv[1])
    sys.stdin.readline()
    for _ in range(20):
        await store.journal("p").append("ps_1", (TokenGiven(widget="acquiring_widget"),))
    await store.aclose()

asyncio.run(main())
"""


@pytest.mark.asyncio
async def test_processes_that_open_a_fresh_file_at_once_do_not_disturb_each_other(path: Path) -> None:
    command = (sys.executable, "-c", OPENING, str(path))
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(4)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.close()
    assert [process.wait(60) for process in processes] == [0] * 4
    store = SQLiteStore(path)
    assert [stored.version for stored in await store.journal("p").load("ps_1")] == list(range(1, 81))
    await store.aclose()
