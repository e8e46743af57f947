"""A hundred thousand journals: the lists are complete, and looking something up does not take longer for it."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from bank131_async.core.machine import Opened
from bank131_async.stores import Index, Store, StreamState
from bank131_async.testing.store_contract.opening import PROJECT, Opener, entry, with_stores

_AT_A_TIME = 50
_LIMIT_S = 3600.0
#: A look-up that reads everything takes longer than this, one that uses an index a hundredth of it.
_LOOK_UP_S = 0.5


class LongStoreContract:
    """Takes minutes; ``journals`` may be set lower. Every tenth journal is unfinished, every hundredth due."""

    journals = 100_000

    def test_a_hundred_thousand_journals_are_listed_and_found(self, opener: Opener) -> None:
        async def body(store: Store) -> None:
            journal = store.journal(PROJECT)
            numbers = iter(range(self.journals))
            start = (await journal.append("@inbox", (entry(),))).at

            async def fill() -> None:
                for number in numbers:
                    due = start + timedelta(seconds=number if number % 100 == 0 else 10 * self.journals)
                    index = Index(due=due, unfinished=number % 10 == 0, order=str(number))
                    stream = f"ps_{number:07}"
                    await journal.append(stream, (Opened(order=str(number)),), expected_version=0, index=index)
                    await journal.append(stream, (entry(), entry()))

            await asyncio.gather(*(fill() for _ in range(_AT_A_TIME)))
            listed, after = 0, ""
            while page := await journal.streams(StreamState.unfinished, after=after, limit=1000):
                listed, after = listed + len(page), page[-1].stream
            assert listed == self.journals // 10

            began = time.perf_counter()
            due = await journal.unfinished(start + timedelta(seconds=self.journals), 20)
            assert list(due) == [f"ps_{number:07}" for number in range(0, min(2000, self.journals), 100)]
            assert await journal.find("payment", "77") == "ps_0000077"
            assert len(await journal.load("ps_0000077")) == 3
            assert len(await journal.streams(StreamState.in_doubt)) == 0
            assert time.perf_counter() - began < _LOOK_UP_S

        with_stores(opener, 1, body, _LIMIT_S)
