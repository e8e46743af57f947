"""How the tests of the contract open stores and run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bank131_async.core.machine import TokenGiven
from bank131_async.stores import Journal, Store

Opener = Callable[[], Store]
"""Opens the store under test; all stores that it opens hold the same data."""

PROJECT = "project"
#: Longer than anything here takes, on a busy machine too.
LIMIT_S = 60.0


def entry(text: str = "") -> TokenGiven:
    """An entry that can be told from others."""
    return TokenGiven(widget=text)


def with_journals(opener: Opener, count: int, body: Callable[..., Awaitable[None]]) -> None:
    """Run ``body`` with one project's journal from each of ``count`` stores."""

    async def use(*stores: Store) -> None:
        await body(*(store.journal(PROJECT) for store in stores))

    with_stores(opener, count, use)


def with_journal(opener: Opener, body: Callable[[Journal], Awaitable[None]]) -> None:
    """Run ``body`` with the journal of one store."""
    with_journals(opener, 1, body)


def with_stores(opener: Opener, count: int, body: Callable[..., Awaitable[None]], limit_s: float = LIMIT_S) -> None:
    """Run ``body`` with ``count`` stores on an event loop of its own."""

    async def main() -> None:
        stores = [opener() for _ in range(count)]
        try:
            async with asyncio.timeout(limit_s):
                await body(*stores)
        finally:
            for store in stores:
                await store.aclose()

    asyncio.run(main())
