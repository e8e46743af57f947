"""A limit on the requests per second that one client sends. Off unless configured: the bank publishes no limits."""

from __future__ import annotations

import asyncio
import math

from attrs import field, frozen

from bank131_async.client import checks


@frozen
class RateLimit:
    """At most ``per_second`` requests a second on average, of which ``burst`` may start at once."""

    per_second: float = field(validator=checks.above_zero)
    burst: int = field(default=1, validator=checks.at_least(1))


class RateLimiter:
    """Lets requests through in the order in which they asked.

    Whoever is at the front waits; a waiter that is cancelled has taken nothing.
    """

    def __init__(self, limit: RateLimit) -> None:
        self._interval = 1.0 / limit.per_second
        self._credit = self._interval * (limit.burst - 1)
        self._next_at = -math.inf
        self._turn = asyncio.Lock()

    async def wait(self) -> None:
        """Return when the next request may be sent."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            pause = self._next_at - self._credit - loop.time()
            if pause > 0:
                await asyncio.sleep(pause)
            self._next_at = max(self._next_at, loop.time()) + self._interval
