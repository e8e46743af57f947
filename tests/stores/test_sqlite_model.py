"""SQLite beside memory: whatever is appended, in batches and through two openings of one file, both tell the same.

Some batches fail as a whole, before anything was written or in the middle of it: then nothing has happened.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
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
from bank131_async.stores.base import Appended, Store

START = datetime(2026, 1, 1, tzinfo=UTC)
STREAMS = ("ps_1", "ps_2")
PROJECTS = ("p", "q")


@attrs.frozen
class Append:
    """``behind``: how far the version that is expected is from the true one; ``None`` expects nothing."""

    project: str
    stream: str
    entries: int
    behind: int | None
    index: Index | None


@attrs.frozen
class Batch:
    """Appends of one turn of the loop, by one of the two who have the file open; ``fails``: how it is tried first."""

    by: int
    appends: Sequence[Append]
    prunes: str | None
    fails: Literal["locked", "torn"] | None


TORN = Append("p", "ps_1", 1, None, None)
"""The file refuses it, see ``_prepare``."""

Journals = Mapping[str, Journal]
Versions = Mapping[tuple[str, str], int]

_INDEXES = st.builds(
    Index,
    due=st.none() | st.integers(0, 5).map(lambda hours: START + timedelta(hours=hours, microseconds=hours)),
    unfinished=st.booleans(),
    in_doubt=st.booleans(),
    needs_person=st.booleans(),
    unhandled=st.booleans(),
    kind=st.sampled_from(["payment", "payment", "payout"]),
    order=st.sampled_from([None, None, None, "7", "8"]),
)
_APPENDS = st.builds(
    Append,
    project=st.sampled_from(["p", "p", "p", "q"]),
    stream=st.sampled_from(STREAMS),
    entries=st.sampled_from([1, 1, 1, 1, 1, 0, 2, 5]),
    behind=st.sampled_from([None, None, None, 0, 0, 1, -1]),
    index=_INDEXES | _INDEXES | st.none(),
)
_BATCHES = st.builds(
    Batch,
    by=st.sampled_from([0, 0, 0, 0, 0, 1]),
    appends=st.lists(_APPENDS, min_size=1, max_size=4),
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
    for batch in batches:
        now += timedelta(seconds=1, microseconds=1)
        journals = openings[batch.by]
        versions = {
            (project, info.stream): info.version
            for project, model in models.items()
            for info in await model.streams(StreamState.any)
        }
        if batch.fails is not None:
            await _fails(batch.fails, path, journals, versions, batch.appends)
        told = [[*map(_plain, await _appended(one, versions, batch.appends))] for one in (models, journals)]
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


async def _fails(how: str, path: Path, journals: Journals, versions: Versions, appends: Sequence[Append]) -> None:
    if how == "torn":
        told = await _appended(journals, versions, [*appends, TORN])
        assert {type(one) for one in told} == {StoreCorruptError}
        return
    with closing(sqlite3.connect(path, isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        told = await _appended(journals, versions, appends)
        assert {type(one) for one in told} == {StoreUnavailableError}


async def _appended(
    journals: Journals, versions: Versions, appends: Sequence[Append]
) -> Sequence[Appended | BaseException]:
    return await asyncio.gather(
        *(
            journals[one.project].append(
                one.stream,
                [TokenGiven(widget="torn" if one is TORN else f"w{number}") for number in range(one.entries)],
                expected_version=None
                if one.behind is None
                else max(0, versions.get((one.project, one.stream), 0) - one.behind),
                index=one.index,
            )
            for one in appends
        ),
        return_exceptions=True,
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
