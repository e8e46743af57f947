"""Many workers, many flows, for a day: bounded work, an orderly stop, and lists that people can rely on."""

from __future__ import annotations

import asyncio
import random

import pytest

from bank131_async.core.machine import Intended, ReadyToConfirm, Succeeded
from bank131_async.core.models import Amount
from bank131_async.errors import FlowAbandonedError
from bank131_async.flow import Confirm, FlowSettings, Later, PaymentFlow, Policy
from bank131_async.stores import Index, StreamState
from tests.support.merchant import (
    CHALLENGE,
    PART,
    Agreeable,
    Working,
    at_confirm,
    card,
    caught,
    created,
    dies,
    ending,
    paid,
    started,
)
from tests.support.virtual import elapse, in_virtual_time, virtual_now
from tests.support.wire import Fault
from tests.support.world import Process, World, world

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
QUICK = FlowSettings(settle_timeout_s=5)


def index_of(w: World, stream: str) -> Index:
    return w.store.journal(w.bank.project.id)._streams[stream].index


async def listed(w: World, state: StreamState) -> list[str]:
    return [info.stream for info in await w.store.journal(w.bank.project.id).streams(state)]


def workers(w: World, count: int) -> list[Process]:
    """Processes that each draw their own chances."""
    made = [w.process() for _ in range(count)]
    for seed, process in enumerate(made):
        process.client._engine.clock.jitter = random.Random(seed).random  # type: ignore[method-assign]
    return made


@pytest.mark.parametrize(("count", "fault"), [(1, "lost_before"), (5, "lost_before"), (5, "burnt")])
@in_virtual_time
async def test_workers_over_doubtful_flows_do_a_bounded_amount_of_work_in_a_day(count: int, fault: Fault) -> None:
    async with world(settings=QUICK, refund_metadata_echoed=False) as w:
        (shop,) = w.processes
        flows = [await paid(shop) for _ in range(6)]
        shop.wire.always["session/refund"] = fault
        shop.wire.late_s = 10 * DAY_S
        for flow in flows:
            await caught(flow.refund(PART))
        await dies(shop)
        w.receiver = None
        some = workers(w, count)
        for one in some:
            one.wire.always["session/refund"] = fault
            one.wire.late_s = 10 * DAY_S
        entered = [Working(one, Agreeable()) for one in some]
        for one in entered:
            await one.__aenter__()
        await elapse(DAY_S)
        for one in entered:
            await one.__aexit__()
        asked = sum(one.wire.calls["session/status"] for one in some)
        entries = sum([len(await w.journal(flow.session_id)) for flow in flows])
        assert asked <= 6 * (30 if fault == "burnt" else 150), asked
        assert entries <= 6 * (40 if fault == "burnt" else 320), entries
        assert sum(one.outlet.tries for one in some) <= count * 12_000


@in_virtual_time
async def test_the_oldest_due_flows_come_first_and_no_more_at_once_than_allowed() -> None:
    async with world() as w:
        (process,) = w.processes
        running, most, order = 0, 0, list[str]()

        class Slow(Policy):
            async def ready_to_confirm(self, flow: PaymentFlow, step: ReadyToConfirm) -> Confirm:
                nonlocal running, most
                running, order[len(order) :] = running + 1, [flow.session_id]
                most = max(most, running)
                assert process.payments.health.in_flight <= 3
                await elapse(5)
                running -= 1
                return Confirm()

        flows = []
        for _ in range(9):
            flows.append(await at_confirm(process))
            await elapse(60)
        async with Working(process, Slow(), concurrency=3):
            await elapse(1)
            assert process.payments.health.in_flight == 3
            assert process.payments.health.backlog == 3  # as far as it looks
            await asyncio.wait_for(asyncio.gather(*(ending(flow) for flow in flows)), 120)
        assert most == 3
        first = [flow.session_id for flow in flows]
        assert [sorted(order[at : at + 3]) for at in (0, 3, 6)] == [sorted(first[at : at + 3]) for at in (0, 3, 6)]
        assert process.payments.health.workers == process.payments.health.in_flight == 0


@in_virtual_time
async def test_an_intent_left_behind_is_noticed_by_its_age() -> None:
    async with world(processes=3, two_stage=True) as w:
        first, second, third = w.processes
        flow = await at_confirm(first)
        first.outlet.freeze_after = Intended
        doing = asyncio.create_task(caught(flow.confirm()))
        await elapse(0.1)
        await dies(first, doing)
        w.receiver = None
        began = asyncio.get_running_loop().time()
        settle_s = FlowSettings().machine.settle_interval_s
        async with Working(second, Agreeable()), Working(third, Agreeable()):
            while not w.accepted(flow.session_id)["session/confirm"]:
                await elapse(1)
                assert asyncio.get_running_loop().time() - began < 2 * settle_s
        assert asyncio.get_running_loop().time() - began >= settle_s - 1
        assert w.accepted(flow.session_id)["session/confirm"] == 1


