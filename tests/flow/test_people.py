"""What a person decides or has to be told: doubts resolved, conflicts, deadlines, silent holds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bank131_async.core.machine import Phase, Succeeded
from bank131_async.core.models import Amount, Participant, ParticipantDetails, RuBankAccount
from bank131_async.errors import CommandInDoubtError, CommandNotAllowedError, ConfigurationError
from bank131_async.flow import FlowSettings, PaymentFlow
from bank131_async.stores import StreamState
from tests.support.merchant import BUYER, PART, PLAIN, PRICE, Agreeable, Working, at_confirm, card, created, paid
from tests.support.virtual import elapse, in_virtual_time
from tests.support.world import world

QUICK = FlowSettings(settle_timeout_s=5)
ACCOUNT = RuBankAccount(bik="044525974", account="40817810500000000016", full_name="Ivan Ivanov", description="Salary")
WHOM = ParticipantDetails(recipient=Participant(full_name="Ivan Ivanov"))


class Diary(Agreeable):
    """An agreeable policy that notes what people are told."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.told: list[tuple[str, str]] = []

    async def on_conflict(self, flow: PaymentFlow, reason: str) -> None:
        self.told.append(("conflict", reason))

    async def on_deadline(self, flow: PaymentFlow, phase: Phase) -> None:
        self.told.append(("deadline", phase.value))

    async def needs_a_person(self, flow: PaymentFlow, reason: str) -> None:
        self.told.append(("person", reason))


@pytest.mark.parametrize("done", [True, False])
@in_virtual_time
async def test_a_refund_in_doubt_is_resolved_by_a_person_and_others_become_possible(done: bool) -> None:
    async with world(settings=QUICK) as w:
        (process,) = w.processes
        flow = await paid(process)
        process.wire.faults["session/refund"] = ["burnt"]
        with pytest.raises(CommandInDoubtError) as caught:
            await flow.refund(PART, name="first")
        with pytest.raises(CommandNotAllowedError):
            await flow.resolve("another", done=done)
        await flow.resolve(caught.value.intent_id, done=done, note="seen in the dashboard")
        assert flow.facts.intent(caught.value.intent_id).state == ("done" if done else "not_done")
        assert (await (await flow.refund(PART, name="second"))).status == "accepted"
        assert len(flow.refunds) == 1


@in_virtual_time
async def test_nobody_settles_what_may_still_be_sent_again() -> None:
    async with world(settings=QUICK) as w:
        (process,) = w.processes
        flow = await paid(process)
        process.wire.always["session/refund"] = "lost_before"
        with pytest.raises(CommandInDoubtError) as refund:
            await flow.refund(PART, name="first")
        process.wire.always["session/init/payout"] = "lost_before"
        with pytest.raises(CommandInDoubtError) as init:
            await process.client.payouts.init(ACCOUNT, order="8", amount=PRICE, participants=WHOM)
        for done in (True, False):
            with pytest.raises(CommandNotAllowedError, match="not in doubt"):
                await flow.resolve(refund.value.intent_id, done=done)
            with pytest.raises(CommandNotAllowedError, match="not in doubt"):
                await process.client.payouts.resolve_init(init.value.intent_id, session_id="ps_1" if done else None)


@in_virtual_time
async def test_an_init_that_is_on_the_wire_with_an_open_card_is_in_nobodys_doubt() -> None:
    async with world(settings=QUICK, webhooks=False) as w:
        (process,) = w.processes
        sending = asyncio.create_task(process.payments.init(card(), amount=PRICE, customer=BUYER, order="7"))
        await elapse(0.05)
        (stream,) = (name for name in w.streams() if name.startswith("@init:"))
        assert await process.client.audit.list(StreamState.in_doubt) == []
        assert await process.client.audit.list(StreamState.needs_person) == []
        with pytest.raises(CommandNotAllowedError, match="not in doubt"):
            await process.payments.resolve_init(stream.removeprefix("@init:"), session_id=None)
        assert (await sending).session_id


