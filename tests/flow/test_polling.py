"""Webhooks off, late, or lost: polling alone reaches the end, and it is thrifty."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from bank131_async.core.machine import Phase, ReadyToConfirm, Succeeded
from bank131_async.flow import FlowSettings
from tests.support.merchant import (
    CHALLENGE,
    PART,
    at_confirm,
    card,
    created,
    driven,
    ending,
    held,
    paid,
    started,
    step_of,
)
from tests.support.virtual import elapse, in_virtual_time
from tests.support.world import Process, world


def asked(process: Process) -> list[float]:
    """When the status was asked."""
    return process.wire.times.get("session/status", [])


@pytest.mark.parametrize("two_stage", [False, True])
@pytest.mark.parametrize("how", ["off", "lost"])
@in_virtual_time
async def test_polling_alone_reaches_the_end(two_stage: bool, how: str) -> None:
    async with world(webhooks=how == "lost", two_stage=two_stage) as w:
        w.courier = lambda _webhook: ()
        flow = await started(w.processes[0], CHALLENGE)
        assert isinstance(await asyncio.wait_for(driven(w, flow), 120), Succeeded)
        refund = await flow.refund(PART)
        assert (await asyncio.wait_for(refund, 60)).status == "accepted"


@in_virtual_time
async def test_polls_spread_out_and_stay_few() -> None:
    async with world(webhooks=False) as w:
        (process,) = w.processes
        flow = await at_confirm(process, CHALLENGE)
        await flow.confirm()
        await step_of(flow, type(await anext(aiter(flow))))
        waiting = asyncio.create_task(ending(flow))
        before = len(asked(process))
        await elapse(3000)
        times = asked(process)[before:]
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert 5 <= len(times) <= 25
        assert gaps == sorted(gaps)
        w.bank.payer_pass(flow.session_id)
        await waiting


@pytest.mark.parametrize("after", ["the payer", "our command"])
@in_virtual_time
async def test_a_webhook_postpones_the_next_poll(after: str) -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await created(process)
        waiting = asyncio.create_task(ending(flow))
        if after == "the payer":
            w.bank.pay_form(await flow.widget_token(), CHALLENGE)
        else:
            await flow.start(card(CHALLENGE))
            await flow.wait_for(Phase.READY_TO_CONFIRM)
            await flow.confirm()
        await flow.wait_for(Phase.ACTION_REQUIRED)
        await elapse(2)  # what our own command made us ask is over
        before = len(asked(process))
        await elapse(FlowSettings().polling.after_webhook_s - 3)
        assert len(asked(process)) == before
        w.bank.payer_pass(flow.session_id)
        await step_of(flow, ReadyToConfirm) if after == "the payer" else await waiting
        waiting.cancel()


@in_virtual_time
async def test_with_webhooks_each_command_costs_one_status_call() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await created(process)
        waiting = asyncio.create_task(ending(flow))
        await flow.start(card(CHALLENGE))
        await flow.wait_for(Phase.READY_TO_CONFIRM)
        await flow.confirm()
        await flow.wait_for(Phase.ACTION_REQUIRED)
        await elapse(1)
        assert len(asked(process)) <= 3
        w.bank.payer_pass(flow.session_id)
        assert isinstance(await waiting, Succeeded)
        assert len(asked(process)) <= 4


@in_virtual_time
async def test_nobody_waits_and_nobody_asks() -> None:
    async with world(webhooks=False) as w:
        (process,) = w.processes
        flow = await at_confirm(process)
        waiting = asyncio.create_task(ending(flow))
        await elapse(60)
        waiting.cancel()
        await elapse(10)
        before = len(asked(process))
        await elapse(2 * 86_400)
        assert len(asked(process)) == before


@in_virtual_time
async def test_the_limit_on_status_calls_holds_over_all_flows_and_all_of_them_end() -> None:
    settings = FlowSettings(status_calls_per_second=5, status_calls_at_once=3)
    async with world(webhooks=False, auto_confirm=True, step_delay_s=20, settings=settings) as w:
        (process,) = w.processes
        flows = [await started(process) for _ in range(40)]
        outcomes = await asyncio.wait_for(asyncio.gather(*flows), 600)
        assert all(isinstance(outcome, Succeeded) for outcome in outcomes)
        times = asked(process)
        burst = 20
        for first, later in zip(times, times[burst:], strict=False):
            assert later - first >= (burst - 16 - 1) / 5 - 0.001  # a credit of at most sixteen calls


@in_virtual_time
async def test_a_status_that_is_not_answered_is_asked_again_at_growing_pauses() -> None:
    async with world(webhooks=False) as w:
        (process,) = w.processes
        flow = await at_confirm(process)
        await flow.confirm()
        await elapse(10)
        process.wire.always["session/status"] = "not_sent"
        tries = []
        real = process.wire._fault

        def fault(method: str) -> object:
            if method == "session/status":
                tries.append(asyncio.get_running_loop().time())
            return real(method)

        process.wire._fault = fault  # type: ignore[method-assign,assignment]
        other = await process.payments.attach((await created(process)).session_id)
        waiting = asyncio.create_task(ending(other))
        await elapse(3600)
        # Four tries each within the client's own repetitions; beyond that the pauses grow to a minute.
        assert 20 <= len(tries) <= 4 * 130
        waiting.cancel()


@pytest.mark.parametrize("fault", ["lost_before", "html_before", "cut", "limited", "limited_long", "not_sent"])
@in_virtual_time
async def test_a_bad_answer_to_a_status_is_no_news_and_the_next_one_counts(fault: str) -> None:
    async with world(webhooks=False) as w:
        (process,) = w.processes
        flow = await started(process)
        process.wire.faults["session/status"] = [fault] * 6  # type: ignore[list-item]
        assert isinstance(await asyncio.wait_for(driven(w, flow), 1200), Succeeded)


@in_virtual_time
async def test_a_hold_is_asked_about_rarely_over_days() -> None:
    async with world(two_stage=True, webhooks=False) as w:
        (process,) = w.processes
        flow = await held(process)
        waiting = asyncio.create_task(ending(flow))
        before = len(asked(process))
        await elapse(4.5 * 86_400)
        assert 10 < len(asked(process)) - before < 80
        await flow.capture()
        assert isinstance(await waiting, Succeeded)


@in_virtual_time
async def test_the_webhook_of_a_refund_wakes_who_awaits_it() -> None:
    async with world(refund_delay_s=3600) as w:
        flow = await paid(w.processes[0])
        refund = await flow.refund(PART)
        began = asyncio.get_running_loop().time()
        assert (await refund).status == "accepted"
        assert asyncio.get_running_loop().time() - began == pytest.approx(3600, abs=2)
