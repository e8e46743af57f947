"""SQLite beside memory: whatever is appended, in batches and through two openings of one file, both tell the same."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from bank131_async.core.machine import TokenGiven
from bank131_async.errors import StoreError
from bank131_async.stores import Index, Journal, MemoryStore, SQLiteStore, StreamState
from bank131_async.stores.base import Appended

START = datetime(2026, 1, 1, tzinfo=UTC)
STREAMS = ("ps_1", "ps_2")


@attrs.frozen
class Append:
    """``behind``: how far the version that is expected is from the true one; ``None`` expects nothing."""

    stream: str
    entries: int
    behind: int | None
    index: Index | None


@attrs.frozen
class Batch:
    """Appends of one turn of the loop, by one of the two who have the file open."""

    by: int
    appends: Sequence[Append]
    prunes: str | None


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
)


@settings(max_examples=200)
@given(st.lists(_BATCHES, min_size=1, max_size=20))
def test_a_file_tells_what_memory_tells(batches: Sequence[Batch]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_compare(Path(folder) / "payments.db", batches))


async def _compare(path: Path, batches: Sequence[Batch]) -> None:
    now = START
    model = MemoryStore(now=lambda: now).journal("p")
    stores = [SQLiteStore(path, now=lambda: now) for _ in range(2)]
    journals = [store.journal("p") for store in stores]
    for batch in batches:
        now += timedelta(seconds=1, microseconds=1)
        journal = journals[batch.by]
        versions = {info.stream: info.version for info in await model.streams(StreamState.any)}
        told = [await _appended(one, versions, batch.appends) for one in (model, journal)]
        assert told[0] == told[1]
        if batch.prunes is not None:
            assert await _pruned(model, batch.prunes) == await _pruned(journal, batch.prunes)
    for journal in journals:
        assert await _all_of(journal) == await _all_of(model)
    for store in stores:
        await store.aclose()


async def _appended(journal: Journal, versions: dict[str, int], appends: Sequence[Append]) -> Sequence[object]:
    outcomes = await asyncio.gather(
        *(
            journal.append(
                one.stream,
                [TokenGiven(widget=f"w{number}") for number in range(one.entries)],
                expected_version=None if one.behind is None else max(0, versions.get(one.stream, 0) - one.behind),
                index=one.index,
            )
            for one in appends
        ),
        return_exceptions=True,
    )
    return [_plain(outcome) for outcome in outcomes]


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