@pytest.mark.parametrize("found", [True, False])
@in_virtual_time
async def test_an_init_in_doubt_is_resolved_by_a_person(found: bool) -> None:
    async with world(settings=QUICK, webhooks=False) as w:
        (process,) = w.processes
        process.wire.always["session/init/payment"] = "lost_before"
        buying = {"amount": PRICE, "customer": BUYER, "order": "7"}
        with pytest.raises(CommandInDoubtError) as caught:
            await process.payments.init(card(), **buying)
        other = await paid(process)
        session_id = other.session_id if found else None
        await process.payments.resolve_init(caught.value.intent_id, session_id=session_id, note="asked the bank")
        if found:
            assert (await process.payments.init(card(), **buying)).session_id == session_id
        else:  # the name stands for nothing yet
            del process.wire.always["session/init/payment"]
            w.bank.configure(webhooks=True)
            async with Working(process, Agreeable()):
                assert isinstance(await (await process.payments.init(card(), **buying)), Succeeded)
        with pytest.raises(CommandNotAllowedError):
            await process.payments.resolve_init(caught.value.intent_id, session_id=None)


@in_virtual_time
async def test_metadata_comes_back_as_it_was_given_without_our_tag() -> None:
    async with world() as w:
        (process,) = w.processes
        heard: list[Any] = []
        process.client.router.on_any(lambda event: heard.append(event.session.payment_list[0].metadata))
        flow = await process.payments.init(card(), amount=PRICE, customer=BUYER, metadata={"basket": 9})
        async with Working(process, Agreeable(w)):
            outcome = await flow
        assert isinstance(outcome, Succeeded)
        assert outcome.payment is not None
        assert outcome.payment.metadata == {"basket": 9}
        assert heard
        assert all(metadata == {"basket": 9} for metadata in heard)


@in_virtual_time
async def test_an_amount_that_differs_is_told_once_and_never_confirmed() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await created(process)
        await flow.start(card(), amount=Amount.rub("999.00"))
        diary = Diary(world=w)
        async with Working(process, diary):
            await elapse(3600)
        assert [kind for kind, _ in diary.told] == ["conflict"]
        assert w.accepted(flow.session_id)["session/confirm"] == 0


@in_virtual_time
async def test_a_phase_that_lasts_too_long_is_told_once() -> None:
    async with world() as w:
        (process,) = w.processes
        await created(process)
        diary = Diary(world=w)
        async with Working(process, diary):
            await elapse(23 * 3600)
            assert diary.told == []
            await elapse(20 * 3600)
        assert diary.told == [("deadline", "created")]


@in_virtual_time
async def test_a_decision_about_one_attempt_is_not_carried_out_on_another() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await at_confirm(process)
        with pytest.raises(CommandNotAllowedError, match="another attempt"):
            await flow.confirm(attempt="pm_of_yesterday")
        assert w.accepted(flow.session_id)["session/confirm"] == 0
        await flow.confirm(attempt=flow.facts.attempt)
        assert isinstance(await flow, Succeeded)


@pytest.mark.parametrize("after_s", [None, 600.0])
@in_virtual_time
async def test_a_hold_that_nothing_names_is_captured_only_if_the_policy_wants_that(after_s: float | None) -> None:
    silent = {"next_action_in_ready_to_capture": False, "next_action_in_held_status": False}
    async with world(two_stage=True, **silent) as w:
        (process,) = w.processes
        w.courier = lambda webhook: () if webhook.type == "ready_to_capture" else (0.1,)
        flow = await at_confirm(process, PLAIN)
        policy = Diary(world=w)
        policy.capture_when_silent_after = after_s
        async with Working(process, policy):
            await elapse(4 * 3600)
        assert w.accepted(flow.session_id)["session/capture"] == (0 if after_s is None else 1)


@in_virtual_time
async def test_amounts_orders_and_policies_of_the_wrong_kind_are_refused_before_anything_is_sent() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await paid(process)
        calls = process.wire.calls.total()
        wrong: Any = 5
        with pytest.raises(ConfigurationError, match="amount: expected an Amount"):
            await flow.refund(wrong)
        with pytest.raises(ConfigurationError, match="order: expected a non-empty text"):
            await process.payments.create(amount=PRICE, customer=BUYER, order=wrong)
        with pytest.raises(ConfigurationError, match="policy: expected an object"):
            await process.payments.run(Agreeable)
        assert process.wire.calls.total() == calls
