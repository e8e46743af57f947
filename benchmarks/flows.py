"""A hundred thousand awaited flows in one process: bytes, CPU, and how long the loop is held up.

Each is due for a poll every 20 s. The signed call is replaced by a stub that returns at once what the bank said before,
decoded: what is measured is the flow's own work. The collector is as rare as docs/performance.md advises for so many
flows; as Python sets it, attaching takes half as long again, for it looks through all of them six times. Memory is
measured with fewer flows, because ``tracemalloc`` is slow, and beside the journal, which is there before.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
import tracemalloc
from collections.abc import AsyncIterator, Coroutine, Generator
from contextlib import contextmanager
from typing import Any

import attrs

from bank131_async.client import ApiClient, Bank131Config
from bank131_async.core.codec import decode
from bank131_async.core.machine import Facts, MachineSettings, Observed, Opened, StoredEntry, apply
from bank131_async.core.models import Session, SessionAnswer, WebhookBody
from bank131_async.core.signing import Signer, new_private_key_pem
from bank131_async.flow import FlowSettings, PaymentFlow, PollSchedule
from bank131_async.flow.clock import SystemClock
from bank131_async.flow.engine import Engine
from bank131_async.flow.handlers import Handlers
from bank131_async.flow.inits import Inits
from bank131_async.flow.payments import Payments
from bank131_async.stores import Journal, MemoryStore
from bank131_async.webhooks import Router
from benchmarks.harness import Case, Value

_MACHINE = MachineSettings(failed_attempt_ends_session=True)
_SAMPLE_S = 0.001
_REST_S = 3.0
"""To do the polls that came due while the loop stood still for our own preparations."""
_AT_A_TIME = 50
_TRIES = 3
_ANSWER = (
    b'{"session":{"id":"ps_0","status":"in_progress","created_at":"2026-11-22T09:12:01.183421Z",'
    b'"updated_at":"2026-11-22T09:12:44.907113Z","payment_list":[{"id":"pm_0","status":"%s",'
    b'"created_at":"2026-11-22T09:12:01.279512Z","customer":{"reference":"user-48151623"},'
    b'"payment_details":{"type":"card","card":{"brand":"visa","last4":"4242"}},'
    b'"amount_details":{"amount":150000,"currency":"rub"}}]}}'
)
_SESSION, _DECLINED = (
    decode(WebhookBody, _ANSWER % status).session or Session() for status in (b"in_progress", b"failed")
)


async def cases(quick: bool) -> AsyncIterator[Case]:
    """One pass with many flows for the times, one with some for the bytes."""
    number, period_s, some = (10_000, 4.0, 1_000) if quick else (100_000, 20.0, 10_000)
    signer = Signer.from_pem(new_private_key_pem())
    with _rare_collections():
        times = await _times(number, period_s, signer)
    for name, measured, unit, limit in (
        ("attach and await, CPU", times.create_s, "s", 2.0),
        ("hand over the end, CPU", times.complete_s, "s", 1.0),
        ("delay of the loop, p99, while they wait", _p99(times.idle), "ms", 5.0),
        ("delay of the loop, p99, while they end", _p99(times.completing), "ms", 5.0),
    ):
        yield _known(f"{number} flows: {name}", measured, unit, limit)
    alone, awaited = await _bytes(some, signer, heard=False)
    told, _ = await _bytes(some, signer, heard=True)
    yield _known("bytes of a flow that is looked after, beside its last snapshot", alone, "B", 800)
    yield _known("bytes of it with the caller's task", awaited, "B", 2048)
    yield _known("bytes that its facts keep of the last snapshot", told - alone, "B", 500)


@contextmanager
def _rare_collections() -> Generator[None]:
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _known(name: str, measured: float, unit: str, limit: float) -> Value:
    return Value(name, lambda: measured, unit, at_most=limit, rounds=1)


def _p99(delays: list[float]) -> float:
    return sorted(delays)[int(len(delays) * 0.99)]


class _Stub(ApiClient):
    """Answers ``session/status`` at once: a payment under way. ``calls`` tells how often."""

    calls = 0

    async def execute(self, operation: Any, **_: Any) -> Any:
        """The same session each time, under the id that was asked for."""
        self.calls += 1
        return SessionAnswer(status="ok", session=attrs.evolve(_SESSION, id=operation.session_id))


class _Process:
    """The flows of one process, over a journal in which their sessions are opened already."""

    def __init__(self, journal: Journal, signer: Signer, period_s: float = 20.0) -> None:
        settings = FlowSettings(
            polling=PollSchedule(first_s=period_s, share=0.0, jitter=0.2), status_calls_per_second=1e9, machine=_MACHINE
        )
        self.stub = _Stub(Bank131Config(project_id="benchmark", private_key=signer))
        self.engine = Engine(self.stub, journal, settings, SystemClock())
        self._payments = Payments(self.engine, Inits(self.engine), Handlers(self.engine, Router()))
        self.flows: list[PaymentFlow] = []
        self.waiting: list[asyncio.Task[None]] = []
        self.left = 0
        self.all_done = asyncio.Event()

    async def attach(self, number: int) -> None:
        """Take the flows."""
        self.flows = [await self._payments.attach(f"ps_{at}") for at in range(number)]

    async def wait(self) -> None:
        """Start a task for each flow that awaits it, as a caller does."""
        self.left = len(self.flows)
        self.waiting = [asyncio.create_task(self._await(flow)) for flow in self.flows]
        await asyncio.sleep(0)

    async def ask(self) -> None:
        """Ask about each once: what the polls bring afterwards is known."""
        for flow in self.flows:
            await flow.refresh()

    def ends(self) -> list[Facts]:
        """The facts of each flow after a decline."""
        news, now = Observed(source="status", asked=2, body=b""), self.engine.recorder.now()
        return [
            apply(
                flow.facts,
                StoredEntry(flow.facts.version + 1, now, news),
                _MACHINE,
                session=_DECLINED,
            )
            for flow in self.flows
        ]

    async def complete(self, ends: list[Facts]) -> None:
        """Hand the facts to those who wait."""
        for at, (flow, facts) in enumerate(zip(self.flows, ends, strict=True)):
            record = self.engine.poller.find(flow.session_id)
            assert record is not None
            self.engine.recorder._settle_on(record, facts)
            if at % _AT_A_TIME == 0:
                await asyncio.sleep(0)
        await self.all_done.wait()

    async def _await(self, flow: PaymentFlow) -> None:
        await flow
        self.left -= 1
        if not self.left:
            self.all_done.set()

    async def aclose(self) -> None:
        """Let go of everything."""
        for task in self.waiting:
            task.cancel()
        await asyncio.gather(*self.waiting, return_exceptions=True)
        await self.engine.aclose()
        await self.engine.api.aclose()


async def _opened(number: int) -> Journal:
    journal = MemoryStore().journal("benchmark")
    for at in range(number):
        await journal.append(f"ps_{at}", (Opened(amount=150000, currency="rub"),))
    return journal


@attrs.define
class _Times:
    """CPU in seconds, delays of the loop in milliseconds."""

    create_s: float
    idle: list[float]
    complete_s: float
    completing: list[float]


async def _times(number: int, period_s: float, signer: Signer) -> _Times:
    journal = await _opened(number)
    tries: list[float] = []
    for _ in range(_TRIES - 1):
        process, create_s = await _created(journal, number, signer, period_s)
        tries.append(create_s)
        await process.aclose()
        del process
    process, create_s = await _created(journal, number, signer, period_s)
    tries.append(create_s)
    await process.ask()
    await asyncio.sleep(period_s * 0.8)  # until then no poll is due again
    calls = process.stub.calls
    idle = await _watched(asyncio.sleep(period_s / 2))
    if process.stub.calls - calls < number * 0.35:
        raise RuntimeError("the flows were not polled as often as this case says")
    ends = process.ends()
    gc.collect()
    await asyncio.sleep(_REST_S)
    before = time.thread_time()
    completing = await _watched(process.complete(ends))
    complete_s = time.thread_time() - before
    await process.aclose()
    return _Times(statistics.median(tries), idle, complete_s, completing)


async def _created(journal: Journal, number: int, signer: Signer, period_s: float) -> tuple[_Process, float]:
    """The flows, awaited, and the CPU seconds that it took."""
    process = _Process(journal, signer, period_s)
    gc.collect()
    before = time.thread_time()
    await process.attach(number)
    await process.wait()
    return process, time.thread_time() - before


async def _watched(work: Coroutine[Any, Any, None]) -> list[float]:
    """How late a timer was in milliseconds, again and again, while the work was done.

    Only as far as this thread was busy: what neighbours on the machine take away is not the loop's delay.
    """
    delays: list[float] = []

    async def watch() -> None:
        while True:
            before, busy = time.perf_counter(), time.thread_time()
            await asyncio.sleep(_SAMPLE_S)
            late = time.perf_counter() - before - _SAMPLE_S
            delays.append(min(late, time.thread_time() - busy) * 1000)

    watching = asyncio.create_task(watch())
    await asyncio.sleep(_SAMPLE_S)
    await work
    watching.cancel()
    return delays


async def _bytes(number: int, signer: Signer, *, heard: bool) -> tuple[float, float]:
    """Bytes of each flow that somebody could wait for, and when a task does; ``heard``: the bank has told something."""
    journal = await _opened(number)
    if heard:
        first = _Process(journal, signer)
        await first.attach(number)
        await first.ask()
        await first.aclose()
    process = _Process(journal, signer)
    gc.collect()
    tracemalloc.start()
    try:
        await process.attach(number)
        records = [process.engine.poller.enlist(flow._record) for flow in process.flows]
        waiters = [record.waiter() for record in records]
        alone = tracemalloc.get_traced_memory()[0]
        for record, waiter in zip(records, waiters, strict=True):
            record.forget(waiter)
            process.engine.poller.release(record)
        del records, waiters
        await process.wait()
        gc.collect()
        awaited = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    await process.aclose()
    return alone / number, awaited / number
