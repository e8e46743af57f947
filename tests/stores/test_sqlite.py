"""The SQLite store where it is more than the contract: batches, threads, loops, processes, ciphers, hints, plans."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bank131_async.core.machine import Observed, Opened, TokenGiven
from bank131_async.errors import ConfigurationError, NameTakenError, StaleVersionError, StoreUnavailableError
from bank131_async.stores import FernetCipher, Hint, Index, SQLiteStore, StreamState
from bank131_async.stores.base import Appended
from bank131_async.stores.sqlite import queries
from bank131_async.stores.sqlite.batch import owner_of
from bank131_async.stores.sqlite.schema import connect

START = datetime(2026, 1, 1, tzinfo=UTC)
ENTRY = TokenGiven(widget="acquiring_widget")
BODY = Observed(source="webhook", event_type="ready_to_confirm", digest=b"\xff" * 32, body=b'{"note":"in the clear"}')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "payments.db"


@pytest_asyncio.fixture
async def store(path: Path) -> AsyncIterator[SQLiteStore]:
    store = SQLiteStore(path)
    yield store
    await store.aclose()


@pytest_asyncio.fixture
async def other(path: Path) -> AsyncIterator[SQLiteStore]:
    """The same file, as another process has it."""
    other = SQLiteStore(path)
    yield other
    await other.aclose()


@pytest.mark.asyncio
async def test_what_was_appended_is_there_when_the_file_is_opened_again(path: Path) -> None:
    store = SQLiteStore(path)
    index = Index(due=START, unfinished=True, needs_person=True, order="7")
    done = await store.journal("p").append("ps_1", (Opened(order="7"), BODY), index=index)
    await store.aclose()
    again = SQLiteStore(path)
    journal = again.journal("p")
    assert [stored.entry for stored in await journal.load("ps_1")] == [Opened(order="7"), BODY]
    (info,) = await journal.streams(StreamState.any)
    assert (info.version, info.moved_at, info.index) == (2, done.at, index)
    assert await journal.find("payment", "7") == "ps_1"
    await again.aclose()


@pytest.mark.asyncio
async def test_appends_of_one_moment_share_a_commit(store: SQLiteStore, path: Path) -> None:
    journal = store.journal("p")
    await journal.append("ps_0", (ENTRY,))
    log = Path(f"{path}-wal")
    before = log.stat().st_size
    await journal.append("ps_0", (ENTRY,))
    alone = log.stat().st_size - before
    await asyncio.gather(*(journal.append("ps_0", (ENTRY,)) for _ in range(50)))
    together = log.stat().st_size - before - alone
    assert together < 5 * alone
    assert [stored.version for stored in await journal.load("ps_0")] == list(range(1, 53))


@pytest.mark.asyncio
async def test_more_appends_than_a_batch_holds_are_written_in_the_order_of_the_calls(store: SQLiteStore) -> None:
    journal = store.journal("p")
    done = await asyncio.gather(
        *(journal.append(f"ps_{number % 7}", (TokenGiven(widget=str(number)),)) for number in range(700))
    )
    assert [one.version for one in done] == [1 + number // 7 for number in range(700)]
    for stream in range(7):
        widgets = [stored.entry.widget for stored in await journal.load(f"ps_{stream}")]  # type: ignore[union-attr]
        assert widgets == [str(number) for number in range(stream, 700, 7)]


@pytest.mark.asyncio
async def test_each_append_of_a_batch_is_judged_by_itself(store: SQLiteStore) -> None:
    journal = store.journal("p")
    results = await asyncio.gather(
        journal.append("ps_1", (ENTRY,), expected_version=0, index=Index(order="7")),
        journal.append("ps_1", (ENTRY,), expected_version=0),
        journal.append("ps_2", (ENTRY,), index=Index(order="7")),
        journal.append("ps_3", (ENTRY, ENTRY), index=Index(order="8")),
        journal.append("ps_1", (ENTRY,), expected_version=1),
        journal.append("ps_\ud800", (ENTRY,)),
        journal.append("ps_4", (ENTRY,)),
        return_exceptions=True,
    )
    kinds = [getattr(result, "version", type(result)) for result in results]
    assert kinds == [1, StaleVersionError, NameTakenError, 2, 2, UnicodeEncodeError, 1]
    assert await journal.load("ps_2") == ()
    assert [info.stream for info in await journal.streams(StreamState.any)] == ["ps_1", "ps_3", "ps_4"]


@pytest.mark.asyncio
async def test_of_many_connections_that_expect_the_same_version_exactly_one_wins(
    store: SQLiteStore, other: SQLiteStore
) -> None:
    for round_ in range(10):
        attempts = [
            one.journal("p").append(f"ps_{round_}", (ENTRY,), expected_version=0, index=Index(order=str(round_)))
            for one in (store, other, store, other)
        ]
        results = await asyncio.gather(*attempts, return_exceptions=True)
        assert sum(isinstance(result, Appended) for result in results) == 1
        assert sum(isinstance(result, StaleVersionError) for result in results) == 3


@pytest.mark.asyncio
async def test_of_many_connections_that_claim_one_name_exactly_one_gets_it(
    store: SQLiteStore, other: SQLiteStore
) -> None:
    for round_ in range(10):
        attempts = [
            one.journal("p").append(f"ps_{round_}_{number}", (ENTRY,), index=Index(order=str(round_)))
            for number, one in enumerate((store, other, store, other))
        ]
        results = await asyncio.gather(*attempts, return_exceptions=True)
        (winner,) = [number for number, result in enumerate(results) if isinstance(result, Appended)]
        taken = [result for result in results if isinstance(result, NameTakenError)]
        assert [error.stream for error in taken] == [f"ps_{round_}_{winner}"] * 3


@pytest.mark.asyncio
async def test_a_cancelled_append_is_written_and_disturbs_nobody(store: SQLiteStore) -> None:
    journal = store.journal("p")
    tasks = [asyncio.ensure_future(journal.append("ps_1", (TokenGiven(widget=str(n)),))) for n in range(20)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(result, Appended) for result in results] == [False, True] * 10
    assert len(await journal.load("ps_1")) == 20


@pytest.mark.asyncio
async def test_closing_finishes_what_is_queued_and_may_be_done_twice(path: Path) -> None:
    store = SQLiteStore(path)
    waiting = [asyncio.ensure_future(store.journal("p").append("ps_1", (ENTRY,))) for _ in range(500)]
    await asyncio.sleep(0)
    await store.aclose()
    await store.aclose()
    assert [one.version for one in await asyncio.gather(*waiting)] == list(range(1, 501))
    with pytest.raises(StoreUnavailableError, match="was closed"):
        await store.journal("p").append("ps_1", (ENTRY,))
    assert not Path(f"{path}-wal").exists()


@pytest.mark.asyncio
async def test_closing_that_was_cancelled_can_be_asked_for_again(path: Path) -> None:
    store = SQLiteStore(path)
    await store.journal("p").append("ps_1", (ENTRY,))
    with closing(sqlite3.connect(path, isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        append = asyncio.ensure_future(store.journal("p").append("ps_1", (ENTRY,)))
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(store.aclose(), 0.02)
    await asyncio.gather(store.aclose(), store.aclose())
    assert append.done()
    assert append.result().version == 2
    assert not Path(f"{path}-wal").exists()


@pytest.mark.asyncio
async def test_a_store_that_was_never_used_makes_no_file(path: Path) -> None:
    store = SQLiteStore(path)
    await store.aclose()
    assert not path.exists()


def test_a_store_serves_one_loop_after_another_but_not_two_at_once(path: Path) -> None:
    store = SQLiteStore(path)

    async def append() -> int:
        return (await store.journal("p").append("ps_1", (ENTRY,))).version

    assert asyncio.run(append()) == 1
    assert asyncio.run(append()) == 2
    first = asyncio.new_event_loop()
    try:
        assert first.run_until_complete(append()) == 3
        with pytest.raises(ConfigurationError, match="another event loop"):
            asyncio.run(append())
        first.run_until_complete(store.aclose())
    finally:
        first.close()


def test_a_store_is_closed_after_its_loop_has_ended_too(path: Path) -> None:
    store = SQLiteStore(path)

    async def use() -> None:
        await store.journal("p").append("ps_1", (ENTRY,))
        await store.journal("p").load("ps_1")

    asyncio.run(use())
    assert Path(f"{path}-wal").exists()
    asyncio.run(store.aclose())
    assert not Path(f"{path}-wal").exists()


FORKING = """
import asyncio, os, sys
from bank131_async.core.machine import TokenGiven
from bank131_async.errors import ConfigurationError
from bank131_async.stores import SQLiteStore

