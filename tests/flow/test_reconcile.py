"""Reconciling: the bank is asked again about what has ended, at a low rate, for what no webhook told."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from bank131_async.errors import ConfigurationError
from bank131_async.flow import Reconciled
from tests.support.merchant import PART, at_confirm, paid
from tests.support.virtual import EPOCH, elapse, in_virtual_time, virtual_now
from tests.support.world import Process, world

DAY_S = 86_400.0


async def reconciled(process: Process, since: datetime = EPOCH, **more: object) -> list[Reconciled]:
    return [one async for one in process.client.reconcile(since=since, **{"per_second": 10.0, **more})]  # type: ignore[arg-type]


@in_virtual_time
async def test_what_webhooks_missed_is_found_reported_and_recorded() -> None:
    async with world() as w:
        (process,) = w.processes
        plain, charged, refunded, unfinished = [*[await paid(process) for _ in range(3)], await at_confirm(process)]
        w.courier = lambda _webhook: ()
        w.bank.chargeback(charged.session_id)
        other = w.process()
        await (await (await other.payments.attach(refunded.session_id)).refund(PART))
        report = {one.session_id: one.changes for one in await reconciled(process)}
        assert set(report) == {plain.session_id, charged.session_id, refunded.session_id}
        assert unfinished.session_id not in report
        assert report[plain.session_id] == ()
        (change,) = report[charged.session_id]
        assert change.startswith("chargeback ")
        assert change.endswith("of 15000: accepted")
        assert report[refunded.session_id] == ()  # its own process has recorded it
        (chargeback,) = (await process.payments.attach(charged.session_id)).refunds
        assert chargeback.is_chargeback
        assert [one.changes for one in await reconciled(process)] == [(), (), ()]


@in_virtual_time
async def test_it_keeps_to_its_rate_and_can_be_resumed() -> None:
    async with world() as w:
        (process,) = w.processes
        flows = sorted([(await paid(process)).session_id for _ in range(6)])
        began = asyncio.get_running_loop().time()
        first = []
        async for one in process.client.reconcile(since=EPOCH, per_second=0.1):
            first.append(one.session_id)
            if len(first) == 3:
                break
        assert 20 <= asyncio.get_running_loop().time() - began <= 25
        rest = [one.session_id for one in await reconciled(process, after=first[-1])]
        assert first + rest == flows


@in_virtual_time
async def test_only_what_has_moved_since_is_asked_about_and_pruned_ones_by_their_end() -> None:
    async with world() as w:
        (process,) = w.processes
        old = await paid(process)
        await elapse(100 * DAY_S)
        middle = await paid(process)
        await elapse(100 * DAY_S)
        assert await process.client.prune(older_than=timedelta(days=90)) == 2
        new = await paid(process)
        w.courier = lambda _webhook: ()
        w.bank.chargeback(middle.session_id)
        since = virtual_now() - timedelta(days=150)
        report = {one.session_id: one.changes for one in await reconciled(process, since)}
        assert set(report) == {middle.session_id, new.session_id}
        assert len(report[middle.session_id]) == 1
        assert old.session_id not in report
        await elapse(10 * DAY_S)
        newest = await paid(process)
        assert [one.session_id for one in await reconciled(process, virtual_now() - timedelta(days=5))] == [
            newest.session_id
        ]


@in_virtual_time
async def test_an_outage_is_waited_out_and_a_refusal_is_reported() -> None:
    async with world() as w:
        (process,) = w.processes
        await paid(process)
        process.wire.always["session/status"] = "not_sent"
        asking = asyncio.create_task(reconciled(process))
        await elapse(300)
        assert not asking.done()
        process.wire.always.clear()
        (one,) = await asyncio.wait_for(asking, 120)
        assert one.error is None
        w.bank.reset()
        (one,) = await reconciled(process)
        assert one.error
        assert one.changes == ()


@in_virtual_time
async def test_nonsense_is_refused() -> None:
    async with world() as w:
        (process,) = w.processes
        with pytest.raises(ConfigurationError, match="since"):
            await reconciled(process, datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
        with pytest.raises(ConfigurationError, match="per_second"):
            await reconciled(process, per_second=0)
