"""Traces that break naive designs, whole: the order of news (1-3, 7-9) and several attempts (10, 11)."""

from __future__ import annotations

import asyncio

import pytest

from bank131_async.core.machine import ActionRequired, AttemptFailed, Phase, ReadyToCapture, ReadyToConfirm, Succeeded
from tests.support.merchant import (
    CHALLENGE,
    DECLINED,
    PART,
    at_confirm,
    card,
    created,
    driven,
    ending,
    observed,
    paid,
    started,
    step_of,
)
from tests.support.virtual import elapse, in_virtual_time
from tests.support.world import world

CLOCKS = pytest.mark.parametrize("updated_at", ["fine", "coarse", "equal", "missing"])


@CLOCKS
@in_virtual_time
async def test_trace_1_the_form_asks_the_payer_first_and_the_merchant_afterwards(updated_at: str) -> None:
    async with world(updated_at=updated_at) as w:
        flow = await created(w.processes[0])
        w.bank.pay_form(await flow.widget_token(), CHALLENGE)
        await step_of(flow, ActionRequired)
        w.bank.payer_pass(flow.session_id)
        await asyncio.wait_for(step_of(flow, ReadyToConfirm), 30)
        await flow.confirm()
        assert isinstance(await asyncio.wait_for(flow, 30), Succeeded)


@CLOCKS
@pytest.mark.parametrize("who", ["answer lost", "confirmed elsewhere"])
@in_virtual_time
async def test_trace_2_after_an_unheard_confirm_the_payer_is_still_redirected(updated_at: str, who: str) -> None:
    async with world(updated_at=updated_at, processes=2) as w:
        first, second = w.processes
        flow = await at_confirm(first, CHALLENGE)
        if who == "answer lost":
            first.wire.faults["session/confirm"] = ["lost_after"]
            await flow.confirm()
        else:
            await (await second.payments.attach(flow.session_id)).confirm()
        await asyncio.wait_for(step_of(flow, ActionRequired), 30)
        w.bank.payer_pass(flow.session_id)
        assert isinstance(await asyncio.wait_for(flow, 30), Succeeded)
        assert w.accepted(flow.session_id)["session/confirm"] == 1


@CLOCKS
@pytest.mark.parametrize("delays", [(0.3, 0.2, 0.1), (0.1, 0.3, 0.2), (0.2, 0.1, 0.3), (0.3, 0.1, 0.2)])
@in_virtual_time
async def test_trace_3_webhooks_in_any_order_lead_to_where_the_bank_stands(
    updated_at: str, delays: tuple[float, ...]
) -> None:
    async with world(updated_at=updated_at, two_stage=True, next_action_in_ready_to_capture=False) as w:
        late = iter(delays * 3)
        w.courier = lambda _webhook: (next(late),)
        flow = await created(w.processes[0])
        w.bank.pay_form(await flow.widget_token(), CHALLENGE)
        assert isinstance(await asyncio.wait_for(driven(w, flow), 120), Succeeded)
        await elapse(10)
        assert flow.facts.conflict is None
        assert w.ledger(flow.session_id).captured == 15000


@pytest.mark.parametrize("webhook_lost", [False, True])
@in_virtual_time
async def test_trace_7_a_hold_that_no_status_shows_can_be_captured(webhook_lost: bool) -> None:
    async with world(two_stage=True, next_action_in_ready_to_capture=False, next_action_in_held_status=False) as w:
        flow = await at_confirm(w.processes[0])
        if webhook_lost:
            w.courier = lambda _webhook: ()
        await flow.confirm()
        if not webhook_lost:
            await step_of(flow, ReadyToCapture)
        for _ in range(3):
            await elapse(10)
            await flow.refresh()
        assert flow.phase is (Phase.IN_PROGRESS if webhook_lost else Phase.READY_TO_CAPTURE)
        await flow.capture(PART)
        assert isinstance(await flow, Succeeded)
        assert w.ledger(flow.session_id).captured == 5000


@pytest.mark.parametrize("delays", [(0.1, 0.2), (0.2, 0.1), (30.0, 0.1), (0.1, 0.1)])
@in_virtual_time
async def test_trace_8_refunds_take_nothing_back_of_a_success(delays: tuple[float, float]) -> None:
    async with world(refund_delay_s=5) as w:
        late = iter(delays * 8)
        w.courier = lambda _webhook: (next(late),)
        flow = await paid(w.processes[0])
        first, second = await flow.refund(PART), await flow.refund(PART)
        assert flow.phase is Phase.PAYMENT_FINISHED
        assert isinstance(await flow, Succeeded)
        assert [(await first).status, (await second).status] == ["accepted", "accepted"]
        assert (await first).id != (await second).id
        assert w.ledger(flow.session_id).refunded == 10000


@in_virtual_time
async def test_trace_9_a_chargeback_tells_of_the_success_that_nobody_heard_of() -> None:
    async with world() as w:
        flow = await at_confirm(w.processes[0])
        w.courier = lambda webhook: () if webhook.type == "payment_finished" else (0.1,)
        confirming = asyncio.create_task(flow.confirm())
        await elapse(0.12)
        w.bank.chargeback(flow.session_id)
        await confirming
        assert isinstance(await asyncio.wait_for(flow, 60), Succeeded)
        assert [refund.is_chargeback for refund in flow.facts.refunds] == [True]


@CLOCKS
@in_virtual_time
async def test_trace_10_each_attempt_is_confirmed_by_itself(updated_at: str) -> None:
    async with world(updated_at=updated_at, failed_attempt_ends_session=False, processes=2) as w:
        first, second = w.processes
        flow = await at_confirm(first, DECLINED)
        await flow.confirm()
        await step_of(flow, AttemptFailed)
        other = await second.payments.attach(flow.session_id)
        await other.start(card())
        step = await asyncio.wait_for(step_of(flow, ReadyToConfirm), 60)
        assert isinstance(step, ReadyToConfirm)
        await flow.confirm()
        assert isinstance(await asyncio.wait_for(flow, 60), Succeeded)
        assert w.accepted(flow.session_id)["session/confirm"] == 2


@in_virtual_time
async def test_trace_11_a_failed_attempt_does_not_end_the_waiting_while_the_session_is_open() -> None:
    async with world(failed_attempt_ends_session=False) as w:
        flow = await at_confirm(w.processes[0], DECLINED)
        waiting = asyncio.create_task(ending(flow))
        await flow.confirm()
        await elapse(60)
        assert not waiting.done()
        await flow.start(card())
        await step_of(flow, ReadyToConfirm)
        await flow.confirm()
        assert isinstance(await waiting, Succeeded)


@in_virtual_time
async def test_a_resent_webhook_whose_new_body_contradicts_its_type_moves_nothing() -> None:
    async with world(resend_body="fresh", processes=2) as w:
        first, second = w.processes
        w.receiver, second.outlet.down = second, True
        flow = await started(first)
        assert isinstance(await asyncio.wait_for(driven(w, flow), 60), Succeeded)
        second.outlet.down = False
        await elapse(120)
        fresh = [entry.event_type for _, entry in await observed(w, flow.session_id) if entry.source == "webhook"]
        assert "ready_to_confirm" in fresh
        assert flow.phase is Phase.PAYMENT_FINISHED
        assert flow.facts.conflict is None
