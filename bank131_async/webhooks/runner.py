"""Runs the handlers of a router in the background: in order within a session, side by side across sessions.

The runner holds events in memory only. That no event is lost with the process is the journal's matter: whoever feeds
the runner learns from ``on_done`` which events need not be fed again, and from ``aclose`` which were not finished.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from bank131_async.core.retry import RetryPolicy, backoff
from bank131_async.core.webhook import WebhookEvent
from bank131_async.webhooks.router import Dispatched, Router

_log = logging.getLogger("bank131.webhooks")

OnDone: TypeAlias = Callable[[WebhookEvent, Dispatched], None]
"""Told when an event is through: handled, or given up with the handlers that still fail."""

HANDLER_RETRIES = RetryPolicy(attempts=10, first_pause_s=0.5, longest_pause_s=60.0)
"""About four minutes of trying in all."""


_NOTHING_TO_DO = Dispatched(0)


class RouterRunner:
    """A queue per session in front of a router.

    At most ``concurrency`` events are with their handlers at one time; a pause between two tries takes no place. While
    an event is tried again, later ones of its session wait, for the order is promised. ``sleep`` and ``jitter`` (0 to
    1) are arguments so that tests need no real time.
    """

    def __init__(
        self,
        router: Router,
        *,
        concurrency: int = 16,
        retries: RetryPolicy = HANDLER_RETRIES,
        on_done: OnDone | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._router = router
        self._places = asyncio.Semaphore(concurrency)
        self._retries = retries
        self._sleep = sleep
        self._jitter = jitter
        self._on_done = on_done
        self._queues: dict[str | None, deque[WebhookEvent]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    @property
    def pending(self) -> int:
        """How many events are not through yet."""
        return sum(map(len, self._queues.values()))

    def submit(self, event: WebhookEvent) -> None:
        """Put an event behind the others of its session; events without a session are in one order together."""
        if self._is_closed:
            raise RuntimeError("the runner is closed")
        queue = self._queues.get(event.session_id)
        if queue is not None:
            queue.append(event)
            return
        if not self._router.handlers_of(event):  # most programs await flows and have no handlers: no task for nothing
            self._router.count_unhandled(event)
            self._finish(event, _NOTHING_TO_DO)
            return
        self._queues[event.session_id] = deque([event])
        task = asyncio.create_task(self._drain(event.session_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def join(self) -> None:
        """Wait until all events are through."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def aclose(self, grace_s: float = 5.0) -> tuple[WebhookEvent, ...]:
        """Take no more events, let handlers work on for ``grace_s`` seconds, and return the events not finished."""
        self._is_closed = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return tuple(event for queue in self._queues.values() for event in queue)

    async def _drain(self, session_id: str | None) -> None:
        queue = self._queues[session_id]
        while queue:
            await self._deliver(queue[0])
            queue.popleft()
        del self._queues[session_id]

    async def _deliver(self, event: WebhookEvent) -> None:
        """Call the handlers until none fails or the tries are used up; the successful ones are not called again."""
        handlers, attempt, handled = None, 1, 0
        while True:
            async with self._places:
                result = await self._router.dispatch(event, handlers)
            handled += result.handled
            if result.is_done or attempt >= self._retries.attempts:
                break
            handlers = result.failed
            await self._sleep(backoff(attempt, self._jitter(), self._retries))
            attempt += 1
        self._finish(event, Dispatched(handled, result.failed))

    def _finish(self, event: WebhookEvent, result: Dispatched) -> None:
        if not result.is_done:
            _log.error("%d handlers were given up for %r", len(result.failed), event)
        if self._on_done is None:
            return
        try:
            self._on_done(event, result)
        except Exception as error:
            _log.error("on_done itself failed for %r", event, exc_info=error)
