"""A loop in virtual time whose computers can be frozen and killed between any two steps of their programs.

Every callback of asyncio runs in a context; a computer is a variable of that context. So whatever a program does (its
tasks, its timers, what arrives on its sockets) is known to be its own, and stops where it stands when the computer
does. Nothing of a dead computer runs again: no ``finally``, no ``except``, as with ``kill -9``.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
from asyncio import events
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from tests.support.virtual import VirtualLoop

T = TypeVar("T")


class Computer:
    """What runs one process: ``steps`` counts its turns; ``at_step`` calls ``then`` once so many have been made."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.steps = 0
        self.at_step: int | None = None
        self.then: Callable[[Computer], None] = lambda _: None
        self.is_dead = False
        self._is_frozen = False
        self._parked: list[events.Handle] = []

    def __repr__(self) -> str:
        return self.name

    @property
    def stands_still(self) -> bool:
        """True while nothing of it runs."""
        return self._is_frozen or self.is_dead

    def freeze(self) -> None:
        """Stop the processor; the world goes on."""
        self._is_frozen = True

    def thaw(self, loop: SimLoop) -> None:
        """Go on where it stood, with all that has come due meanwhile."""
        self._is_frozen = False
        loop.put_back(self._parked)
        self._parked = []

    def park(self, handle: events.Handle) -> None:
        """Keep a callback for later."""
        self._parked.append(handle)

    def stepped(self) -> None:
        """One more turn has been made."""
        self.steps += 1
        if self.at_step is not None and self.steps >= self.at_step:
            self.at_step = None
            self.then(self)


COMPUTER: contextvars.ContextVar[Computer | None] = contextvars.ContextVar("computer", default=None)


def _run(handle: Any, plain: Callable[[Any], None]) -> None:
    handle._loop.events += 1
    computer = handle._context.get(COMPUTER)
    if computer is None:
        plain(handle)
    elif computer.stands_still:
        computer.park(handle)
    else:
        plain(handle)
        computer.stepped()


class _Handle(events.Handle):
    __slots__ = ()

    def _run(self) -> None:
        _run(self, events.Handle._run)  # type: ignore[attr-defined]


class _TimerHandle(events.TimerHandle):
    __slots__ = ()

    def _run(self) -> None:
        _run(self, events.Handle._run)  # type: ignore[attr-defined]


class _Task(asyncio.Task[T]):
    """A task with a countable hash, so that sets of tasks have the same order in every run."""

    _count = 0

    def __init__(self, *args: Any, **more: Any) -> None:
        _Task._count += 1
        self._number = _Task._count
        super().__init__(*args, **more)

    def __hash__(self) -> int:
        return self._number


def _made(loop: Any, work: Coroutine[Any, Any, T], **more: Any) -> asyncio.Task[T]:
    task = _Task(work, loop=loop, **more)
    loop.tasks.append(task)  # kept: a task of a dead computer is nobody's, and must not be tidied up before the end
    return task


class SimLoop(VirtualLoop):
    """``events`` counts all callbacks. Connections are opened through ``network``, which is set by its owner."""

    network: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.events = 0
        self.tasks: list[asyncio.Task[Any]] = []
        _Task._count = 0
        self.set_task_factory(_made)

    def put_back(self, handles: list[events.Handle]) -> None:
        """Run these callbacks next, in their order."""
        self._ready.extend(handles)  # type: ignore[attr-defined]

    def call_at(self, when: float, callback: Any, *args: Any, context: contextvars.Context | None = None) -> Any:
        """As asyncio's, for computers."""
        self._check_closed()  # type: ignore[attr-defined]
        # Time goes in steps of a microsecond: a timer fires after its moment, never a rounding error before.
        timer = _TimerHandle((int(when * 1e6) + 1) * 1e-6, callback, args, self, context)
        heapq.heappush(self._scheduled, timer)  # type: ignore[attr-defined]
        timer._scheduled = True  # type: ignore[attr-defined]
        return timer

    def _call_soon(self, callback: Any, args: Any, context: contextvars.Context | None) -> events.Handle:
        handle = _Handle(callback, args, self, context)
        self._ready.append(handle)  # type: ignore[attr-defined]
        return handle

    def start_on(self, computer: Computer, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Run a program on a computer."""
        context = contextvars.copy_context()
        context.run(COMPUTER.set, computer)
        return self.create_task(work, name=f"{computer.name} {name}", context=context)

    async def create_server(self, protocol_factory: Any, host: Any = None, port: Any = None, **_: Any) -> Any:
        """Listen on an address of the network."""
        return self.network.listen(protocol_factory, host, port)

    async def create_connection(self, protocol_factory: Any, host: Any = None, port: Any = None, **_: Any) -> Any:
        """Connect to an address of the network."""
        return await self.network.connect(protocol_factory, host, port)


def context_of(computer: Computer | None) -> contextvars.Context:
    """A context in which callbacks belong to this computer."""
    context = contextvars.copy_context()
    context.run(COMPUTER.set, computer)
    return context
