"""Webhooks over HTTP: the CPU of an aiohttp.web server beside the same server that only verifies and parses.

Each server is a process of its own and tells the CPU time of its one thread; the clients here are not counted. Target:
0.75 of the rate.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from benchmarks._news import Keys, News, finished
from benchmarks.harness import Case, Ratio

_AT_A_TIME = 32


async def cases(quick: bool) -> AsyncIterator[Case]:
    """One case: the SDK's handler on aiohttp.web."""
    del quick
    keys = Keys.new(2048)
    news = [finished(f"ps_{number}", keys.signer) for number in range(200)]
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        public_pem = Path(folder) / "bank.pem"
        public_pem.write_bytes(keys.public_pem)
        client = await stack.enter_async_context(aiohttp.ClientSession())
        floor = await _server("floor", public_pem, news, client, stack)
        sdk = await _server("sdk", public_pem, news, client, stack)
        yield Ratio("webhooks through aiohttp.web / verify and parse", sdk, floor, 1000, rate_at_least=0.75)


async def _server(
    kind: str, public_pem: Path, news: list[News], client: aiohttp.ClientSession, stack: AsyncExitStack
) -> Callable[[int], Awaitable[float]]:
    command = (sys.executable, "-m", "benchmarks._webhook_server", kind, str(public_pem))
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    stack.push_async_callback(_end, process)
    assert process.stdout is not None
    url = f"http://127.0.0.1:{int(await process.stdout.readline())}"

    async def send(number: int) -> float:
        before = await _cpu(client, url)
        numbers = iter(range(number))
        await asyncio.gather(*(_send_some(client, url, news, numbers) for _ in range(_AT_A_TIME)))
        return await _cpu(client, url) - before

    return send


async def _send_some(client: aiohttp.ClientSession, url: str, news: list[News], numbers: Iterator[int]) -> None:
    for number in numbers:
        one = news[number % len(news)]
        headers = {"X-PARTNER-SIGN": one.signature, "Content-Type": "application/json"}
        async with client.post(f"{url}/webhook", data=one.body, headers=headers) as answer:
            await answer.read()
            answer.raise_for_status()


async def _cpu(client: aiohttp.ClientSession, url: str) -> float:
    async with client.get(f"{url}/cpu") as answer:
        return float(await answer.text())


async def _end(process: Process) -> None:
    process.terminate()
    await process.wait()
