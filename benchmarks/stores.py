"""SQLite: what an acknowledged append costs where every one is on the disk.

The floors write the same rows into the same tables through ``sqlite3``, or are the same program with the store in
memory. Slow disks make all these ratios better, not worse: a commit that takes longer is shared by more.
"""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from bank131_async import Amount, Bank131Client, BankCard, Customer, ReadyToConfirm
from bank131_async.core.machine import Observed
from bank131_async.stores import Appended, Index, MemoryStore, SQLiteStore, Store
from bank131_async.stores.group_commit import GroupCommit
from bank131_async.stores.rows import encode_row
from bank131_async.stores.sqlite.batch import Writer
from bank131_async.stores.sqlite.schema import connect
from bank131_async.stores.sqlite.streams import Append
from bank131_async.stores.sqlite.thread import ConnectionThread
from bank131_async.testing import Sandbox
from benchmarks._news import Keys, News, finished
from benchmarks.harness import Case, Ratio

_FLOWS = 50
_SENT = 1000
_CARD = BankCard(number="4242424242424242", expiration_month="12", expiration_year="30", security_code="123")
_ENTRIES = 5
"""Entries of a payment."""


async def cases(quick: bool) -> AsyncIterator[Case]:
    """Appends, webhooks over HTTP, whole payments."""
    del quick
    with tempfile.TemporaryDirectory() as name:
        files = (Path(name) / f"{number}.db" for number in itertools.count())
        append = _Appends(files)
        yield Ratio(
            "SQLite: 50 flows append / one commit for each append",
            append.store,
            append.one_by_one,
            2000,
            rate_at_least=10,
            clock="wall",
            rounds=25,
        )
        yield Ratio(
            "SQLite: 50 flows append / a bare loop with the same commits",
            append.store,
            append.bare,
            5000,
            rate_at_least=0.6,
            clock="wall",
            rounds=41,
        )
        async for case in _acknowledgements(Path(name)):
            yield case
        store = SQLiteStore(next(files))
        async with Sandbox() as sandbox:
            yield Ratio(
                "SQLite: CPU of a whole payment / the same in memory",
                _payments(sandbox, store),
                _payments(sandbox, MemoryStore()),
                20,
                cost_at_most=1.5,
                clock="process",
            )
        await store.aclose()


