"""Many flows leave the loop to others between them, and news of another process wait for nobody."""

from __future__ import annotations

import asyncio
import time

import pytest

from bank131_async.core.machine import TokenGiven
from bank131_async.errors import StoreCorruptError
from bank131_async.flow import FlowSettings
from bank131_async.flow.poller import Poller
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.tasks import Tasks
from bank131_async.stores import MemoryStore
from tests.support.virtual import in_virtual_time

_LOOK_S = 0.0004
_SOON_S = 0.01


async def read_nothing(_: FlowRecord) -> None:
    """A read that finds nothing."""


@pytest.mark.asyncio
@pytest.mark.parametrize("at_once", [1, 16])
async def test_looks_that_keep_the_processor_busy_are_spread_over_turns_of_the_loop(at_once: int) -> None:
    looks = 0

    async def look(_: FlowRecord) -> float:
        nonlocal looks
        looks += 1
        until = time.perf_counter() + _LOOK_S
        while time.perf_counter() < until:
            pass
        return 3600.0

    tasks = Tasks()
    settings = FlowSettings(status_calls_at_once=at_once)
    poller = Poller(look, read_nothing, lambda _: 0.0, MemoryStore().journal("p"), settings, tasks)
    for number in range(200):
        poller.enlist(FlowRecord(f"ps_{number}"))
    before, most = 0, 0
    while looks < 200:
        await asyncio.sleep(0)
        before, most = looks, max(most, looks - before)
    assert most <= 5  # a millisecond's worth, whatever the number of pumps
    poller.close()
    await tasks.finish(1.0)


@in_virtual_time
async def test_a_hint_is_read_at_once_although_the_bank_holds_up_every_look() -> None:
    journal = MemoryStore().journal("p")
    tasks, looking, read_at = Tasks(), asyncio.Event(), asyncio.get_running_loop().create_future()

    async def look(_: FlowRecord) -> float:
        looking.set()
        await asyncio.sleep(3600)
        return 3600.0

    async def read(_: FlowRecord) -> None:
        if not read_at.done():
            read_at.set_result(asyncio.get_running_loop().time())

    poller = Poller(look, read, lambda _: 0.0, journal, FlowSettings(status_calls_at_once=1), tasks)
    poller.enlist(FlowRecord("ps_1"))
    await looking.wait()
    await asyncio.sleep(0.02)
    began = asyncio.get_running_loop().time()
    await journal.append("ps_1", (TokenGiven(widget="acquiring_widget"),))
    assert await asyncio.wait_for(read_at, 5) - began < _SOON_S
    poller.close()
    await tasks.finish(0.0)


@pytest.mark.asyncio
async def test_who_awaits_a_flow_is_told_when_its_journal_cannot_be_read_any_more() -> None:
    async def look(_: FlowRecord) -> float:
        raise StoreCorruptError("stream ps_1, version 7: a newer version has written here, upgrade this process")

    tasks, record = Tasks(), FlowRecord("ps_1")
    poller = Poller(look, read_nothing, lambda _: 0.0, MemoryStore().journal("p"), FlowSettings(), tasks)
    waiter = record.waiter()
    poller.enlist(record)
    with pytest.raises(StoreCorruptError, match="newer version"):
        await asyncio.wait_for(waiter, 5)
    assert record.due_tick  # it is looked at again: somebody may restore it
    poller.close()
    await tasks.finish(0.0)
