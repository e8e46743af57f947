"""Payments of every kind, whole: client, flow, journal, webhooks and the sandbox bank in virtual time."""

from __future__ import annotations

import pytest

from bank131_async.core.machine import (
    ActionRequired,
    AttemptFailed,
    Cancelled,
    Failed,
    Phase,
    ReadyToCapture,
    ReadyToConfirm,
    Succeeded,
)
from bank131_async.core.models import Payment
from tests.support.merchant import (
    CHALLENGE,
    DECLINED,
    PART,
    UNKNOWN_THEN_FAILURE,
    at_confirm,
    card,
    created,
    driven,
    held,
    started,
    step_of,
)
from tests.support.virtual import elapse, in_virtual_time
from tests.support.world import world


@in_virtual_time
async def test_an_open_card_with_three_d_secure_is_confirmed_then_shown_to_the_payer_then_paid() -> None:
    async with world() as w:
        flow = await started(w.processes[0], CHALLENGE)
        steps = []
        async for step in flow:
            steps.append(type(step))
            if isinstance(step, ReadyToConfirm):
                await flow.confirm()
            else:
                w.bank.payer_pass(flow.session_id)
        outcome = await flow
        assert steps == [ReadyToConfirm, ActionRequired]
        assert isinstance(outcome, Succeeded)
        assert isinstance(outcome.payment, Payment)
        assert outcome.payment.status == "succeeded"
        assert w.ledger(flow.session_id).captured == 15000


@in_virtual_time
async def test_in_the_form_the_payer_acts_before_the_confirm_and_the_form_redirects_by_itself() -> None:
    async with world() as w:
        flow = await created(w.processes[0])
        token = await flow.widget_token(success_return_url="https://shop.example/ok")
        w.bank.pay_form(token, CHALLENGE)
        action = await step_of(flow, ActionRequired)
        assert isinstance(action, ActionRequired)
        assert action.handled_by == "widget"
        assert isinstance(await driven(w, flow), Succeeded)


@in_virtual_time
async def test_a_part_of_a_hold_is_captured_and_the_rest_released() -> None:
    async with world(two_stage=True) as w:
        flow = await held(w.processes[0])
        await flow.capture(PART)
        assert isinstance(await flow, Succeeded)
        ledger = w.ledger(flow.session_id)
        assert (ledger.captured, ledger.released) == (5000, 10000)


@in_virtual_time
async def test_a_cancelled_hold_ends_as_cancelled_by_the_merchant() -> None:
    async with world(two_stage=True) as w:
        flow = await held(w.processes[0])
        await flow.cancel()
        assert await flow == Cancelled(by="merchant")
        assert w.ledger(flow.session_id).captured == 0


@in_virtual_time
async def test_a_cancel_instead_of_the_confirm_ends_as_cancelled_by_the_merchant() -> None:
    async with world() as w:
        flow = await at_confirm(w.processes[0])
        await flow.cancel()
        assert await flow == Cancelled(by="merchant")


@in_virtual_time
async def test_a_session_cancelled_before_its_start_has_ended() -> None:
    async with world() as w:
        flow = await created(w.processes[0])
        await flow.cancel()
        assert await flow == Cancelled(by="merchant")


@in_virtual_time
async def test_a_declined_card_is_failed_with_the_banks_code() -> None:
    async with world() as w:
        outcome = await driven(w, await started(w.processes[0], DECLINED))
        assert isinstance(outcome, Failed)
        assert outcome.error is not None
        assert outcome.error.code == "bank_card_expired"


@in_virtual_time
async def test_a_payer_who_fails_three_d_secure_fails_the_payment() -> None:
    async with world() as w:
        outcome = await driven(w, await started(w.processes[0], CHALLENGE), payer_passes=False)
        assert isinstance(outcome, Failed)


@in_virtual_time
async def test_a_session_in_error_that_is_resolved_as_a_failure_ends_as_failed() -> None:
    async with world() as w:
        outcome = await driven(w, await started(w.processes[0], UNKNOWN_THEN_FAILURE))
        assert isinstance(outcome, Failed)


@in_virtual_time
async def test_a_merchant_who_does_not_confirm_in_time_sees_the_time_limit() -> None:
    async with world() as w:
        flow = await at_confirm(w.processes[0])
        assert await flow == Cancelled(by="time_limit")


@in_virtual_time
async def test_automatic_confirmation_skips_the_step() -> None:
    async with world(auto_confirm=True) as w:
        flow = await started(w.processes[0])
        assert [step async for step in flow] == []
        assert isinstance(await flow, Succeeded)


@pytest.mark.parametrize("updated_at", ["fine", "coarse", "equal", "missing"])
@pytest.mark.parametrize("order_of_payer", ["card", "form"])
@in_virtual_time
async def test_whatever_the_banks_clock_tells_every_step_is_reached(updated_at: str, order_of_payer: str) -> None:
    async with world(updated_at=updated_at, two_stage=True) as w:
        flow = await created(w.processes[0])
        if order_of_payer == "card":
            await flow.start(card(CHALLENGE))
        else:
            w.bank.pay_form(await flow.widget_token(), CHALLENGE)
        assert isinstance(await driven(w, flow), Succeeded)
        assert w.accepted(flow.session_id)["session/confirm"] == 1
        assert w.ledger(flow.session_id).captured == 15000


@in_virtual_time
async def test_another_try_in_an_open_session_is_a_step_and_not_the_end() -> None:
    async with world(failed_attempt_ends_session=False) as w:
        flow = await at_confirm(w.processes[0], DECLINED)
        await flow.confirm()
        failed = await step_of(flow, AttemptFailed)
        assert isinstance(failed, AttemptFailed)
        assert failed.error is not None
        assert failed.error.code == "bank_card_expired"
        await flow.start(card())
        assert isinstance(await driven(w, flow), Succeeded)
        assert w.accepted(flow.session_id)["session/confirm"] == 2


@in_virtual_time
async def test_a_payment_that_nobody_touches_any_more_costs_no_calls() -> None:
    async with world() as w:
        flow = await started(w.processes[0])
        await driven(w, flow)
        await elapse(60)
        calls = w.processes[0].wire.calls["session/status"]
        await elapse(30 * 86_400)
        assert w.processes[0].wire.calls["session/status"] == calls
        assert flow.phase is Phase.PAYMENT_FINISHED


@in_virtual_time
async def test_a_hold_known_by_the_type_of_the_webhook_alone_can_be_captured() -> None:
    async with world(two_stage=True, next_action_in_ready_to_capture=False, next_action_in_held_status=False) as w:
        flow = await held(w.processes[0])
        await flow.refresh()
        assert flow.phase is Phase.READY_TO_CAPTURE
        assert isinstance(await step_of(flow, ReadyToCapture), ReadyToCapture)
        await flow.capture()
        assert isinstance(await flow, Succeeded)
