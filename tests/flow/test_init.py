"""``session/init/payment``: create and start in one request whose answer may be lost."""

from __future__ import annotations

import asyncio

import pytest

from bank131_async.core.machine import Failed, ReadyToConfirm, Succeeded
from bank131_async.core.models import PaymentOptions
from bank131_async.errors import BankRefusedError, CommandInDoubtError, CommandNotAllowedError
from bank131_async.flow import PaymentFlow
from tests.support.merchant import (
    BUYER,
    CHALLENGE,
    DECLINED,
    PLAIN,
    PRICE,
    Agreeable,
    Working,
    card,
    caught,
    dies,
    driven,
    step_of,
)
from tests.support.virtual import elapse, in_virtual_time
from tests.support.wire import Fault
from tests.support.world import Process, World, world

METHOD = "session/init/payment"
BACK = PaymentOptions(return_url="https://shop.example/back")


async def init(process: Process, number: str = CHALLENGE, **more: object) -> PaymentFlow:
    flow: PaymentFlow = await process.payments.init(
        card(number), **{"amount": PRICE, "customer": BUYER, "order": "7", **more}
    )
    return flow


def inits(w: World) -> int:
    """How many payments the bank began."""
    return sum(effect.method.startswith(METHOD) for effect in w.effects)


@in_virtual_time
async def test_an_init_that_is_answered_goes_on_like_any_payment() -> None:
    async with world() as w:
        flow = await init(w.processes[0])
        assert flow.facts.amount == PRICE.amount
        assert isinstance(await driven(w, flow), Succeeded)
        assert inits(w) == 1


@pytest.mark.parametrize("fault", ["lost_after", "html_after", "cut", "doubted"])
@in_virtual_time
async def test_a_lost_init_is_linked_by_the_tag_that_its_webhook_shows(fault: Fault) -> None:
    async with world() as w:
        (process,) = w.processes
        process.wire.faults[METHOD] = [fault]
        flow = await init(process)
        assert isinstance(await driven(w, flow), Succeeded)
        assert inits(w) == 1
        assert (await init(process)).session_id == flow.session_id


@pytest.mark.parametrize("fault", ["not_sent", "lost_before", "html_before", "limited"])
@in_virtual_time
async def test_an_init_that_did_not_reach_the_bank_is_sent_again_under_the_same_key(fault: Fault) -> None:
    async with world() as w:
        (process,) = w.processes
        process.wire.faults[METHOD] = [fault]
        flow = await init(process)
        assert isinstance(await driven(w, flow), Succeeded)
        assert inits(w) == 1
        assert len(set(process.wire.keys[METHOD])) == 1


@in_virtual_time
async def test_an_init_that_is_never_heard_of_is_in_doubt_and_never_sent_under_a_new_key() -> None:
    async with world() as w:
        (process,) = w.processes
        process.wire.always[METHOD] = "lost_before"
        began = asyncio.get_running_loop().time()
        error = await caught(init(process))
        assert isinstance(error, CommandInDoubtError)
        assert asyncio.get_running_loop().time() - began <= 35
        del process.wire.always[METHOD]
        policy = Agreeable()
        async with Working(process, policy):
            await elapse(7200)
            assert isinstance(await caught(init(process)), CommandInDoubtError)
        assert len(set(process.wire.keys[METHOD])) == 1
        assert "person" in {kind for kind, _ in policy.diary}
        assert inits(w) == 0


@in_virtual_time
async def test_an_init_whose_key_is_burnt_is_in_doubt() -> None:
    async with world() as w:
        (process,) = w.processes
        process.wire.faults[METHOD] = ["burnt"]
        assert isinstance(await caught(init(process)), CommandInDoubtError)
        assert len(set(process.wire.keys[METHOD])) == 1
        assert inits(w) == 0


@pytest.mark.parametrize("fault", ["late", "slow"])
@in_virtual_time
async def test_an_init_that_arrives_late_is_linked_in_the_end_and_the_name_finds_it(fault: Fault) -> None:
    async with world() as w:
        (process,) = w.processes
        process.wire.faults[METHOD] = [fault]
        process.wire.late_s = 90
        first = await caught(init(process, PLAIN))
        assert first is None or isinstance(first, CommandInDoubtError)
        async with Working(process, Agreeable()):
            await elapse(300)
        flow = await init(process, PLAIN)
        assert isinstance(await flow, Succeeded)
        assert inits(w) == 1


@pytest.mark.parametrize("ending", ["answered", "linked late", "refused", "in doubt"])
@in_virtual_time
async def test_an_init_that_is_over_or_in_doubt_gives_a_worker_next_to_nothing_to_do(ending: str) -> None:
    async with world(sync_enabled=False, auto_confirm=True) as w:
        (process,) = w.processes
        if ending == "linked late":
            process.wire.faults[METHOD], process.wire.late_s = ["late"], 90
        elif ending == "in doubt":
            process.wire.faults[METHOD] = ["burnt"]
        await caught(init(process, PLAIN, sync=ending == "refused", options=BACK))
        async with Working(process, Agreeable()):
            await elapse(600)
            before = process.outlet.tries
            await elapse(3600)
            assert process.outlet.tries - before < 800  # it looks for due flows every five seconds


