from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine

import async_solipsism
import pytest

from bank131_async.client.rate_limit import RateLimit, RateLimiter


def _in_virtual_time(test: Callable[..., Coroutine[None, None, None]]) -> Callable[..., None]:
    """Waiting costs nothing and is exact."""

    @functools.wraps(test)
    def run(*args: object, **kwargs: object) -> None:
        with asyncio.Runner(loop_factory=async_solipsism.EventLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


async def _arrivals(limiter: RateLimiter, count: int) -> list[float]:
    loop = asyncio.get_running_loop()
    begin, passed = loop.time(), list[float]()

    async def one() -> None:
        await limiter.wait()
        passed.append(round(loop.time() - begin, 6))

    await asyncio.gather(*(one() for _ in range(count)))
    return passed


@_in_virtual_time
async def test_requests_pass_evenly_spaced() -> None:
    assert await _arrivals(RateLimiter(RateLimit(10)), 4) == [0, 0.1, 0.2, 0.3]


@_in_virtual_time
async def test_a_burst_passes_at_once_and_the_rate_holds_afterwards() -> None:
    assert await _arrivals(RateLimiter(RateLimit(10, burst=3)), 5) == [0, 0, 0, 0.1, 0.2]


@_in_virtual_time
async def test_a_pause_earns_one_burst_and_no_more() -> None:
    limiter = RateLimiter(RateLimit(10, burst=2))
    await _arrivals(limiter, 2)
    await asyncio.sleep(60)
    assert await _arrivals(limiter, 4) == [0, 0, 0.1, 0.2]


@_in_virtual_time
async def test_requests_pass_in_the_order_in_which_they_asked() -> None:
    limiter, order = RateLimiter(RateLimit(100)), list[int]()

    async def one(number: int) -> None:
        await limiter.wait()
        order.append(number)

    await asyncio.gather(*(one(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("victim", [1, 2])
@_in_virtual_time
async def test_a_cancelled_waiter_takes_nothing_from_the_others(victim: int) -> None:
    limiter, loop = RateLimiter(RateLimit(10)), asyncio.get_running_loop()
    begin = loop.time()
    waiters = [asyncio.create_task(limiter.wait()) for _ in range(4)]
    await asyncio.sleep(0.01)
    waiters[victim].cancel()
    await asyncio.wait(waiters)
    assert round(loop.time() - begin, 6) == 0.2
