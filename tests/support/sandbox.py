"""Waiting for something to happen at a sandbox bank."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bank131_async.sandbox import SandboxBank


async def until(bank: SandboxBank, condition: Callable[[], bool]) -> None:
    """Wait until the bank has come so far; fails after five seconds."""
    changed = asyncio.Event()
    bank.subscribe(changed.set)
    async with asyncio.timeout(5):
        while not condition():
            changed.clear()
            await changed.wait()
