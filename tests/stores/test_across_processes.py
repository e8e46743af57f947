"""A worker process awaits a payment whose webhook another process receives; the SQLite file is all they share."""

from __future__ import annotations

import asyncio
import statistics
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bank131_async import Amount, Bank131Client, BankCard, Customer, PaymentFlow, ReadyToConfirm, SQLiteStore
from bank131_async.core.machine import MachineSettings, fold
from bank131_async.testing import Sandbox

ROUNDS = 9
CARD = BankCard(number="4242424242424242", expiration_month="12", expiration_year="30", security_code="123")

WORKER = """
import asyncio, sys, time
from bank131_async import Bank131Client, open_store

async def main():
    store = open_store(sys.argv[1])
    async with Bank131Client.from_env(store=store) as bank:
        while session_id := (await asyncio.to_thread(sys.stdin.readline)).strip():
            flow = await bank.payments.attach(session_id)
            waiting = asyncio.ensure_future(flow.settled())
            await asyncio.sleep(0.05)
            print("waiting", flush=True)
            await waiting
            print(time.time(), flush=True)
    await store.aclose()

asyncio.run(main())
"""


@asynccontextmanager
async def worker(sandbox: Sandbox, path: Path) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, f"sqlite:///{path}", stdin=PIPE, stdout=PIPE, env=sandbox.environment()
    )
    try:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def told(process: Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def ready_to_confirm(bank: Bank131Client) -> PaymentFlow:
    flow = await bank.payments.create(amount=Amount.rub("150.00"), customer=Customer("user-1"))
    await flow.start(CARD)
    async for step in flow:
        if isinstance(step, ReadyToConfirm):
            break
    return flow


async def finished_at(store: SQLiteStore, bank: Bank131Client, session_id: str) -> float:
    """The time at which the journal first told the end, by the store's clock."""
    entries = await store.journal(bank.config.project_id).load(session_id)
    for number, stored in enumerate(entries, 1):
        if fold(entries[:number], MachineSettings()).phase.is_final:
            return stored.at.timestamp()
    raise AssertionError("the payment is not finished")


@pytest.mark.asyncio
async def test_a_worker_wakes_within_50_ms_of_the_append_of_another_process(tmp_path: Path) -> None:
    path = tmp_path / "payments.db"
    store = SQLiteStore(path)
    delays_s: list[float] = []
    async with Sandbox() as sandbox, sandbox.client(store=store) as bank, worker(sandbox, path) as process:
        assert process.stdin is not None
        for _ in range(ROUNDS):
            flow = await ready_to_confirm(bank)
            process.stdin.write(f"{flow.session_id}\n".encode())
            assert await told(process) == "waiting"
            await flow.confirm()
            woke_at = float(await told(process))
            await flow
            delays_s.append(woke_at - await finished_at(store, bank, flow.session_id))
    await store.aclose()
    assert min(delays_s) > 0
    assert statistics.median(delays_s) < 0.05
