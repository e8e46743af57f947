"""Traces that break naive designs, whole: the caller's side (23-28)."""

from __future__ import annotations

import asyncio

import pytest

from bank131_async.core.machine import Answered, Failed, MachineSettings, Observed, Phase, ReadyToConfirm, Succeeded
from bank131_async.core.models import Amount, PaymentDetails
from bank131_async.errors import CommandNotAllowedError, ConflictError, FlowAbandonedError
from bank131_async.flow import FlowSettings
from tests.support.merchant import (
    BUYER,
    DECLINED,
    PART,
    PRICE,
    UNKNOWN_THEN_SUCCESS,
    Agreeable,
    Working,
    at_confirm,
    card,
    caught,
    created,
    dies,
    driven,
    held,
    paid,
    started,
)
from tests.support.virtual import elapse, in_virtual_time
from tests.support.world import world

DAY_S = 86_400.0
#: A worker that is in no hurry, so that months pass quickly.
LAZY = FlowSettings(worker_pause_s=600, worker_longest_pause_s=600)


@pytest.mark.parametrize("died", ["before sending", "before the answer", "after it"])
@in_virtual_time
async def test_trace_23_a_redelivered_refund_is_made_once(died: str) -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await paid(first)
        if died == "before the answer":
            first.wire.holding_answers["session/refund"] = asyncio.Event()
        elif died == "before sending":
            first.wire.holding["session/refund"] = asyncio.Event()
        working = asyncio.create_task(caught(flow.refund(PART, name="order 7, 50.00")))
        await elapse(5)
        await dies(first, working)
        w.receiver = second
        refund = None
        for _ in range(3):  # the queue delivers the message until it is acknowledged
            again = await second.payments.attach(flow.session_id)
            try:
                refund = await again.refund(PART, name="order 7, 50.00")
                break
            except Exception:
                await elapse(60)
        assert refund is not None
        assert (await refund).status == "accepted"
        assert w.ledger(flow.session_id).refunded == 5000


@in_virtual_time
async def test_trace_23_a_redelivered_create_gives_the_first_ones_flow() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await created(first, order="7")
        again = await created(second, order="7")
        assert again.session_id == flow.session_id
        assert second.wire.calls["session/create"] == 0


@in_virtual_time
async def test_trace_24_a_caller_cancelled_in_the_middle_of_a_capture_leaves_a_recorded_capture() -> None:
    async with world(two_stage=True) as w:
        (process,) = w.processes
        flow = await held(process)
        process.wire.holding["session/capture"] = gate = asyncio.Event()
        capturing = asyncio.create_task(flow.capture(PART))
        await elapse(1)
        capturing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await capturing
        gate.set()
        assert isinstance(await flow, Succeeded)
        entries = [stored.entry for stored in await w.journal(flow.session_id)]
        (intent,) = [one for one in flow.facts.intents if one.command == "capture"]
        assert any(isinstance(entry, Answered) and entry.intent == intent.id for entry in entries)
        assert process.wire.calls["session/capture"] == 1  # it was not called off and sent again
        assert w.ledger(flow.session_id).captured == 5000


@pytest.mark.parametrize("error_on", ["payment", "session", "both"])
@in_virtual_time
async def test_trace_25_a_session_in_error_after_an_ordinary_decline_has_failed(error_on: str) -> None:
    async with world(declined_session="error", error_on=error_on) as w:
        flow = await at_confirm(w.processes[0], DECLINED)
        await flow.confirm()
        outcome = await asyncio.wait_for(flow, 60)
        assert isinstance(outcome, Failed)
        assert outcome.error is not None
        assert outcome.error.code == "bank_card_expired"


@in_virtual_time
async def test_trace_26_an_abandoned_basket_leaves_the_unfinished_list_at_its_horizon() -> None:
    async with world(settings=LAZY) as w:
        (process,) = w.processes
        flow = await created(process)
        policy = Agreeable()
        journal = w.store.journal(w.bank.project.id)
        async with Working(process, policy):
            await elapse(2.5 * DAY_S)
            now = w.bank.now().replace(year=2030)
            assert list(await journal.unfinished(now, 10)) == []
            assert policy.diary.count(("person", flow.session_id)) == 1
            asked = process.wire.calls["session/status"]
            await elapse(30 * DAY_S)
            assert process.wire.calls["session/status"] == asked
        assert asked < 60
        with pytest.raises(FlowAbandonedError):
            await flow