@in_virtual_time
async def test_a_stop_ends_within_the_grace_whatever_a_policy_does_and_another_worker_goes_on() -> None:
    async with world(processes=2) as w:
        first, second = w.processes

        ended: list[str] = []

        class Hanging(Policy):
            async def ready_to_confirm(self, flow: PaymentFlow, step: ReadyToConfirm) -> Confirm:
                try:
                    await asyncio.Event().wait()
                finally:
                    ended.append(flow.session_id)
                return Confirm()

        flow = await at_confirm(first)
        stop = asyncio.Event()
        running = asyncio.create_task(first.payments.run(Hanging(), stop=stop))
        await elapse(10)
        assert first.payments.health.in_flight == 1
        stop.set()
        began = asyncio.get_running_loop().time()
        await running
        assert asyncio.get_running_loop().time() - began <= FlowSettings().grace_s + 1
        assert ended == [flow.session_id]
        async with Working(second, Agreeable()):
            assert isinstance(await asyncio.wait_for(flow, 60), Succeeded)


@in_virtual_time
async def test_a_worker_with_nothing_to_do_looks_rarely_and_hears_of_work_at_once() -> None:
    async with world(processes=2) as w:
        shop, worker = w.processes
        async with Working(worker, Agreeable(w)):
            await elapse(60)
            tries = worker.outlet.tries
            await elapse(HOUR_S)
            # Two questions each time that it looks, and one about the time now and then.
            assert worker.outlet.tries - tries <= 3 * HOUR_S / FlowSettings().worker_longest_pause_s + 2
            flow = await started(shop, CHALLENGE)
            assert isinstance(await asyncio.wait_for(flow, 5), Succeeded)


@in_virtual_time
async def test_a_journal_that_cannot_be_read_stops_no_other_and_does_not_spin() -> None:
    async with world() as w:
        (process,) = w.processes
        bad, good = await at_confirm(process), await at_confirm(process)
        load = process.outlet.load

        async def broken(stream: str, after: int = 0) -> object:
            if stream == bad.session_id:
                raise ValueError("a newer version has written here")
            return await load(stream, after)

        process.outlet.load = broken  # type: ignore[method-assign, assignment]
        async with Working(process, Agreeable(), concurrency=1):
            tries = process.outlet.tries
            assert isinstance(await asyncio.wait_for(good, 30), Succeeded)
            await elapse(HOUR_S)
            assert process.outlet.tries - tries < 3000
        process.outlet.load = load  # type: ignore[method-assign]


@in_virtual_time
async def test_a_basket_that_was_left_goes_from_the_unfinished_to_a_person_at_its_horizon() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await created(process)
        async with Working(process, policy := Agreeable()):
            await elapse(47 * HOUR_S)
            assert await listed(w, StreamState.unfinished) == [flow.session_id]
            assert await listed(w, StreamState.needs_person) == []
            await elapse(HOUR_S + 60)
            assert await listed(w, StreamState.unfinished) == []
            assert await listed(w, StreamState.needs_person) == [flow.session_id]
            assert index_of(w, flow.session_id).due is None
            assert policy.diary == [("person", flow.session_id)]
            assert isinstance(await caught(ending(flow)), FlowAbandonedError)
            asked = process.wire.calls["session/status"]
            await elapse(10 * DAY_S)
            assert process.wire.calls["session/status"] == asked
            await flow.cancel()  # later news still moves it
            await elapse(60)
        assert await listed(w, StreamState.needs_person) == []


@in_virtual_time
async def test_a_doubt_needs_a_person_until_it_is_resolved() -> None:
    async with world(settings=QUICK) as w:
        (process,) = w.processes
        flow = await paid(process)
        process.wire.faults["session/refund"] = ["burnt"]
        doubt = await caught(flow.refund(PART))
        async with Working(process, Agreeable()):
            await elapse(10)
            index = index_of(w, flow.session_id)
            assert (index.in_doubt, index.needs_person) == (True, True)
            await flow.resolve(doubt.intent_id, done=False)  # type: ignore[union-attr]
            await elapse(10)
        assert index_of(w, flow.session_id) == Index()


@in_virtual_time
async def test_an_amount_that_differs_needs_a_person() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await created(process)
        await flow.start(card(), amount=Amount.rub("999.00"))
        async with Working(process, Agreeable()):
            await elapse(60)
        index = index_of(w, flow.session_id)
        assert (index.unfinished, index.needs_person) == (True, True)
        assert index.due is not None
        assert index.due > virtual_now()


@in_virtual_time
async def test_another_programs_payment_never_needs_our_people() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await created(process, managed=False)
        async with Working(process, Agreeable()):
            await elapse(3 * DAY_S)
        assert index_of(w, flow.session_id) == Index()


@in_virtual_time
async def test_a_policy_that_wants_to_be_asked_in_a_month_does_not_keep_a_flow_from_its_horizon() -> None:
    async with world(confirm_limit_s=40 * DAY_S) as w:
        (process,) = w.processes
        flow = await at_confirm(process)
        async with Working(process, Agreeable(confirm=lambda: Later(30 * DAY_S))):
            await elapse(27 * HOUR_S)
            assert await listed(w, StreamState.unfinished) == [flow.session_id]
            await elapse(2 * HOUR_S)
            assert await listed(w, StreamState.unfinished) == []
            assert await listed(w, StreamState.needs_person) == [flow.session_id]
