"""How a case is measured: interleaved with its floor, in rounds, by the median.

Absolute figures of a shared machine drift by a factor of two; ratios of two things that are measured in turn do not.
A case module of this folder has one generator ``cases(quick)``, plain or async, that yields cases: what stands before a
``yield`` sets up, what stands after it tears down.
"""

from __future__ import annotations

import gc
import inspect
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Literal, TypeVar

from attrs import field, frozen

_T = TypeVar("_T")
Clock = Literal["thread", "process", "wall"]
Work = Callable[[int], "float | Awaitable[float | None] | None"]
"""Does n units of work; may return its own cost in seconds, e.g. the CPU time of a child process."""

_CLOCKS: dict[Clock, Callable[[], float]] = {
    "thread": time.thread_time,
    "process": time.process_time,
    "wall": time.perf_counter,
}


@frozen(kw_only=True)
class Ratio:
    """The cost of ``subject`` against ``floor``; ``number`` units of each make a round.

    Give one bound: ``cost_at_most`` (subject's cost / floor's cost) or ``rate_at_least`` (floor's cost / subject's
    cost, that is the share of the floor's rate which is left). ``clock`` is the CPU time of the calling thread, of all
    threads, or the wall's.
    """

    name: str = field(kw_only=False)
    subject: Work = field(kw_only=False)
    floor: Work = field(kw_only=False)
    number: int = field(kw_only=False)
    cost_at_most: float | None = None
    rate_at_least: float | None = None
    clock: Clock = "thread"
    rounds: int = 15

    def __attrs_post_init__(self) -> None:
        if (self.cost_at_most is None) == (self.rate_at_least is None):
            raise ValueError(f"{self.name}: give either cost_at_most or rate_at_least")


@frozen(kw_only=True)
class Value:
    """One number, measured ``rounds`` times, e.g. the longest delay of the loop in milliseconds."""

    name: str = field(kw_only=False)
    measure: Callable[[], float | Awaitable[float]] = field(kw_only=False)
    unit: str = field(kw_only=False)
    at_most: float
    rounds: int = 5


Case = Ratio | Value
Cases = Callable[[bool], "Iterator[Case] | AsyncIterator[Case]"]


@frozen
class Result:
    """The median of the rounds with the least and the greatest, beside the target."""

    module: str
    name: str
    measured: float
    low: float
    high: float
    unit: str
    target: float
    ok: bool

    @property
    def bound(self) -> str:
        """The target as it is read: ``<= 1.12`` for costs, ``>= 0.65`` for rates."""
        return f"{'>=' if self.unit == 'rate' else '<='} {self.target:g}"


async def run_cases(module: str, cases: Cases, *, quick: bool) -> list[Result]:
    """Measures all cases of a module, on the running loop."""
    generator = cases(quick)
    if isinstance(generator, AsyncIterator):
        return [await _measure(module, case, quick) async for case in generator]
    return [await _measure(module, case, quick) for case in generator]


async def _measure(module: str, case: Case, quick: bool) -> Result:
    rounds = min(case.rounds, 5) if quick else case.rounds
    if isinstance(case, Value):
        values = [float(await _settled(case.measure())) for _ in range(rounds)]
        return _result(module, case.name, values, case.unit, case.at_most)
    number = max(1, case.number // 5) if quick else case.number
    pairs = await _interleaved(case, number, rounds)
    if case.cost_at_most is not None:
        return _result(module, case.name, [subject / floor for subject, floor in pairs], "cost", case.cost_at_most)
    assert case.rate_at_least is not None
    return _result(module, case.name, [floor / subject for subject, floor in pairs], "rate", case.rate_at_least)


async def _interleaved(case: Ratio, number: int, rounds: int) -> list[tuple[float, float]]:
    """Costs of (subject, floor) by round; who goes first changes every round, and the first round only warms up."""
    pairs: list[tuple[float, float]] = []
    for turn in range(rounds + 1):
        if turn % 2:
            subject = await _cost(case.subject, number, case.clock)
            floor = await _cost(case.floor, number, case.clock)
        else:
            floor = await _cost(case.floor, number, case.clock)
            subject = await _cost(case.subject, number, case.clock)
        if turn:
            pairs.append((subject, floor))
    return pairs


async def _cost(work: Work, number: int, clock: Clock) -> float:
    read = _CLOCKS[clock]
    gc.collect()
    start = read()
    told = await _settled(work(number))
    spent = read() - start
    return spent if told is None else told


async def _settled(value: _T | Awaitable[_T]) -> _T:
    return await value if inspect.isawaitable(value) else value


def _result(module: str, name: str, values: list[float], unit: str, target: float) -> Result:
    measured = statistics.median(values)
    ok = measured >= target if unit == "rate" else measured <= target
    return Result(module, name, measured, min(values), max(values), unit, target, ok)
