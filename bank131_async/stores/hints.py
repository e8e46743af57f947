"""Hints inside one process: how far each stream has moved, for whoever reads ``changes()``.

A reader that falls behind is told of each stream once, with the version that it has reached by then, so what is kept
for it is bounded by the number of streams and not by the number of appends.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from bank131_async.stores.base import Hint


class Hints:
    """The readers of one journal."""

    def __init__(self) -> None:
        self._readers: set[_Reader] = set()

    def __bool__(self) -> bool:
        """Whether anybody listens."""
        return bool(self._readers)

    def tell(self, stream: str, version: int) -> None:
        """Stream ``stream`` has reached ``version``."""
        for reader in self._readers:
            reader.put(stream, version)

    async def read(self) -> AsyncGenerator[Hint, None]:
        """Hints from now on; endless."""
        reader = _Reader()
        self._readers.add(reader)
        try:
            while True:
                for stream, version in (await reader.moved()).items():
                    yield Hint(stream, version)
        finally:
            self._readers.discard(reader)


class _Reader:
    __slots__ = ("_moved", "_waiting")

    def __init__(self) -> None:
        self._moved: dict[str, int] = {}
        self._waiting: asyncio.Future[None] | None = None

    def put(self, stream: str, version: int) -> None:
        self._moved[stream] = version
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def moved(self) -> dict[str, int]:
        if not self._moved:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
            self._waiting = None
        moved, self._moved = self._moved, {}
        return moved