@in_virtual_time
async def test_trace_27_a_chargeback_after_months_is_recorded_and_reopens_nothing() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await paid(first)
        await elapse(120 * DAY_S)
        w.receiver = second
        w.bank.chargeback(flow.session_id, 5000)
        await elapse(60)
        late = await second.payments.attach(flow.session_id)
        assert isinstance(await late, Succeeded)
        assert [(one.is_chargeback, one.amount) for one in late.facts.refunds] == [(True, 5000)]
        assert list(await w.store.journal(w.bank.project.id).unfinished(w.bank.now(), 10)) == []


@in_virtual_time
async def test_trace_28_sessions_of_another_program_are_recorded_and_never_confirmed() -> None:
    async with world() as w:
        (process,) = w.processes
        policy = Agreeable()
        body = b'{"payment_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242",\
"expiration_month":"12","expiration_year":"30"}}},"amount_details":{"amount":100,"currency":"rub"},\
"customer":{"reference":"other"}}'
        async with Working(process, policy):
            w.bank.handle("POST", "/api/v2/session/init/payment", w.bank.sign(body), body)
            await elapse(600)
        (foreign,) = w.bank._rules.sessions
        assert [type(stored.entry) for stored in await w.journal(foreign)] == [Observed]
        assert policy.diary == []
        assert process.wire.calls["session/confirm"] == 0


@in_virtual_time
async def test_trace_28_an_attached_session_is_not_the_workers_either() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        foreign = await first.client.sessions.create(amount_details=PRICE, customer=BUYER)
        assert foreign.session is not None
        flow = await first.payments.attach(foreign.session.id or "")
        policy = Agreeable()
        async with Working(second, policy):
            await elapse(600)
        assert policy.diary == []
        assert flow.facts.managed is False


@in_virtual_time
async def test_a_worker_never_confirms_an_amount_that_differs() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await created(process)
        raw = process.client.sessions
        policy = Agreeable()
        async with Working(process, policy):
            await raw.start_payment(  # another part of the shop starts it for another sum
                flow.session_id, payment_details=PaymentDetails.of(card()), amount_details=Amount.rub("999.00")
            )
            await elapse(600)
        assert w.accepted(flow.session_id)["session/start/payment"] == 1
        with pytest.raises(ConflictError):
            await flow.confirm()
        assert process.wire.calls["session/confirm"] == 0


@in_virtual_time
async def test_an_unknown_outcome_is_resolved_later_and_a_worker_lives_through_it() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await started(process, UNKNOWN_THEN_SUCCESS)
        async with Working(process, Agreeable()):
            assert isinstance(await flow.settled(), Succeeded)
        assert w.ledger(flow.session_id).captured == 15000


@in_virtual_time
async def test_later_news_still_moves_an_abandoned_flow() -> None:
    settings = FlowSettings(machine=MachineSettings(in_progress_limit_s=60, confirm_limit_s=60, horizon_grace_s=60))
    async with world(settings=settings) as w:
        flow = await at_confirm(w.processes[0])
        with pytest.raises(FlowAbandonedError):
            await flow
        assert flow.phase is Phase.READY_TO_CONFIRM
        await flow.confirm()
        assert isinstance(await flow, Succeeded)


@in_virtual_time
async def test_an_order_with_other_parameters_is_refused() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        await created(first, order="7")
        with pytest.raises(CommandNotAllowedError, match="other parameters"):
            await created(second, order="7", amount=PART)
        assert second.wire.calls["session/create"] == 0


@in_virtual_time
async def test_the_steps_of_a_confirmed_payment_are_each_told_once() -> None:
    async with world() as w:
        flow = await at_confirm(w.processes[0])
        kinds = []
        async for step in flow:
            kinds.append(type(step))
            await flow.confirm()
        assert kinds == [ReadyToConfirm]
        assert isinstance(await driven(w, flow), Succeeded)
