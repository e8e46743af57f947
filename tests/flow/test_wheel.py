"""One timer for any number of due things."""

from __future__ import annotations

import asyncio
import itertools

from hypothesis import given
from hypothesis import strategies as st

from bank131_async.flow.wheel import Wheel
from tests.support.virtual import elapse, run_virtual


class Item:
    def __init__(self) -> None:
        self.due_tick = 0
        self.fired: list[float] = []


def fire(item: Item) -> None:
    item.fired.append(asyncio.get_running_loop().time())


@given(st.lists(st.floats(min_value=0, max_value=5000, allow_nan=False), min_size=1, max_size=30))
def test_items_fire_once_never_early_and_at_most_one_tick_late(delays: list[float]) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        wheel: Wheel[Item] = Wheel(fire, tick_s=0.05)
        start = loop.time()
        items = [Item() for _ in delays]
        for item, delay in zip(items, delays, strict=True):
            wheel.schedule(item, start + delay)
        await elapse(5001)
        for item, delay in zip(items, delays, strict=True):
            (moment,) = item.fired
            assert -1e-6 <= moment - start - delay <= 0.0501

    run_virtual(main())


@given(st.lists(st.integers(1, 60), min_size=2, max_size=8))
def test_only_the_last_appointment_counts(delays: list[int]) -> None:
    async def main() -> None:
        wheel: Wheel[Item] = Wheel(fire)
        item = Item()
        start = asyncio.get_running_loop().time()
        for delay in delays:
            wheel.schedule(item, start + delay)
        await elapse(100)
        assert [round(moment - start) for moment in item.fired] == [delays[-1]]

    run_virtual(main())


def test_a_full_tick_is_spread_over_turns_of_the_loop() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        turns: list[int] = []
        count = 0

        def tally(_: Item) -> None:
            nonlocal count
            count += 1
            if count == 1:
                note()

        def note() -> None:
            turns.append(count)
            if count < 1000:
                loop.call_soon(note)

        wheel: Wheel[Item] = Wheel(tally, batch=200)
        for _ in range(1000):
            wheel.schedule(Item(), loop.time() + 1)
        await elapse(2)
        assert count == 1000
        assert all(later - earlier <= 200 for earlier, later in itertools.pairwise(turns))
        assert len(turns) >= 5

    run_virtual(main())


def test_cancelled_and_closed_appointments_do_not_fire() -> None:
    async def main() -> None:
        wheel: Wheel[Item] = Wheel(fire)
        cancelled, kept, closed = Item(), Item(), Item()
        now = asyncio.get_running_loop().time()
        wheel.schedule(cancelled, now + 1)
        wheel.schedule(kept, now + 1)
        wheel.cancel(cancelled)
        await elapse(2)
        wheel.schedule(closed, now + 3)
        wheel.close()
        await elapse(5)
        assert (cancelled.fired, len(kept.fired), closed.fired) == ([], 1, [])

    run_virtual(main())
