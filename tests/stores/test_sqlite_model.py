"""SQLite beside memory: whatever is appended, in batches and through two openings of one file, both tell the same.

Some batches fail as a whole, before anything was written or in the middle of it: then nothing has happened.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from bank131_async.core.machine import TokenGiven
from bank131_async.errors import StoreCorruptError, StoreError, StoreUnavailableError
from bank131_async.stores import Index, Journal, MemoryStore, SQLiteStore, StreamState
from bank131_async.stores.base import Appended, Store, StreamInfo

START = datetime(2026, 1, 1, tzinfo=UTC)
STREAMS = ("ps_1", "ps_2")
PROJECTS = ("p", "q")


@attrs.frozen
class Append:
    """``behind``: how far the version that is expected is from the true one; ``None`` expects nothing.

    ``name``: kind and order of the index; ``None`` leaves the stream those that it has.
    """

    project: str
    stream: str
    entries: int
    behind: int | None
    index: Index | None
    name: tuple[str, str | None] | None


@attrs.frozen
class Batch:
    """Appends of one turn of the loop, by one of the two who have the file open; ``fails``: how it is tried first."""

    by: int
    appends: Sequence[Append]
    prunes: str | None
    fails: Literal["locked", "torn"] | None


TORN = Append("p", "ps_1", 1, None, None, None)
"""The file refuses it, see ``_prepare``."""

Journals = Mapping[str, Journal]
Known = Mapping[tuple[str, str], StreamInfo]

_NAMES = st.sampled_from([("payment", None), ("payment", "7"), ("payment", "8"), ("payout", None), ("payout", "7")])
_RARELY = st.sampled_from([False, False, False, True])
_INDEXES = st.builds(
    Index,
    due=st.none() | st.integers(0, 5).map(lambda hours: START + timedelta(hours=hours, microseconds=hours)),
    unfinished=st.sampled_from([True, True, True, False]),
    in_doubt=_RARELY,
    needs_person=_RARELY,
    unhandled=_RARELY,
)
_USUAL = st.builds(
    Append,
    project=st.just("p"),
    stream=st.sampled_from(STREAMS),
    entries=st.sampled_from([1, 2, 4]),
    behind=st.sampled_from([None, None, None, 0, 0, 1, -1]),
    index=_INDEXES | st.none(),
    name=st.none(),
)
_ANY = st.builds(
    Append,
    project=st.sampled_from(PROJECTS),
    stream=st.sampled_from(STREAMS),
    entries=st.sampled_from([0, 1, 5]),
    behind=st.sampled_from([None, None, None, 0, 0, 1, -1]),
    index=_INDEXES | st.none(),
    name=_NAMES | st.none(),
)
_BATCHES = st.builds(
    Batch,
    by=st.sampled_from([0, 0, 0, 1]),
    appends=st.one_of(*[st.lists(_USUAL, min_size=1, max_size=4)] * 4, st.lists(_USUAL | _ANY, min_size=1, max_size=4)),
    prunes=st.sampled_from([*[None] * 10, *STREAMS]),
    fails=st.sampled_from([*[None] * 8, "locked", "torn"]),
)


@settings(max_examples=200)
@given(st.lists(_BATCHES, min_size=1, max_size=20))
def test_a_file_tells_what_memory_tells(batches: Sequence[Batch]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_compare(Path(folder) / "payments.db", batches))


async def _compare(path: Path, batches: Sequence[Batch]) -> None:
    now = START
    models = _journals(MemoryStore(now=lambda: now))
    stores = [SQLiteStore(path, busy_timeout_s=0, now=lambda: now) for _ in range(2)]
    openings = [_journals(store) for store in stores]
    await _prepare(path, stores[0])
    for stream in STREAMS:
        for journals in (models, openings[0]):
            await journals["p"].append(stream, [TokenGiven(widget="first")])
    for batch in batches:
        now += timedelta(seconds=1, microseconds=1)
        journals = openings[batch.by]
        known = {
            (project, info.stream): info
            for project, model in models.items()
            for info in await model.streams(StreamState.any)
        }
        if batch.fails is not None:
            await _fails(batch.fails, path, journals, known, batch.appends)
        told = [[*map(_plain, await _appended(one, known, batch.appends))] for one in (models, journals)]
        assert told[0] == told[1]
        if batch.prunes is not None:
            assert await _pruned(models["p"], batch.prunes) == await _pruned(journals["p"], batch.prunes)
    for journals in openings:
        for project in PROJECTS:
            assert await _all_of(journals[project]) == await _all_of(models[project])
    for store in stores:
        await store.aclose()


def _journals(store: Store) -> Journals:
    return {project: store.journal(project) for project in PROJECTS}


async def _prepare(path: Path, store: SQLiteStore) -> None:
    """From now on the file refuses one kind of entry."""
    await store.journal("p").load("ps_1")
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute(
            "CREATE TRIGGER tear BEFORE INSERT ON entries WHEN instr(NEW.data, CAST('torn' AS BLOB)) "
            "BEGIN SELECT RAISE(ABORT, 'torn'); END"
        )


async def _fails(how: str, path: Path, journals: Journals, known: Known, appends: Sequence[Append]) -> None:
    if how == "torn":
        told = await _appended(journals, known, [*appends, TORN])
        assert {type(one) for one in told} == {StoreCorruptError}
        return
    with closing(sqlite3.connect(path, isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        told = await _appended(journals, known, appends)
        assert {type(one) for one in told} == {StoreUnavailableError}


async def _appended(journals: Journals, known: Known, appends: Sequence[Append]) -> Sequence[Appended | BaseException]:
    return await asyncio.gather(
        *(_append(journals[one.project], known.get((one.project, one.stream)), one) for one in appends),
        return_exceptions=True,
    )


def _append(journal: Journal, info: StreamInfo | None, append: Append) -> Awaitable[Appended]:
    version = 0 if info is None else info.version
    kind, order = append.name or (("payment", None) if info is None else (info.index.kind, info.index.order))
    return journal.append(
        append.stream,
        [TokenGiven(widget="torn" if append is TORN else f"w{number}") for number in range(append.entries)],
        expected_version=None if append.behind is None else max(0, version - append.behind),
        index=None if append.index is None else attrs.evolve(append.index, kind=kind, order=order),
    )


async def _pruned(journal: Journal, stream: str) -> object:
    version = max((stored.version for stored in await journal.load(stream)), default=0)
    if version == 0:
        return None
    return _plain(await journal.prune(stream, TokenGiven(widget="tombstone"), expected_version=version))


def _plain(outcome: Appended | BaseException) -> object:
    if isinstance(outcome, Appended):
        return outcome
    assert isinstance(outcome, StoreError), outcome
    return type(outcome), outcome.message


async def _all_of(journal: Journal) -> object:
    lists = {state: await journal.streams(state) for state in StreamState}
    loaded = {stream: tuple(await journal.load(stream)) for stream in STREAMS}
    names = {(kind, order): await journal.find(kind, order) for kind in ("payment", "payout") for order in ("7", "8")}
    due = await journal.unfinished(START + timedelta(hours=3), 100)
    return lists, loaded, names, due
