"""``async for step in flow``: each step once, from the current one on, for any number of readers."""

from __future__ import annotations

import asyncio

import pytest

from bank131_async.core.machine import (
    ActionRequired,
    AttemptFailed,
    FlowStep,
    OutcomeUnknown,
    ReadyToCapture,
    ReadyToConfirm,
)
from bank131_async.core.models import Redirect
from bank131_async.errors import FlowAbandonedError
from bank131_async.flow import PaymentFlow
from tests.support.merchant import (
    CHALLENGE,
    DECLINED,
    UNKNOWN_THEN_SUCCESS,
    at_confirm,
    card,
    created,
    driven,
    paid,
    started,
    step_of,
)
from tests.support.virtual import elapse, in_virtual_time
from tests.support.world import world


async def steps(flow: PaymentFlow) -> list[FlowStep]:
    return [step async for step in flow]


def kinds(told: list[FlowStep]) -> list[str]:
    return [type(step).__name__ for step in told]


@in_virtual_time
async def test_two_readers_at_once_are_each_told_every_step_once() -> None:
    async with world(two_stage=True) as w:
        flow = await started(w.processes[0], CHALLENGE)
        readers = [asyncio.create_task(steps(flow)) for _ in range(2)]
        await driven(w, flow)
        for told in await asyncio.gather(*readers):
            assert kinds(told) == ["ReadyToConfirm", "ActionRequired", "ReadyToCapture"]


@in_virtual_time
async def test_a_new_reader_starts_with_the_current_step() -> None:
    async with world() as w:
        flow = await at_confirm(w.processes[0], CHALLENGE)
        await flow.confirm()
        await step_of(flow, ActionRequired)
        first = await anext(aiter(flow))
        assert isinstance(first, ActionRequired)
        assert isinstance(first.interaction, Redirect)


@in_virtual_time
async def test_a_step_is_not_told_again_by_polls_and_repeated_webhooks() -> None:
    async with world() as w:
        w.courier = lambda _webhook: (0.1, 5.0, 700.0)
        flow = await started(w.processes[0], CHALLENGE)
        told: list[FlowStep] = []

        async def read() -> None:
            async for step in flow:
                told.append(step)
                if isinstance(step, ReadyToConfirm):
                    await flow.confirm()

        reading = asyncio.create_task(read())
        await elapse(1800)
        w.bank.resend_webhooks(flow.session_id)
        await elapse(60)
        assert kinds(told) == ["ReadyToConfirm", "ActionRequired"]
        w.bank.payer_pass(flow.session_id)
        await reading


@pytest.mark.parametrize("webhooks", [True, False])
@in_virtual_time
async def test_a_second_redirect_of_one_attempt_is_a_new_step(webhooks: bool) -> None:
    async with world(webhooks=webhooks) as w:
        flow = await at_confirm(w.processes[0], CHALLENGE)
        await flow.confirm()
        reading = aiter(flow)
        first = await anext(reading)
        w.bank.configure(redirect_method="POST")  # the bank shows another page now
        second = await asyncio.wait_for(anext(reading), 600)
        assert isinstance(first, ActionRequired)
        assert isinstance(second, ActionRequired)
        assert first.attempt == second.attempt
        assert first.interaction != second.interaction


@in_virtual_time
async def test_a_failed_attempt_is_told_once_and_before_the_next_one() -> None:
    async with world(failed_attempt_ends_session=False) as w:
        flow = await at_confirm(w.processes[0], DECLINED)
        told: list[FlowStep] = []

        async def read() -> None:
            async for step in flow:
                told.append(step)
                if isinstance(step, ReadyToConfirm):
                    await flow.confirm()
                elif isinstance(step, AttemptFailed):
                    await flow.start(card())

        await asyncio.wait_for(read(), 600)
        assert kinds(told) == ["ReadyToConfirm", "AttemptFailed", "ReadyToConfirm"]
        assert told[0].attempt != told[2].attempt


@in_virtual_time
async def test_an_unknown_outcome_is_a_step_and_the_reader_goes_on() -> None:
    async with world() as w:
        flow = await started(w.processes[0], UNKNOWN_THEN_SUCCESS)
        told: list[FlowStep] = []
        async for step in flow:
            told.append(step)
            if isinstance(step, ReadyToConfirm):
                await flow.confirm()
        assert kinds(told) == ["ReadyToConfirm", "OutcomeUnknown"]
        assert isinstance(told[1], OutcomeUnknown)


@in_virtual_time
async def test_a_reader_of_a_payment_that_has_ended_is_told_nothing() -> None:
    async with world(processes=2) as w:
        flow = await paid(w.processes[0])
        assert await steps(flow) == []
        assert await steps(await w.processes[1].payments.attach(flow.session_id)) == []


@in_virtual_time
async def test_a_reader_in_another_process_is_told_what_the_first_one_heard() -> None:
    async with world(processes=2, two_stage=True) as w:
        first, second = w.processes
        flow = await created(first)
        other = await second.payments.attach(flow.session_id)
        reading = asyncio.create_task(steps(other))
        await flow.start(card())
        await step_of(flow, ReadyToConfirm)
        await flow.confirm()
        await step_of(flow, ReadyToCapture)
        await flow.capture()
        assert kinds(await reading) == ["ReadyToConfirm", "ReadyToCapture"]


@in_virtual_time
async def test_a_reader_is_told_of_the_horizon() -> None:
    async with world(confirm_limit_s=10 * 86_400) as w:
        flow = await at_confirm(w.processes[0])
        reading = aiter(flow)
        assert isinstance(await anext(reading), ReadyToConfirm)
        with pytest.raises(FlowAbandonedError):
            await anext(reading)


@in_virtual_time
async def test_a_reader_that_stops_early_leaves_nothing_behind() -> None:
    async with world() as w:
        flow = await at_confirm(w.processes[0])
        for _ in range(5):
            async for _step in flow:
                break
        await elapse(10)
        calls = w.processes[0].wire.calls["session/status"]
        await elapse(3600)
        assert w.processes[0].wire.calls["session/status"] == calls
        assert w.processes[0].client._engine.poller.find(flow.session_id) is None
