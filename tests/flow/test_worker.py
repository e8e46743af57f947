"""``bank.payments.run(policy)``: a worker that confirms, captures, cancels, waits, fails and stops."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from bank131_async.core.machine import ActionRequired, Cancelled, ReadyToCapture, ReadyToConfirm, Succeeded
from bank131_async.core.models import Amount
from bank131_async.flow import Cancel, Capture, Confirm, FlowSettings, Later, PaymentFlow, Policy
from tests.support.merchant import (
    CHALLENGE,
    PART,
    Agreeable,
    Working,
    at_confirm,
    card,
    created,
    held,
    started,
)
from tests.support.virtual import elapse, in_virtual_time
from tests.support.world import world


@pytest.mark.parametrize("webhooks", [True, False])
@pytest.mark.parametrize("two_stage", [True, False])
@in_virtual_time
async def test_a_worker_takes_payments_to_their_end(webhooks: bool, two_stage: bool) -> None:
    async with world(webhooks=webhooks, two_stage=two_stage, processes=2) as w:
        first, second = w.processes
        policy = Agreeable(w)
        async with Working(second, policy):
            flows = [await started(first, CHALLENGE) for _ in range(5)]
            outcomes = await asyncio.wait_for(asyncio.gather(*flows), 600)
        assert all(isinstance(outcome, Succeeded) for outcome in outcomes)
        for flow in flows:
            assert w.accepted(flow.session_id)["session/confirm"] == 1
            assert w.ledger(flow.session_id).captured == 15000
            assert policy.diary.count(("confirm", flow.session_id)) == 1
        assert first.wire.calls["session/confirm"] == 0


@in_virtual_time
async def test_a_worker_captures_the_part_that_the_policy_names() -> None:
    async with world(two_stage=True) as w:
        (process,) = w.processes
        async with Working(process, Agreeable(capture=lambda: Capture(PART))):
            flow = await started(process)
            assert isinstance(await flow, Succeeded)
        assert w.ledger(flow.session_id).captured == 5000


@pytest.mark.parametrize("when", ["confirm", "capture"])
@in_virtual_time
async def test_a_worker_cancels_if_the_policy_says_so(when: str) -> None:
    async with world(two_stage=True) as w:
        (process,) = w.processes
        policy = Agreeable(confirm=Cancel) if when == "confirm" else Agreeable(capture=Cancel)
        async with Working(process, policy):
            flow = await started(process)
            assert isinstance(await flow, Cancelled)
        assert w.ledger(flow.session_id).captured == 0


@in_virtual_time
async def test_later_means_being_asked_again_after_the_pause_and_not_before() -> None:
    async with world() as w:
        (process,) = w.processes
        moments: list[float] = []

        def decide() -> Confirm | Later:
            moments.append(asyncio.get_running_loop().time())
            return Confirm() if len(moments) == 3 else Later(600)

        async with Working(process, Agreeable(confirm=decide)):
            flow = await started(process)
            assert isinstance(await flow, Succeeded)
        assert len(moments) == 3
        assert all(600 <= later - earlier <= 620 for earlier, later in itertools.pairwise(moments))


class Moody(Policy):
    """Raises at first, and agrees in the end."""

    def __init__(self, failures: int) -> None:
        self.left = failures
        self.asked: list[float] = []

    def _grumble(self) -> None:
        self.asked.append(asyncio.get_running_loop().time())
        if self.left:
            self.left -= 1
            raise RuntimeError("the shop's database is down")

    async def ready_to_confirm(self, flow: PaymentFlow, step: ReadyToConfirm) -> Confirm:
        self._grumble()
        return Confirm()

    async def action_required(self, flow: PaymentFlow, step: ActionRequired) -> None:
        self._grumble()

    async def ready_to_capture(self, flow: PaymentFlow, step: ReadyToCapture) -> Capture:
        self._grumble()
        return Capture()


@in_virtual_time
async def test_a_policy_that_raises_is_reported_and_asked_again_and_no_step_is_lost(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with world(two_stage=True) as w:
        (process,) = w.processes
        policy = Moody(5)
        async with Working(process, policy):
            flow = await started(process)
            assert isinstance(await asyncio.wait_for(flow, 1200), Succeeded)
        assert policy.left == 0
        gaps = [round(later - earlier, 1) for earlier, later in itertools.pairwise(policy.asked[:5])]
        assert gaps == sorted(gaps)
        assert sum("the policy failed" in record.getMessage() for record in caplog.records) == 5


@in_virtual_time
async def test_a_message_to_the_payer_that_failed_is_sent_again_although_nothing_has_moved() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await at_confirm(process, CHALLENGE)
        await flow.confirm()
        policy = Moody(3)
        async with Working(process, policy):
            await elapse(300)
            assert policy.left == 0
            assert len(policy.asked) == 4
            w.bank.payer_pass(flow.session_id)
            assert isinstance(await flow, Succeeded)


@in_virtual_time
async def test_one_bad_flow_does_not_stop_the_others() -> None:
    async with world() as w:
        (process,) = w.processes
        bad = await created(process)

        class Picky(Agreeable):
            async def ready_to_confirm(self, flow: PaymentFlow, step: ReadyToConfirm) -> Confirm:
                if flow.session_id == bad.session_id:
                    raise RuntimeError("this one is bad")
                return Confirm()

        async with Working(process, Picky(), concurrency=1):
            await bad.start(card())
            good = [await started(process) for _ in range(5)]
            outcomes = await asyncio.wait_for(asyncio.gather(*good), 300)
            assert all(isinstance(outcome, Succeeded) for outcome in outcomes)


@in_virtual_time
async def test_two_workers_at_once_confirm_each_payment_once() -> None:
    async with world(processes=3, two_stage=True) as w:
        shop, first, second = w.processes
        async with Working(first, Agreeable(w)), Working(second, Agreeable(w)):
            flows = [await started(shop, CHALLENGE) for _ in range(8)]
            outcomes = await asyncio.wait_for(asyncio.gather(*flows), 600)
            await elapse(120)
        assert all(isinstance(outcome, Succeeded) for outcome in outcomes)
        for method in ("session/confirm", "session/capture"):
            sent = first.wire.calls[method] + second.wire.calls[method]
            assert sent == len(flows)


@in_virtual_time
async def test_two_workers_whose_policies_disagree_still_send_one_command() -> None:
    async with world(processes=3) as w:
        shop, first, second = w.processes
        async with Working(first, Agreeable(confirm=Confirm)), Working(second, Agreeable(confirm=Cancel)):
            flows = [await started(shop) for _ in range(6)]
            outcomes = await asyncio.wait_for(asyncio.gather(*flows), 600)
        for flow, outcome in zip(flows, outcomes, strict=True):
            done = w.accepted(flow.session_id)
            assert done["session/confirm"] + done["session/cancel"] == 1
            assert isinstance(outcome, Succeeded) == (done["session/confirm"] == 1)


@in_virtual_time
async def test_stopping_finishes_what_is_in_hand() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await at_confirm(process)
        stop = asyncio.Event()
        process.wire.latency_s = 2.0
        running = asyncio.create_task(process.payments.run(Agreeable(), stop=stop))
        await process.wire.called["session/confirm"].wait()
        stop.set()
        await asyncio.wait_for(running, FlowSettings().grace_s + 1)
        again = await process.payments.attach(flow.session_id)
        assert [intent.state for intent in again.facts.intents if intent.command == "confirm"] == ["answered"]


@in_virtual_time
async def test_a_cancelled_worker_leaves_its_commands_to_their_end() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await at_confirm(process)
        process.wire.latency_s = 1.0
        running = asyncio.create_task(process.payments.run(Agreeable()))
        await process.wire.called["session/confirm"].wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert isinstance(await asyncio.wait_for(flow, 60), Succeeded)
        assert w.accepted(flow.session_id)["session/confirm"] == 1


@in_virtual_time
async def test_a_flow_that_is_not_managed_is_left_alone() -> None:
    async with world() as w:
        (process,) = w.processes
        policy = Agreeable()
        async with Working(process, policy):
            flow = await started(process, managed=False)
            await elapse(600)
        assert policy.diary == []
        assert w.accepted(flow.session_id)["session/confirm"] == 0


@in_virtual_time
async def test_a_capture_whose_refusal_is_final_is_not_repeated_for_ever() -> None:
    async with world(two_stage=True) as w:
        (process,) = w.processes
        flow = await held(process)
        async with Working(process, Agreeable(capture=lambda: Capture(Amount.rub("999.00")))):
            await elapse(3600)
        assert process.wire.calls["session/capture"] <= 25
        assert w.ledger(flow.session_id).captured == 0


@in_virtual_time
async def test_the_action_is_told_once_to_one_worker_and_again_after_a_restart() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await at_confirm(first, CHALLENGE)
        await flow.confirm()
        one, two = Agreeable(), Agreeable()
        async with Working(first, one):
            await elapse(600)
        async with Working(second, two):
            await elapse(600)
        assert one.diary == two.diary == [("action", flow.session_id)]
