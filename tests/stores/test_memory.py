"""The journal in memory keeps the contract of stores.base."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bank131_async.core.machine import Opened, TokenGiven
from bank131_async.errors import NameTakenError, StaleVersionError
from bank131_async.stores import Hint, Index, MemoryStore

START = datetime(2026, 1, 1, tzinfo=UTC)
ENTRY = TokenGiven(widget="acquiring_widget")


class Times:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.asyncio
async def test_entries_get_consecutive_versions_and_the_stores_time() -> None:
    times = Times()
    journal = MemoryStore(now=times).journal("p")
    first = await journal.append("ps_1", (ENTRY, ENTRY))
    times.now += timedelta(seconds=5)
    second = await journal.append("ps_1", (ENTRY,))
    assert (first.version, second.version) == (2, 3)
    assert [(stored.version, stored.at) for stored in await journal.load("ps_1")] == [
        (1, START),
        (2, START),
        (3, START + timedelta(seconds=5)),
    ]
    assert [stored.version for stored in await journal.load("ps_1", after=2)] == [3]


@pytest.mark.asyncio
async def test_of_many_who_expect_the_same_version_exactly_one_wins() -> None:
    journal = MemoryStore().journal("p")

    async def attempt() -> bool:
        try:
            await journal.append("ps_1", (ENTRY,), expected_version=0)
        except StaleVersionError as error:
            return error.actual != 1
        return True

    assert sum(await asyncio.gather(*(attempt() for _ in range(50)))) == 1
    assert len(await journal.load("ps_1")) == 1


@pytest.mark.asyncio
async def test_a_name_belongs_to_the_stream_that_claimed_it_first() -> None:
    journal = MemoryStore().journal("p")
    await journal.append("ps_1", (Opened(order="7"),), index=Index(order="7"))
    with pytest.raises(NameTakenError) as caught:
        await journal.append("ps_2", (Opened(order="7"),), index=Index(order="7"))
    assert caught.value.stream == "ps_1"
    assert await journal.load("ps_2") == ()
    assert await journal.find("payment", "7") == "ps_1"
    assert await journal.find("payout", "7") is None
    await journal.append("ps_3", (Opened(kind="payout", order="7"),), index=Index(kind="payout", order="7"))
    assert await journal.find("payout", "7") == "ps_3"


@pytest.mark.asyncio
async def test_projects_do_not_see_each_other() -> None:
    store = MemoryStore()
    await store.journal("a").append("ps_1", (ENTRY,), index=Index(due=START, unfinished=True, order="7"))
    other = store.journal("b")
    assert await other.load("ps_1") == ()
    assert await other.find("payment", "7") is None
    assert await other.unfinished(START, 10) == []
    assert store.journal("a") is store.journal("a")


@pytest.mark.asyncio
async def test_unfinished_lists_what_is_due_oldest_first() -> None:
    journal = MemoryStore().journal("p")
    for name, minutes, unfinished, in_doubt in [
        ("late", 3, True, False),
        ("early", 1, True, False),
        ("doubt", 2, False, True),
        ("finished", 0, False, False),
        ("future", 60, True, False),
    ]:
        due = START + timedelta(minutes=minutes)
        await journal.append(name, (ENTRY,), index=Index(due=due, unfinished=unfinished, in_doubt=in_doubt))
    now = START + timedelta(minutes=10)
    assert await journal.unfinished(now, 10) == ["early", "doubt", "late"]
    assert await journal.unfinished(now, 1) == ["early"]
    await journal.append("early", (), index=Index(due=None))
    assert await journal.unfinished(now, 10) == ["doubt", "late"]
    assert len(await journal.load("early")) == 1


@pytest.mark.asyncio
async def test_changes_hint_at_each_append_to_every_reader() -> None:
    journal = MemoryStore().journal("p")
    readers = [journal.changes(), journal.changes()]
    waiting = [asyncio.ensure_future(anext(reader)) for reader in readers]
    await asyncio.sleep(0)
    await journal.append("ps_1", (ENTRY,))
    hints = await asyncio.gather(*waiting)
    assert [(hint.stream, hint.version) for hint in hints] == [("ps_1", 1)] * 2
    for reader in readers:
        await reader.aclose()


@pytest.mark.asyncio
async def test_a_slow_reader_of_hints_is_told_of_each_stream_once_and_how_far_it_is() -> None:
    journal = MemoryStore().journal("p")
    reader = journal.changes()
    waiting = asyncio.ensure_future(anext(reader))
    await asyncio.sleep(0)
    for stream in ("ps_1", "ps_2", "ps_1", "ps_1"):
        await journal.append(stream, (ENTRY,))
    hints = [await waiting, await anext(reader)]
    assert [(hint.stream, hint.version) for hint in hints] == [("ps_1", 3), ("ps_2", 1)]
    waiting = asyncio.ensure_future(anext(reader))
    await asyncio.sleep(0)
    await journal.append("ps_2", (ENTRY,))
    assert await waiting == Hint("ps_2", 2)
    await reader.aclose()
