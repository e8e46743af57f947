"""Tasks that outlive the caller who started them, and their orderly end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
log: logging.Logger = logging.getLogger("bank131.flow")


class Tasks:
    """Keeps background tasks alive, reports their failures, and ends them within a limit."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, T], *, name: str, watched: bool = False) -> asyncio.Task[T]:
        """Run ``work``; unless somebody else is going to look at its result (``watched``), its failure is logged."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        task.add_done_callback(_swallow if watched else _report)
        return task

    async def finish(self, grace_s: float) -> None:
        """Wait up to ``grace_s`` seconds for what is running, then cancel the rest and wait for that."""
        running = self._running - {asyncio.current_task()}
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=grace_s)
        for task in late:
            task.cancel()
        if late:
            log.warning("%d task(s) did not finish within %.1f s; recovery goes on with them", len(late), grace_s)
            await asyncio.wait(late)


def _swallow(task: asyncio.Task[Any]) -> None:
    # The caller may have been cancelled meanwhile: marking the exception as seen keeps the loop quiet.
    if not task.cancelled():
        task.exception()


def _report(task: asyncio.Task[Any]) -> None:
    if task.cancelled():
        return
    error = task.exception()
    if error is not None:
        log.error("background task %s failed", task.get_name(), exc_info=error)
