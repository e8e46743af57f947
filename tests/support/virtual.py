"""Virtual time: a loop whose clock jumps to the next timer, so that hours pass in milliseconds."""

from __future__ import annotations

import asyncio
import functools
import warnings
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec, TypeVar

import async_solipsism

T = TypeVar("T")
P = ParamSpec("P")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
#: Turns of the loop within one moment of virtual time, after which something is said to spin.
_TOO_MANY_TURNS = 50_000
_HALF_A_DAY_S = 43_200.0
_THREE_YEARS_S = 3 * 365 * 86_400.0


class VirtualLoop(async_solipsism.EventLoop):
    """Fails when something spins (a busy loop would stop the clock for ever), and when nothing ever happens again."""

    _moment = -1.0
    _turns = 0
    _told = False

    def beat(self) -> None:
        """asyncio sleeps a day at most, which the selector takes for sleeping for ever: wake up before."""
        self.call_later(_HALF_A_DAY_S, self.beat)

    def _run_once(self) -> None:
        now = self.time()
        if now > _THREE_YEARS_S and not self._told:
            self._told = True
            raise AssertionError(f"nothing happens: {sorted(task.get_name() for task in asyncio.all_tasks(self))}")
        self._turns = self._turns + 1 if now == self._moment else 0
        self._moment = now
        if self._turns > _TOO_MANY_TURNS and not self._told:
            self._told = True
            running = sorted(task.get_name() for task in asyncio.all_tasks(self))
            raise AssertionError(f"something spins at {now} s: {running}")
        super()._run_once()  # type: ignore[misc]


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` on a fresh loop in virtual time; unhandled errors and tasks left behind fail the test."""
    warnings.simplefilter("ignore", async_solipsism.ResolutionWarning)  # a pause of 1e-16 s is none, and harmless
    loop = VirtualLoop()
    loop.beat()
    failures: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: failures.append(context))
    try:
        result = loop.run_until_complete(main)
        loop.run_until_complete(loop.shutdown_asyncgens())
        left = [task.get_name() for task in asyncio.all_tasks(loop)]
    finally:
        loop.run_until_complete(_end(asyncio.all_tasks(loop)))
        loop.close()
    assert not failures, failures
    assert not left, f"tasks left behind: {left}"
    return result


async def _end(tasks: set[asyncio.Task[Any]]) -> None:
    """End what a failed test has left, so that it does not speak up in the next one."""
    for _ in range(3):
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=1.0) if tasks else None


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Make a coroutine function a plain test that runs in virtual time."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return run_virtual(test(*args, **kwargs))

    return run


def virtual_now() -> datetime:
    """The wall clock of virtual time."""
    return EPOCH + timedelta(seconds=asyncio.get_running_loop().time())


async def elapse(seconds: float) -> None:
    """Let virtual time pass."""
    await asyncio.sleep(seconds)