class _Appends:
    """Payments that go on side by side; each append is a snapshot of 1.3 KB and the stream's index."""

    def __init__(self, files: Iterator[Path]) -> None:
        self._files = files
        body = finished("ps_1", Keys.new(2048).signer).body
        self._entry = Observed(source="webhook", event_type="payment_finished", digest=sha256(body).digest(), body=body)
        self._index = Index(due=datetime.now(UTC), unfinished=True)
        self._rows = (encode_row(self._entry, None),)

    async def store(self, number: int) -> float:
        """Through the store."""
        store = SQLiteStore(next(self._files))
        journal = store.journal("benchmark")
        await journal.load("ps_0")  # the file is made
        entries = (self._entry,)
        spent_s = await _side_by_side(number, lambda stream: journal.append(stream, entries, index=self._index))
        await store.aclose()
        return spent_s

    async def one_by_one(self, number: int) -> float:
        """The same, without company in a commit."""
        thread = ConnectionThread(next(self._files), name="benchmark", busy_timeout_s=5)
        writer = Writer(lambda: datetime.now(UTC))
        await thread.run(lambda connection: writer.write(connection, []))
        commits: GroupCommit[Append, Appended] = GroupCommit(
            lambda appends: thread.run(lambda file: writer.write(file, appends)), most=1
        )
        spent_s = await _side_by_side(number, lambda stream: commits.add(self._wanted(stream)))
        await thread.close()
        return spent_s

    def bare(self, number: int) -> float:
        """The same rows in the same tables by plain statements, as many to a commit as there are flows."""
        connection = connect(next(self._files), busy_timeout_s=5)
        start = time.perf_counter()
        done = 0
        while done < number:
            connection.execute("BEGIN IMMEDIATE")
            for flow in range(_FLOWS):
                self._insert(connection, flow, done // _FLOWS)
            connection.execute("COMMIT")
            done += _FLOWS
        spent_s = time.perf_counter() - start
        connection.close()
        return spent_s

    def _insert(self, connection: sqlite3.Connection, flow: int, turn: int) -> None:
        stream_id = turn // _ENTRIES * _FLOWS + flow + 1
        version, at = turn % _ENTRIES + 1, time.time_ns() // 1000
        connection.execute(
            "INSERT INTO entries (stream_id, version, at, data) VALUES (?, ?, ?, ?)",
            (stream_id, version, at, self._rows[0]),
        )
        if version == 1:
            connection.execute(
                "INSERT INTO streams VALUES (?, ?, ?, ?, ?, 0, ?, 1, 0, 0, 0, 'payment', NULL)",
                (stream_id, "benchmark", _stream(flow, turn), version, at, at),
            )
        else:
            connection.execute(
                "UPDATE streams SET version = ?, moved_at = ?, due_at = ? WHERE id = ?", (version, at, at, stream_id)
            )

    def _wanted(self, stream: str) -> Append:
        return Append("benchmark", stream, self._rows, None, self._index)


def _stream(flow: int, turn: int) -> str:
    return f"ps_{flow}_{turn // _ENTRIES}"


async def _side_by_side(number: int, append: Callable[[str], Awaitable[object]]) -> float:
    streams = [[_stream(flow, turn) for turn in range(number // _FLOWS)] for flow in range(_FLOWS)]

    async def one(flow: int) -> None:
        for stream in streams[flow]:
            await append(stream)

    start = time.perf_counter()
    await asyncio.gather(*(one(flow) for flow in range(_FLOWS)))
    return time.perf_counter() - start


async def _acknowledgements(folder: Path) -> AsyncIterator[Case]:
    keys = Keys.new(2048)
    public_pem = folder / "bank.pem"
    public_pem.write_bytes(keys.public_pem)
    async with AsyncExitStack() as stack:
        durable = await _server(f"sqlite:///{folder}/webhooks.db", public_pem, stack)
        memory = await _server("memory:", public_pem, stack)
        numbers = itertools.count(step=_SENT)
        for at_a_time, share in ((64, 0.8), (8, 0.55)):
            yield Ratio(
                f"SQLite: webhooks acknowledged, {at_a_time} at a time / the same server in memory",
                _sending(durable, numbers, keys, at_a_time),
                _sending(memory, numbers, keys, at_a_time),
                _SENT,
                rate_at_least=share,
                clock="wall",
                rounds=25,
            )


async def _server(url: str, public_pem: Path, stack: AsyncExitStack) -> int:
    command = (sys.executable, "-m", "benchmarks._store_server", url, str(public_pem))
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    stack.push_async_callback(process.wait)
    stack.callback(process.terminate)
    assert process.stdout is not None
    return int(await process.stdout.readline())


def _sending(port: int, numbers: Iterator[int], keys: Keys, at_a_time: int) -> Callable[[int], Awaitable[float]]:
    """Posts webhooks, each of a session that the server awaits, over kept connections, by a client of few words."""

    async def send(number: int) -> float:
        first = next(numbers)
        await _post(port, iter([f"POST /awaited?first={first}&number={number} HTTP/1.1\r\nHost: h\r\n\r\n".encode()]))
        requests = iter([_request(finished(f"ps_{at}", keys.signer)) for at in range(first, first + number)])
        start = time.perf_counter()
        await asyncio.gather(*(_post(port, requests) for _ in range(at_a_time)))
        return time.perf_counter() - start

    return send


def _request(news: News) -> bytes:
    head = (
        "POST /webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-PARTNER-SIGN: {news.signature}\r\nContent-Length: {len(news.body)}\r\n\r\n"
    )
    return head.encode() + news.body


async def _post(port: int, requests: Iterator[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError("a webhook was not acknowledged")
        await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
    writer.close()


def _payments(sandbox: Sandbox, store: Store) -> Callable[[int], Awaitable[None]]:
    async def pay(number: int) -> None:
        async with sandbox.client(store=store) as bank:
            await asyncio.gather(*(_pay(bank) for _ in range(number)))

    return pay


async def _pay(bank: Bank131Client) -> None:
    flow = await bank.payments.create(amount=Amount.rub("150.00"), customer=Customer("user-1"))
    await flow.start(_CARD)
    async for step in flow:
        if isinstance(step, ReadyToConfirm):
            await flow.confirm()
    await flow