@pytest.mark.parametrize("moment_s", [0.02, 0.06, 0.102, 0.105, 0.15])
@in_virtual_time
async def test_a_process_that_dies_in_an_init_leaves_a_payment_that_its_webhook_links(moment_s: float) -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        w.receiver = second
        doing = asyncio.create_task(caught(init(first, PLAIN)))
        await elapse(moment_s)
        await dies(first, doing)
        async with Working(second, Agreeable()):
            await elapse(600)
            result = await asyncio.gather(init(second, PLAIN), return_exceptions=True)
        if inits(w):
            (flow,) = result
            assert isinstance(flow, PaymentFlow), flow
            assert isinstance(await flow, Succeeded)
            assert w.accepted(flow.session_id)["session/confirm"] == 1
        else:
            assert isinstance(result[0], CommandInDoubtError)
        assert inits(w) <= 1


@in_virtual_time
async def test_an_init_that_the_bank_refuses_leaves_its_name_free_for_the_same_decision() -> None:
    async with world(sync_enabled=False) as w:
        (process,) = w.processes
        for tries in (1, 2):
            error = await caught(init(process, PLAIN, sync=True, options=BACK))
            assert isinstance(error, BankRefusedError)
            assert "authorization_error" in str(error)
            assert process.wire.calls[f"{METHOD}/sync"] == tries
        w.bank.configure(sync_enabled=True)
        assert isinstance(await caught(init(process, PLAIN)), CommandNotAllowedError)  # another decision: not sync
        flow = await init(process, PLAIN, sync=True, options=BACK)
        assert isinstance(await flow, Succeeded)
        assert (await init(process, PLAIN, sync=True, options=BACK)).session_id == flow.session_id
        assert inits(w) == 1
        assert len(set(process.wire.keys[f"{METHOD}/sync"])) == 3


@in_virtual_time
async def test_of_two_processes_that_try_a_refused_init_again_one_sends_it() -> None:
    async with world(processes=2, sync_enabled=False) as w:
        first, second = w.processes
        assert isinstance(await caught(init(first, PLAIN, sync=True, options=BACK)), BankRefusedError)
        w.bank.configure(sync_enabled=True)
        flows = await asyncio.gather(*(init(one, PLAIN, sync=True, options=BACK) for one in (first, second, second)))
        assert len({flow.session_id for flow in flows}) == 1
        assert inits(w) == 1


@in_virtual_time
async def test_an_init_tried_again_that_is_lost_is_linked_by_the_tag_of_the_first_try() -> None:
    async with world() as w:
        (process,) = w.processes
        process.wire.faults[METHOD] = ["burnt"]
        doubt = await caught(init(process, PLAIN))
        assert isinstance(doubt, CommandInDoubtError)
        await process.payments.resolve_init(doubt.intent_id, session_id=None, note="the bank has no such payment")
        process.wire.faults[METHOD] = ["burnt", "lost_after"]
        again = await caught(init(process, PLAIN))
        assert isinstance(again, CommandInDoubtError)
        assert again.intent_id != doubt.intent_id
        await process.payments.resolve_init(again.intent_id, session_id=None, note="nor this one")
        flow = await init(process, PLAIN)
        async with Working(process, Agreeable()):
            assert isinstance(await flow, Succeeded)
        assert inits(w) == 1
        assert (await init(process, PLAIN)).session_id == flow.session_id


@in_virtual_time
async def test_a_sync_init_without_a_challenge_is_known_at_once_and_without_webhooks() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await init(process, PLAIN, sync=True, options=BACK)
        assert isinstance(await asyncio.wait_for(flow, 5), Succeeded)
        assert w.replies == []


@in_virtual_time
async def test_a_sync_init_that_is_declined_has_failed() -> None:
    async with world() as w:
        flow = await init(w.processes[0], DECLINED, sync=True, options=BACK)
        assert isinstance(await asyncio.wait_for(flow, 5), Failed)


@in_virtual_time
async def test_a_sync_init_with_a_challenge_is_polled_to_its_end() -> None:
    async with world() as w:
        flow = await init(w.processes[0], sync=True, options=BACK)
        assert isinstance(await asyncio.wait_for(driven(w, flow), 60), Succeeded)
        assert w.replies == []


@in_virtual_time
async def test_a_caller_who_is_cancelled_in_an_init_leaves_a_recorded_payment() -> None:
    async with world() as w:
        (process,) = w.processes
        doing = asyncio.create_task(init(process))
        await elapse(0.03)
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        await elapse(5)
        flow = await init(process)
        await step_of(flow, ReadyToConfirm)
        assert isinstance(await driven(w, flow), Succeeded)
        assert inits(w) == process.wire.calls[METHOD] == 1


@in_virtual_time
async def test_init_without_a_name_is_a_new_decision_each_time() -> None:
    async with world() as w:
        one, two = await init(w.processes[0], order=None), await init(w.processes[0], order=None)
        assert one.session_id != two.session_id
        assert inits(w) == 2
