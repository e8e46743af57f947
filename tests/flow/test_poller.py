"""Many flows that are due at once leave the loop to others between them."""

from __future__ import annotations

import asyncio
import time

import pytest

from bank131_async.flow import FlowSettings
from bank131_async.flow.poller import Poller
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.tasks import Tasks
from bank131_async.stores import MemoryStore

_LOOK_S = 0.0004


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
    poller = Poller(look, lambda _: 0.0, MemoryStore().journal("p"), settings, tasks)
    for number in range(200):
        poller.enlist(FlowRecord(f"ps_{number}"))
    before, most = 0, 0
    while looks < 200:
        await asyncio.sleep(0)
        before, most = looks, max(most, looks - before)
    assert most <= 5  # a millisecond's worth, whatever the number of pumps
    poller.close()
    await tasks.finish(1.0)
