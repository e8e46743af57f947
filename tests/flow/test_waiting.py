"""Waiting for a payment: many waiters, cancellation, time limits, other processes, other loops."""

from __future__ import annotations

import asyncio

import pytest

from bank131_async.core.machine import Phase, ReadyToConfirm, Succeeded
from bank131_async.errors import (
    BankRefusedError,
    CommandInDoubtError,
    ConfigurationError,
    FlowAbandonedError,
    FlowTimeoutError,
    OutcomeUnknownError,
)
from bank131_async.flow import FlowSettings
from tests.support.merchant import (
    BUYER,
    CHALLENGE,
    PART,
    PRICE,
    UNKNOWN_THEN_FAILURE,
    UNKNOWN_THEN_SUCCESS,
    at_confirm,
    card,
    caught,
    created,
    ending,
    held,
    paid,
    started,
)
from tests.support.virtual import elapse, in_virtual_time, run_virtual
from tests.support.world import World, world


@in_virtual_time
async def test_all_waiters_of_a_flow_get_the_outcome_and_a_cancelled_one_disturbs_nobody() -> None:
    async with world() as w:
        flow = await at_confirm(w.processes[0])
        same = await w.processes[0].payments.attach(flow.session_id)
        waiters = [asyncio.create_task(ending(one)) for one in (flow, flow, same, same, flow)]
        await elapse(1)
        waiters[0].cancel()
        waiters[3].cancel()
        await flow.confirm()
        results = await asyncio.gather(*waiters, return_exceptions=True)
        kinds = [type(result) for result in results]
        assert kinds == [asyncio.CancelledError, Succeeded, Succeeded, asyncio.CancelledError, Succeeded]


@in_virtual_time
async def test_wait_for_asyncio_style_leaves_the_payment_untouched() -> None:
    async with world() as w:
        flow = await at_confirm(w.processes[0])
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(flow, 5)
        await flow.confirm()
        assert isinstance(await asyncio.wait_for(flow, 60), Succeeded)


@in_virtual_time
async def test_wait_for_a_phase_times_out_with_an_error_that_is_a_timeout_and_carries_the_session() -> None:
    async with world() as w:
        flow = await at_confirm(w.processes[0])
        calls = dict(w.processes[0].wire.calls)
        with pytest.raises(FlowTimeoutError) as caught_error:
            await flow.wait_for(Phase.READY_TO_CAPTURE, timeout=1)
        assert isinstance(caught_error.value, TimeoutError)
        assert caught_error.value.session_id == flow.session_id
        for command in ("session/confirm", "session/cancel"):
            assert w.processes[0].wire.calls[command] == calls.get(command, 0)
        assert await flow.wait_for(Phase.READY_TO_CONFIRM) is Phase.READY_TO_CONFIRM


@in_virtual_time
async def test_wait_for_returns_at_the_end_even_if_the_phase_never_comes() -> None:
    async with world() as w:
        flow = await at_confirm(w.processes[0])
        waiting = asyncio.create_task(flow.wait_for(Phase.READY_TO_CAPTURE, timeout=60))
        await flow.confirm()
        assert await waiting is Phase.PAYMENT_FINISHED


