"""Pruning: journals of long ago become tombstones, and nothing that anybody may still ask for is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from bank131_async.core.machine import Cancelled, Pruned, Succeeded
from bank131_async.errors import CommandNotAllowedError, ConfigurationError
from bank131_async.flow import FlowSettings
from bank131_async.stores import Appended, StreamState
from bank131_async.webhooks import Router
from tests.support.merchant import (
    BUYER,
    PART,
    PRICE,
    Agreeable,
    Working,
    at_confirm,
    card,
    caught,
    created,
    driven,
    ending,
    paid,
)
from tests.support.virtual import elapse, in_virtual_time
from tests.support.world import Process, World, world

DAY_S = 86_400.0
NINETY = timedelta(days=90)


async def prune(process: Process, **more: int) -> int:
    count: int = await process.client.prune(older_than=NINETY, **more)
    return count


async def is_tombstone(w: World, stream: str) -> bool:
    return [type(stored.entry) for stored in await w.journal(stream)] == [Pruned]


@in_virtual_time
async def test_what_ended_long_ago_is_pruned_in_batches_and_what_is_younger_or_unfinished_is_not() -> None:
    async with world() as w:
        (process,) = w.processes
        old = [await paid(process) for _ in range(7)]
        waiting = await created(process)
        await elapse(91 * DAY_S)
        young = await paid(process)
        before = len(await w.journal(old[0].session_id))
        assert before > 3
        assert await prune(process, batch=3) == 7
        assert all([await is_tombstone(w, flow.session_id) for flow in old])
        assert not await is_tombstone(w, waiting.session_id)
        assert not await is_tombstone(w, young.session_id)
        assert (await w.journal(old[0].session_id))[0].version == before + 1
        assert await prune(process) == 0


@in_virtual_time
async def test_a_pruned_payment_is_found_by_attach_and_by_its_order_and_is_not_made_again() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await paid(first, order="7")
        await elapse(91 * DAY_S)
        assert await prune(first) == 1
        for process in (first, second):
            assert isinstance(await (await process.payments.attach(flow.session_id)), Succeeded)
            again = await created(process, order="7")
            assert again.session_id == flow.session_id
            assert (await ending(again)).payment.id == w.bank.session(flow.session_id).last.id  # type: ignore[union-attr]
            with pytest.raises(CommandNotAllowedError, match="other parameters"):
                await created(process, order="7", amount=PART)
            assert isinstance(await caught(again.start(card())), CommandNotAllowedError)
        assert w.accepted(flow.session_id)["session/start/payment"] == 1


@in_virtual_time
async def test_a_refund_whose_payment_was_pruned_is_still_the_one_of_its_name() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await paid(first)
        made = await (await flow.refund(PART, name="return-17"))
        await elapse(91 * DAY_S)
        assert await prune(second) == 1
        again = await second.payments.attach(flow.session_id)
        assert (await (await again.refund(PART, name="return-17"))).id == made.id
        with pytest.raises(CommandNotAllowedError, match="other parameters"):
            await again.refund(PRICE, name="return-17")
        assert (await (await again.refund(PART, name="return-18"))).id != made.id
        assert w.ledger(flow.session_id).refunded == 2 * PART.amount


@in_virtual_time
async def test_a_chargeback_months_after_the_pruning_is_recorded_and_its_handlers_run() -> None:
    async with world() as w:
        router, seen = Router(), list[str]()

        @router.on("payment_refunded")
        def note(event: object) -> None:
            seen.append(event.session.payment_list[0].refunds[-1].id)  # type: ignore[attr-defined]

        w.receiver = process = w.process(router=router)
        flow = await paid(process)
        await elapse(91 * DAY_S)
        assert await prune(process) == 1
        await elapse(100 * DAY_S)
        w.bank.chargeback(flow.session_id)
        await elapse(10)
        again = await process.payments.attach(flow.session_id)
        (chargeback,) = again.refunds
        assert chargeback.is_chargeback
        assert seen == [chargeback.id]
        assert isinstance(await again, Succeeded)
        assert not await is_tombstone(w, flow.session_id)
        await elapse(91 * DAY_S)
        assert await prune(process) == 1
        assert (await process.payments.attach(flow.session_id)).refunds == again.refunds


@in_virtual_time
async def test_a_process_whose_record_is_older_takes_the_tombstone_as_a_whole() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await at_confirm(first)
        other = await second.payments.attach(flow.session_id)
        second.outlet.hints = False
        await flow.confirm()
        await flow
        await elapse(91 * DAY_S)
        assert await prune(first) == 1
        assert not other.facts.phase.is_final
        assert isinstance(await asyncio.wait_for(other, 5), Succeeded)


@in_virtual_time
async def test_an_init_that_was_pruned_is_still_found_by_its_order() -> None:
    async with world(auto_confirm=True) as w:
        (process,) = w.processes
        buying = {"amount": PRICE, "customer": BUYER, "order": "7"}
        flow = await process.payments.init(card(), **buying)
        assert isinstance(await driven(w, flow), Succeeded)
        await elapse(91 * DAY_S)
        assert await prune(process) == 2
        assert (await process.payments.init(card(), **buying)).session_id == flow.session_id
        assert sum(effect.method == "session/init/payment" for effect in w.effects) == 1


@in_virtual_time
async def test_a_basket_that_nobody_paid_is_pruned_and_needs_nobody_any_more() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await created(process, order="7")
        async with Working(process, Agreeable()):
            await elapse(3 * DAY_S)
        journal = w.store.journal(w.bank.project.id)
        assert [info.stream for info in await journal.streams(StreamState.needs_person)] == [flow.session_id]
        await elapse(91 * DAY_S)
        assert await prune(process) == 1
        assert await journal.streams(StreamState.needs_person) == []
        assert (await created(process, order="7")).session_id == flow.session_id


@in_virtual_time
async def test_a_doubt_is_never_pruned() -> None:
    async with world(settings=FlowSettings(settle_timeout_s=5)) as w:
        (process,) = w.processes
        flow = await paid(process)
        process.wire.faults["session/refund"] = ["burnt"]
        doubt = await caught(flow.refund(PART))
        async with Working(process, Agreeable()):
            await elapse(DAY_S)
        await elapse(15 * DAY_S)
        before = len(await w.journal(flow.session_id))
        assert before < 250
        await elapse(91 * DAY_S)
        assert len(await w.journal(flow.session_id)) == before  # past its horizon nobody asks the bank any more
        assert await prune(process) == 0
        await flow.resolve(doubt.intent_id, done=False)  # type: ignore[union-attr]
        await elapse(91 * DAY_S)
        assert await prune(process) == 1


@in_virtual_time
async def test_a_payment_that_moves_while_it_is_pruned_keeps_its_journal() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await paid(first)
        await elapse(91 * DAY_S)
        first.outlet.latency_s = 1.0
        pruning = asyncio.create_task(prune(first))
        await elapse(2.5)
        await (await second.payments.attach(flow.session_id)).refund(PART)
        assert await pruning == 0
        assert len(await w.journal(flow.session_id)) > 5


@in_virtual_time
async def test_nonsense_is_refused_before_anything_is_pruned() -> None:
    async with world() as w:
        client = w.processes[0].client
        with pytest.raises(ConfigurationError, match="older_than"):
            await client.prune(older_than=timedelta(0))
        with pytest.raises(ConfigurationError, match="batch"):
            await client.prune(older_than=NINETY, batch=0)


@in_virtual_time
async def test_a_cancelled_payment_stays_cancelled_by_whom_it_was() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await created(process)
        await flow.cancel()
        before = await flow
        await elapse(91 * DAY_S)
        assert await prune(process) == 1
        assert await (await process.payments.attach(flow.session_id)) == before == Cancelled("merchant")


@in_virtual_time
async def test_a_process_that_dies_while_it_prunes_a_basket_leaves_what_the_next_run_finishes() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await created(process)
        async with Working(process, Agreeable()):
            await elapse(3 * DAY_S)
        await elapse(91 * DAY_S)
        outlet, left = process.outlet, [1]

        def dying(write: Callable[..., Awaitable[Appended]]) -> Any:
            async def writes(*arguments: Any, **more: Any) -> Appended:
                if not left:
                    raise asyncio.CancelledError
                left.pop()
                return await write(*arguments, **more)

            return writes

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(outlet, "prune", dying(outlet.prune))
            patch.setattr(outlet, "append", dying(outlet.append))
            with pytest.raises(asyncio.CancelledError):
                await prune(process)
        await prune(process)
        assert await process.client.audit.list(StreamState.needs_person) == []
        (stone,) = [stored.entry for stored in await w.journal(flow.session_id)]
        assert isinstance(stone, Pruned)