async def append(store, close=False):
    await store.journal("p").append("ps_1", (TokenGiven(widget="acquiring_widget"),))
    if close:
        await store.aclose()

path, closes, has_own = sys.argv[1], "closes" in sys.argv, "has_own" in sys.argv
store = SQLiteStore(path)
asyncio.run(append(store, closes))
child = os.fork()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
try:
    asyncio.run(append(SQLiteStore(path) if has_own else store, True))
except ConfigurationError as error:
    os._exit(3 if "was forked" in str(error) else 2)
os._exit(0)
"""


@pytest.mark.parametrize(
    ("how", "told"),
    [
        pytest.param((), 3, id="the parent's store"),
        pytest.param(("has_own",), 3, id="one of its own while the parent's is open"),
        pytest.param(("has_own", "closes"), 0, id="one of its own after the parent's was closed"),
    ],
)
def test_a_file_that_was_open_at_a_fork_is_refused_in_the_child(path: Path, how: Sequence[str], told: int) -> None:
    # SQLite would let the child write into a log that others believe nobody uses, and remove.
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", FORKING, str(path), *how], timeout=60, check=False)
    assert done.returncode == told


@pytest.mark.asyncio
async def test_the_loop_goes_on_while_the_file_is_locked_and_readers_do_not_wait(
    store: SQLiteStore, path: Path
) -> None:
    journal = store.journal("p")
    await journal.append("ps_1", (ENTRY,))
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    append = asyncio.ensure_future(journal.append("ps_1", (ENTRY,)))
    longest_s, until = 0.0, time.monotonic() + 0.1
    while (before := time.monotonic()) < until:
        await asyncio.sleep(0.001)
        longest_s = max(longest_s, time.monotonic() - before)
    assert len(await journal.load("ps_1")) == 1
    assert not append.done()
    blocker.execute("ROLLBACK")
    blocker.close()
    assert (await append).version == 2
    assert longest_s < 0.09


@pytest.mark.asyncio
async def test_a_clock_that_is_set_back_does_not_turn_the_order_of_a_stream_round(path: Path) -> None:
    times = iter([START, START - timedelta(hours=1), START + timedelta(microseconds=1)])
    store = SQLiteStore(path, now=lambda: next(times))
    journal = store.journal("p")
    stamps = [(await journal.append("ps_1", (ENTRY,))).at for _ in range(3)]
    assert stamps == [START, START, START + timedelta(microseconds=1)]
    assert [stored.at for stored in await journal.load("ps_1")] == stamps
    await store.aclose()


@pytest.mark.asyncio
async def test_an_hour_in_another_zone_is_the_same_moment(store: SQLiteStore) -> None:
    journal = store.journal("p")
    moscow = START.astimezone(tz=datetime.strptime("+0300", "%z").tzinfo)
    await journal.append("ps_1", (ENTRY,), index=Index(due=moscow, unfinished=True))
    assert await journal.unfinished(START - timedelta(microseconds=1), 1) == []
    assert await journal.unfinished(START, 1) == ["ps_1"]


@pytest.mark.asyncio
async def test_under_a_cipher_no_entry_can_be_read_off_the_disk_and_the_lists_still_work(path: Path) -> None:
    store = SQLiteStore(path, cipher=FernetCipher(FernetCipher.new_key()))
    journal = store.journal("p")
    await journal.append("ps_1", (BODY,), index=Index(due=START, unfinished=True, order="7"))
    assert journal.enciphered
    assert (await journal.load("ps_1"))[0].entry == BODY
    assert await journal.unfinished(START, 1) == ["ps_1"]
    assert await journal.find("payment", "7") == "ps_1"
    disk = b"".join(file.read_bytes() for file in path.parent.glob("payments.db*"))
    assert b"ps_1" in disk
    assert b"in the clear" not in disk
    assert b"ready_to_confirm" not in disk
    await store.aclose()


@pytest.mark.asyncio
async def test_appends_of_another_process_are_hinted_within_moments(store: SQLiteStore, other: SQLiteStore) -> None:
    await other.journal("p").append("ps_before", (ENTRY,))
    hints = store.journal("p").changes()
    waiting = asyncio.ensure_future(anext(hints))
    async with asyncio.timeout(10):
        while not waiting.done():  # what was appended before anybody listened is not hinted
            await other.journal("not ours").append("ps_1", (ENTRY,))
            done = await other.journal("p").append("ps_1", (ENTRY,))
            await asyncio.sleep(0.05)
    assert await waiting == Hint("ps_1", done.version)
    await hints.aclose()  # type: ignore[attr-defined]


@pytest.mark.asyncio
async def test_an_own_append_is_hinted_at_once_and_as_a_rule_once(store: SQLiteStore) -> None:
    journal = store.journal("p")
    hints = journal.changes()
    heard: list[Hint] = []

    async def listen() -> None:
        async for hint in hints:
            heard.append(hint)

    listening = asyncio.ensure_future(listen())
    await asyncio.sleep(0)
    for version in range(1, 6):
        await journal.append("ps_1", (ENTRY,))
        await asyncio.sleep(0)
        assert heard[-1] == Hint("ps_1", version)
        await asyncio.sleep(0.03)  # the file is asked meanwhile, and has nothing new to tell
    assert len(heard) < 10  # a doubled hint now and then is nothing, each one doubled would be
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


@pytest.mark.asyncio
async def test_the_file_is_asked_only_while_somebody_listens(store: SQLiteStore) -> None:
    def askers() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "bank131-sqlite-hints"]

    await store.journal("p").append("ps_1", (ENTRY,))
    assert not askers()
    readers = [store.journal("p").changes(), store.journal("q").changes()]
    waiting = [asyncio.ensure_future(anext(reader)) for reader in readers]
    await asyncio.sleep(0.02)
    (thread,) = askers()
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.to_thread(thread.join, 5)
    assert not askers()


def test_a_commit_waits_for_the_disk_which_no_killed_process_can_show(path: Path) -> None:
    connection = connect(path, busy_timeout_s=1)
    settings = [connection.execute(f"PRAGMA {name}").fetchone() for name in ("journal_mode", "synchronous")]
    connection.close()
    assert settings == [("wal",), (2,)]  # 2 is FULL


class Spy:
    """Explains each statement instead of running it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.plans: list[str] = []

    def execute(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        rows = self.connection.execute(f"EXPLAIN QUERY PLAN {statement}", tuple(values)).fetchall()
        self.plans.append("; ".join(str(row[-1]) for row in rows))
        return self.connection.execute(statement, tuple(values))


def test_every_question_is_answered_by_an_index(path: Path) -> None:
    connection = connect(path, busy_timeout_s=1)
    spy = Spy(connection)
    asked: sqlite3.Connection = spy  # type: ignore[assignment]
    queries.load(asked, "p", "ps_1", 0, None)
    queries.unfinished(asked, "p", START, 10)
    for state in StreamState:
        queries.page(asked, "p", state, START, START, "", 10)
    owner_of(asked, "p", "payment", "7")
    queries.moved(asked, 5)
    connection.close()
    assert len(spy.plans) == 4 + len(StreamState)
    for plan in spy.plans:
        assert "SCAN" not in plan, plan
        assert re.search("USING (COVERING )?INDEX|USING INTEGER PRIMARY KEY|USING PRIMARY KEY", plan), plan
    assert "INDEX streams_due " in spy.plans[1]
    assert sum("INDEX streams_busy " in plan for plan in spy.plans) == 4
    assert sum("INDEX streams_finished " in plan for plan in spy.plans) == 1
    assert not any("TEMP B-TREE" in plan for plan in spy.plans[:-1])


def test_a_program_that_forgets_to_close_the_store_ends(path: Path) -> None:
    program = (
        "import asyncio, sys\n"
        "from bank131_async.core.machine import TokenGiven\n"
        "from bank131_async.stores import SQLiteStore\n"
        "async def main():\n"
        "    await SQLiteStore(sys.argv[1]).journal('p').append('ps_1', (TokenGiven(widget='w'),))\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (0, b"")
    connection = connect(path, busy_timeout_s=1)
    assert [entry.version for entry in queries.load(connection, "p", "ps_1", 0, None)] == [1]
    connection.close()
