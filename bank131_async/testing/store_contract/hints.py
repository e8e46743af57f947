"""Hints: they may be lost, late, merged or doubled, but they come, and they tell the truth."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence

from bank131_async.stores import Hint, Journal, Store
from bank131_async.testing.store_contract.opening import Opener, entry, with_journals, with_stores

_AGAIN_S = 0.1


class Hinting:
    """Part of ``StoreContract``."""

    def test_an_append_anywhere_wakes_every_reader(self, opener: Opener) -> None:
        async def body(journal: Journal, other: Journal) -> None:
            readers = [journal.changes(), journal.changes(), other.changes()]
            for stream in ("ps_1", "ps_2"):
                hints = await until_heard(readers, functools.partial(other.append, stream, (entry(),)), stream)
                held = len(await journal.load(stream))
                assert all(1 <= hint.version <= held for hint in hints)
            await close(*readers)

        with_journals(opener, 2, body)

    def test_a_reader_that_falls_behind_learns_how_far_each_stream_is(self, opener: Opener) -> None:
        async def body(journal: Journal, other: Journal) -> None:
            reader = journal.changes()
            await until_heard([reader], lambda: other.append("first", (entry(),)), "first")
            for number in range(60):
                await other.append(f"ps_{number % 3}", (entry(),))
            for stream in ("ps_0", "ps_1", "ps_2"):
                wanted = (await other.append(stream, (entry(),))).version
                while True:
                    [hint] = await until_heard([reader], functools.partial(other.append, stream, (entry(),)), stream)
                    if hint.version >= wanted:
                        break
            await close(reader)

        with_journals(opener, 2, body)

    def test_hints_are_about_the_journals_own_project(self, opener: Opener) -> None:
        async def body(store: Store, other: Store) -> None:
            reader = store.journal("a").changes()

            async def append() -> None:
                await other.journal("b").append("theirs", (entry(),))
                await other.journal("a").append("ours", (entry(),))

            task = asyncio.ensure_future(_next(reader))
            while not task.done():
                await append()
                await asyncio.wait([task], timeout=_AGAIN_S)
            assert task.result().stream == "ours"
            await close(reader)

        with_stores(opener, 2, body)

    def test_who_stops_reading_does_not_disturb_others(self, opener: Opener) -> None:
        async def body(journal: Journal, other: Journal) -> None:
            idle, leaving, staying = journal.changes(), journal.changes(), journal.changes()
            await until_heard([idle, leaving, staying], lambda: other.append("ps_1", (entry(),)), "ps_1")
            waiting = asyncio.ensure_future(_next(leaving))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
            await close(leaving)
            await until_heard([staying], lambda: other.append("ps_2", (entry(),)), "ps_2")
            await close(idle, staying)

        with_journals(opener, 2, body)


async def until_heard(
    readers: Sequence[AsyncIterator[Hint]], append: Callable[[], Awaitable[object]], stream: str
) -> list[Hint]:
    """Append again and again, as hints may be lost, until each reader has been told of the stream."""

    async def hear(reader: AsyncIterator[Hint]) -> Hint:
        async for hint in reader:
            if hint.stream == stream:
                return hint
        raise AssertionError("hints ended")

    tasks = [asyncio.ensure_future(hear(reader)) for reader in readers]
    await asyncio.sleep(0)
    while not all(task.done() for task in tasks):
        await append()
        await asyncio.wait(tasks, timeout=_AGAIN_S)
    return [task.result() for task in tasks]


async def close(*readers: AsyncIterator[Hint]) -> None:
    """Stop reading."""
    for reader in readers:
        assert isinstance(reader, AsyncGenerator)
        await reader.aclose()


async def _next(reader: AsyncIterator[Hint]) -> Hint:
    return await anext(reader)
