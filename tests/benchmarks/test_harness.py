"""The harness measures what it says, and judges by the right side of the bound."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from benchmarks.harness import Case, Ratio, Value, run_cases


def costs(seconds: float) -> object:
    return lambda number: seconds * number


@pytest.mark.asyncio
async def test_a_cost_is_the_subject_by_the_floor_and_a_rate_the_other_way_round() -> None:
    def cases(quick: bool) -> Iterator[Case]:
        yield Ratio("cost", costs(3.0), costs(2.0), 10, cost_at_most=1.5)
        yield Ratio("rate", costs(4.0), costs(3.0), 10, rate_at_least=0.75)

    cost, rate = await run_cases("module", cases, quick=False)

    assert (cost.measured, cost.ok, cost.bound) == (1.5, True, "<= 1.5")
    assert (rate.measured, rate.ok, rate.bound) == (0.75, True, ">= 0.75")


@pytest.mark.asyncio
async def test_a_target_that_is_not_met_is_a_miss() -> None:
    def cases(quick: bool) -> Iterator[Case]:
        yield Ratio("cost", costs(3.0), costs(2.0), 10, cost_at_most=1.4)
        yield Ratio("rate", costs(3.0), costs(2.0), 10, rate_at_least=0.7)
        yield Value("value", lambda: 5.1, "ms", at_most=5)

    assert [result.ok for result in await run_cases("module", cases, quick=False)] == [False, False, False]


@pytest.mark.asyncio
async def test_subject_and_floor_take_turns_and_the_first_round_does_not_count() -> None:
    order: list[str] = []

    def work(name: str) -> object:
        def run(number: int) -> float:
            order.append(name)
            # The warm-up is far off: were it counted, the median of one round would be.
            return 100.0 if len(order) <= 2 and name == "subject" else 1.0

        return run

    def cases(quick: bool) -> Iterator[Case]:
        yield Ratio("turns", work("subject"), work("floor"), 1, cost_at_most=1, rounds=2)

    [result] = await run_cases("module", cases, quick=False)

    assert order == ["floor", "subject", "subject", "floor", "floor", "subject"]
    assert result.high == 1.0


@pytest.mark.asyncio
async def test_asynchronous_cases_are_set_up_and_torn_down_around_the_measuring() -> None:
    events: list[str] = []

    async def measure() -> float:
        events.append("measured")
        return 1.0

    async def cases(quick: bool) -> AsyncIterator[Case]:
        events.append("set up")
        yield Value("value", measure, "ms", at_most=1, rounds=1)
        events.append("torn down")

    await run_cases("module", cases, quick=False)

    assert events == ["set up", "measured", "torn down"]


@pytest.mark.asyncio
async def test_cpu_time_is_measured_where_the_work_does_not_tell_its_cost() -> None:
    def spin(number: int) -> None:
        sum(range(number * 1000))

    def cases(quick: bool) -> Iterator[Case]:
        yield Ratio("spin", lambda number: spin(4 * number), spin, 200, cost_at_most=8, rounds=5)

    [result] = await run_cases("module", cases, quick=False)

    assert 2 < result.measured < 8


@pytest.mark.parametrize("bounds", [{}, {"cost_at_most": 1.0, "rate_at_least": 1.0}])
def test_a_ratio_has_exactly_one_bound(bounds: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="either"):
        Ratio("ratio", costs(1.0), costs(1.0), 1, **bounds)
