"""One timer for any number of flows.

A hundred thousand flows wait for their next poll. A timer each would cost a heap operation and an object per flow; here
flows that are due in the same tick share a bucket, and only the next tick has a timer of the event loop. Rescheduling
leaves the old place in its bucket behind; it is recognised by its tick and skipped.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar


class Timed(Protocol):
    """What the wheel turns: it remembers the tick it is due in (0: not scheduled)."""

    due_tick: int


T = TypeVar("T", bound=Timed)


class _Bucket(NamedTuple, Generic[T]):
    """What is due in one tick, and what was moved since."""

    tick: int
    items: list[T]


class Wheel(Generic[T]):
    """Calls ``fire(item)`` when an item is due, at most ``batch`` items per turn of the loop.

    ``tick_s`` is the resolution in seconds: items fire up to one tick late, never early.
    """

    def __init__(self, fire: Callable[[T], None], *, tick_s: float = 0.05, batch: int = 200) -> None:
        self._fire = fire
        self._tick_s = tick_s
        self._batch = batch
        self._buckets: dict[int, _Bucket[T]] = {}
        self._ticks: list[int] = []
        self._timer: asyncio.Handle | None = None
        self._armed_tick = 0

    def schedule(self, item: T, when: float) -> None:
        """Fire ``item`` at loop time ``when`` (seconds); replaces an earlier appointment."""
        tick = max(1, -int(-when // self._tick_s))
        if item.due_tick == tick:
            return
        bucket = self._buckets.get(tick)
        if bucket is not None:
            item.due_tick = bucket.tick  # the same number as an object: one of 32 bytes for each would be a waste
            bucket.items.append(item)
            return
        item.due_tick = tick
        self._buckets[tick] = _Bucket(tick, [item])
        heapq.heappush(self._ticks, tick)
        if self._timer is None or tick < self._armed_tick:
            self._arm()

    def cancel(self, item: T) -> None:
        """Forget the item's appointment."""
        item.due_tick = 0

    def close(self) -> None:
        """Stop; nothing fires any more."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        self._buckets.clear()
        self._ticks.clear()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._ticks:
            self._armed_tick = self._ticks[0]
            self._timer = asyncio.get_running_loop().call_at(self._armed_tick * self._tick_s, self._turn)

    def _turn(self) -> None:
        loop = asyncio.get_running_loop()
        now_tick = int(loop.time() / self._tick_s + 1e-6)
        left = self._batch
        while self._ticks and self._ticks[0] <= now_tick:
            tick = self._ticks[0]
            left = self._empty(self._buckets[tick], left)
            if left == 0:
                # The rest waits one turn, so that a full bucket does not hold the loop.
                self._armed_tick = 0
                self._timer = loop.call_soon(self._turn)
                return
            heapq.heappop(self._ticks)
            del self._buckets[tick]
        self._timer = None
        self._arm()

    def _empty(self, bucket: _Bucket[T], left: int) -> int:
        """Fire from the bucket; returns how many more may fire in this turn."""
        while bucket.items and left:
            item = bucket.items.pop()
            if item.due_tick == bucket.tick:
                item.due_tick = 0
                left -= 1
                self._fire(item)
        return left
