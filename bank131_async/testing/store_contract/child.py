"""Another process on the store under test: ``python -m bank131_async.testing.store_contract.child``.

Standard input: one line of Base64, a pickle of (opener, job, own name, rounds); then an empty line to begin. Each line
of standard output is one thing that has been acknowledged to this process.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import pickle
import sys
from collections.abc import Awaitable, Callable

from bank131_async.errors import NameTakenError, StaleVersionError
from bank131_async.stores import Index, Journal
from bank131_async.testing.store_contract.opening import PROJECT, Opener, entry


async def endless(journal: Journal, me: str, _rounds: int) -> None:
    """Append for ever, eight at a time."""
    numbers = itertools.count()

    async def append_on() -> None:
        for number in numbers:
            stream = f"ps_{number % 5}"
            done = await journal.append(stream, (entry(f"{me}-{number}"),), index=Index(unfinished=True))
            told("appended", stream, str(done.version), f"{me}-{number}")

    await asyncio.gather(*(append_on() for _ in range(8)))


async def race(journal: Journal, me: str, rounds: int) -> None:
    """Fight the other processes for each version of one stream, and for names."""
    for version in range(rounds):
        with contextlib.suppress(StaleVersionError):
            await journal.append("raced", (entry(f"{me}-{version}"),), expected_version=version)
            told("version", str(version), f"{me}-{version}")
        stream = f"{me}-{version}"
        with contextlib.suppress(NameTakenError):
            await journal.append(stream, (entry(),), expected_version=0, index=Index(order=str(version)))
            told("name", str(version), stream)
        await journal.append("observed", (entry(stream),))


JOBS: dict[str, Callable[[Journal, str, int], Awaitable[None]]] = {"endless": endless, "race": race}


def told(*words: str) -> None:
    """Say that something has been acknowledged, at once."""
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


async def work(opener: Opener, job: str, me: str, rounds: int) -> None:
    """Do the job when told to begin."""
    store = opener()
    journal = store.journal(PROJECT)
    await journal.load("warm-up")
    told("ready")
    sys.stdin.readline()
    await JOBS[job](journal, me, rounds)
    await store.aclose()


if __name__ == "__main__":
    asyncio.run(work(*pickle.loads(base64.b64decode(sys.stdin.readline()))))  # noqa: S301 - from our own parent
