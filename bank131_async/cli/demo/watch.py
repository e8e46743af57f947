"""Waiting for something to become true, woken by events and never by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Watch:
    """Whoever changes something calls ``changed``; whoever waits looks again then."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def changed(self) -> None:
        """Wake all who wait."""
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, is_true: Callable[[], bool]) -> None:
        """Return once ``is_true()``."""
        while not is_true():
            await self._event.wait()