@in_virtual_time
async def test_cancelling_a_wait_with_a_timeout_is_a_cancellation_and_not_a_timeout() -> None:
    async with world() as w:
        flow = await at_confirm(w.processes[0])
        waiting = asyncio.create_task(flow.wait_for(Phase.READY_TO_CAPTURE, timeout=60))
        await elapse(1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


@in_virtual_time
async def test_an_unknown_outcome_is_raised_once_and_the_next_await_waits_for_the_banks_decision() -> None:
    async with world() as w:
        flow = await started(w.processes[0], UNKNOWN_THEN_SUCCESS)
        await flow.wait_for(Phase.READY_TO_CONFIRM)
        await flow.confirm()
        with pytest.raises(OutcomeUnknownError) as raised:
            await flow
        assert raised.value.money_may_have_moved
        assert raised.value.session_id == flow.session_id
        assert flow.phase is Phase.OUTCOME_UNKNOWN
        assert isinstance(await flow, Succeeded)


@in_virtual_time
async def test_settled_never_raises_an_unknown_outcome() -> None:
    async with world() as w:
        flow = await started(w.processes[0], UNKNOWN_THEN_FAILURE)
        await flow.wait_for(Phase.READY_TO_CONFIRM)
        await flow.confirm()
        settling = asyncio.create_task(flow.settled())
        assert isinstance(await caught(flow), OutcomeUnknownError)
        assert type(await settling).__name__ == "Failed"


@pytest.mark.parametrize("hints", [True, False])
@in_virtual_time
async def test_another_process_wakes_by_the_journals_hint_or_if_hints_are_lost_by_its_poll(hints: bool) -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        second.outlet.hints = hints
        flow = await at_confirm(first, CHALLENGE)
        await flow.confirm()
        await flow.wait_for(Phase.ACTION_REQUIRED)
        other = await second.payments.attach(flow.session_id)
        waiting = asyncio.create_task(ending(other))
        await elapse(60)
        w.bank.payer_pass(flow.session_id)
        began = asyncio.get_running_loop().time()
        asked = second.wire.calls["session/status"]
        assert isinstance(await waiting, Succeeded)
        took = asyncio.get_running_loop().time() - began
        assert took < 0.5 if hints else took < 120
        assert not hints or second.wire.calls["session/status"] == asked


@in_virtual_time
async def test_an_attached_flow_that_has_ended_is_answered_from_the_journal_alone() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await paid(first)
        await elapse(60)
        outcome = await (await second.payments.attach(flow.session_id))
        assert isinstance(outcome, Succeeded)
        assert outcome.payment is not None
        assert not second.wire.calls


@in_virtual_time
async def test_webhooks_that_come_before_the_create_answer_are_found_when_the_flow_opens() -> None:
    async with world(processes=2, auto_confirm=True) as w:
        first, second = w.processes
        answer = await first.client.sessions.create()
        assert answer.session is not None
        session_id = answer.session.id or ""
        flow = await first.payments.attach(session_id)
        raw = second.client.sessions
        from bank131_async.core.models import PaymentDetails

        await raw.start_payment(
            session_id, payment_details=PaymentDetails.of(card()), amount_details=PRICE, customer=BUYER
        )
        assert isinstance(await flow, Succeeded)


@in_virtual_time
async def test_a_client_that_closes_waits_for_the_command_in_flight() -> None:
    async with world(two_stage=True, processes=2) as w:
        first, second = w.processes
        flow = await held(first)
        first.wire.latency_s = 3.0
        capturing = asyncio.create_task(caught(flow.capture(PART)))
        await elapse(1)
        await first.client.aclose()
        await capturing
        other = await second.payments.attach(flow.session_id)
        assert [intent.state for intent in other.facts.intents if intent.command == "capture"] == ["answered"]
        assert isinstance(await other, Succeeded)


@in_virtual_time
async def test_a_client_that_closes_gives_up_after_its_grace_and_recovery_goes_on() -> None:
    async with world(two_stage=True, processes=2) as w:
        first, second = w.processes
        flow = await held(first)
        first.wire.faults["session/capture"] = ["late"]
        capturing = asyncio.create_task(caught(flow.capture(PART)))
        await elapse(1)
        began = asyncio.get_running_loop().time()
        await first.client.aclose()
        assert asyncio.get_running_loop().time() - began <= FlowSettings().grace_s + 1
        await asyncio.gather(capturing, return_exceptions=True)
        other = await second.payments.attach(flow.session_id)
        assert isinstance(await asyncio.wait_for(other, 600), Succeeded)
        assert w.ledger(flow.session_id).captured == 5000


@in_virtual_time
async def test_waiting_on_a_client_that_is_closed_does_not_hang() -> None:
    async with world() as w:
        flow = await at_confirm(w.processes[0])
        waiting = asyncio.create_task(ending(flow))
        await elapse(1)
        await w.processes[0].client.aclose()
        with pytest.raises(ConfigurationError):
            await asyncio.wait_for(waiting, 3600)
        with pytest.raises(ConfigurationError):
            await asyncio.wait_for(flow, 3600)


@in_virtual_time
async def test_who_begins_to_wait_while_the_client_closes_is_told_so_at_once() -> None:
    async with world(two_stage=True) as w:
        (process,) = w.processes
        flow, other = await held(process), await at_confirm(process)
        process.wire.latency_s = 3.0
        capturing = asyncio.create_task(caught(flow.capture(PART)))
        await elapse(1)
        closing = asyncio.create_task(process.client.aclose())
        await elapse(0.5)
        assert not closing.done()
        began = asyncio.get_running_loop().time()
        with pytest.raises(ConfigurationError, match="closed"):
            await asyncio.wait_for(ending(other), 3600)
        assert asyncio.get_running_loop().time() - began < 1
        await asyncio.gather(closing, capturing)


@in_virtual_time
async def test_a_second_flow_in_the_same_process_shares_the_news() -> None:
    async with world() as w:
        flow = await created(w.processes[0])
        other = await w.processes[0].payments.attach(flow.session_id)
        seeing = asyncio.create_task(other.wait_for(Phase.READY_TO_CONFIRM))
        await flow.start(card())
        assert await seeing is Phase.READY_TO_CONFIRM
        await other.confirm()
        assert isinstance(await flow, Succeeded)


@in_virtual_time
async def test_an_error_of_the_command_is_the_callers_and_not_the_waiters() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await at_confirm(process)
        waiting = asyncio.create_task(ending(flow))
        process.wire.faults["session/confirm"] = ["late"]
        assert isinstance(await caught(flow.confirm()), CommandInDoubtError)
        assert isinstance(await waiting, Succeeded)


@in_virtual_time
async def test_no_end_within_the_horizon_is_an_error_that_names_the_session_and_all_waiters_get_it() -> None:
    async with world(confirm_limit_s=10 * 86_400) as w:
        flow = await at_confirm(w.processes[0])
        results = await asyncio.gather(
            caught(flow), caught(flow.settled()), caught(flow.wait_for(Phase.ACTION_REQUIRED))
        )
        for error in results:
            assert isinstance(error, FlowAbandonedError)
            assert error.session_id == flow.session_id
        assert w.bank.session(flow.session_id).status == "in_progress"


def test_a_client_used_from_another_loop_says_what_to_do() -> None:
    made: list[tuple[World, object]] = []

    async def here() -> None:
        w = World()
        made.append((w, await at_confirm(w.processes[0])))
        await w.aclose()

    async def elsewhere() -> None:
        w, flow = made[0]
        process = w.processes[0]
        for attempt in (
            process.payments.attach("ps_1"),
            created(process),
            flow.confirm(),  # type: ignore[attr-defined]
            ending(flow),  # type: ignore[arg-type]
        ):
            with pytest.raises(ConfigurationError, match="loop"):
                await attempt

    run_virtual(here())
    w, _ = made[0]
    # The client was not closed in its own loop: it is the other loop that is the error here.
    w.processes[0].client._api._closed = False
    run_virtual(elsewhere())


@in_virtual_time
async def test_ready_to_confirm_is_told_with_the_amount() -> None:
    async with world() as w:
        flow = await started(w.processes[0])
        step = await anext(aiter(flow))
        assert isinstance(step, ReadyToConfirm)
        assert step.amount == PRICE


@in_virtual_time
async def test_whoever_waits_for_a_session_that_the_bank_does_not_know_is_told_so() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await process.payments.attach("ps_nope")
        waiting = [
            asyncio.create_task(caught(flow.settled())),
            asyncio.create_task(caught(flow.wait_for(Phase.ACTION_REQUIRED))),
        ]
        for error in await asyncio.gather(*waiting):
            assert isinstance(error, BankRefusedError)
            assert "no such session" in str(error)
