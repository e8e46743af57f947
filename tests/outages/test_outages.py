"""The store goes away under a stream of payments, with whole merchants on it, and comes back. Nobody restarts anything.

Meanwhile webhooks are answered 503 and the bank sends them again; in the end its ledger is what was decided.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.crashes.judge import judge
from tests.crashes.town import Town, eventually, town
from tests.support.postgres import Server

#: More than the log of a merchant, less than its journal.
_FULL_AT = 64 * 1024
_UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


async def felt(place: Town) -> None:
    """Wait until the queue and the bank have both been told to come again."""
    refused = place.answers["503"]
    await place.until(lambda: place.answers["503"] >= refused + 5)
    await place.bank.send_again([1, 2, 3, 4])
    await eventually(place.bank.is_refused)


async def faults(place: Town) -> list[str]:
    """What is wrong in the end, the outage included if no webhook met it."""
    verdict = await judge(place)
    return verdict.faults + ["no webhook was refused"] * (not verdict.counts["webhooks answered 503"])


@pytest.mark.asyncio
async def test_a_full_disk_under_load_loses_nothing(tmp_path: Path) -> None:
    async with town(tmp_path, f"sqlite:///{tmp_path}/payments.db", seed=1) as place:
        async with place.load():
            for _ in range(2):
                await place.progress(10)
                for pid in place.pids.values():
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (_FULL_AT, resource.RLIM_INFINITY))
                await felt(place)
                for pid in place.pids.values():
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, _UNLIMITED)
            await place.progress(10)
        assert await faults(place) == []


@asynccontextmanager
async def read_only(folder: Path) -> AsyncIterator[None]:
    """Nothing may be written there, or into the files there."""
    files = list(folder.iterdir())
    for file in files:
        file.chmod(0o444)
    folder.chmod(0o555)
    try:
        yield
    finally:
        folder.chmod(0o755)
        for file in files:
            file.chmod(0o644)


@pytest.mark.asyncio
async def test_merchants_that_start_on_a_read_only_file_lose_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    folder.mkdir()
    async with town(tmp_path, f"sqlite:///{folder}/payments.db", seed=2) as place:
        async with place.load():
            await place.progress(10)
            await place.kill("web", "worker")
            async with read_only(folder):
                await place.start("web", "worker")
                await felt(place)
            await place.progress(10)
        assert await faults(place) == []


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of this test's own, to be stopped."""
    made = Server.create()
    made.start()
    try:
        yield made
    finally:
        made.remove()


@pytest.mark.asyncio
async def test_a_database_that_is_stopped_and_that_crashes_loses_nothing(tmp_path: Path, server: Server) -> None:
    async with town(tmp_path, server.dsn(), seed=3) as place:
        async with place.load():
            for mode in ("fast", "immediate"):
                await place.progress(10)
                await asyncio.to_thread(server.stop, mode)
                await felt(place)
                await asyncio.to_thread(server.start)
            await place.progress(10)
        assert await faults(place) == []
