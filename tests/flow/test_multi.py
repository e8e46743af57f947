"""Several operations in one session: each ends in its own way, and the session as a whole."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bank131_async.core.machine import ActionRequired, Phase, ReadyToCapture, ReadyToConfirm, Succeeded
from bank131_async.core.models import (
    Amount,
    Participant,
    ParticipantDetails,
    PaymentDetails,
    PayoutDetails,
    TransferFromNominalAccount,
)
from bank131_async.core.operations import InitPayment, InitPayout
from bank131_async.errors import CommandNotAllowedError, ConfigurationError
from bank131_async.flow import Capture, Confirm, Later, MultiFlow
from tests.support.merchant import BUYER, PLAIN, PRICE, Agreeable, Working, card
from tests.support.virtual import elapse, in_virtual_time
from tests.support.wire import Fault
from tests.support.world import Process, World, world

WHOM = ParticipantDetails(recipient=Participant(full_name="Ivan Ivanov"))
DECLINED = "4000000000000135"


def payment(number: str = PLAIN, amount: Amount = PRICE) -> InitPayment:
    return InitPayment(payment_details=PaymentDetails.of(card(number)), amount_details=amount, customer=BUYER)


def payout(number: str = PLAIN) -> InitPayout:
    return InitPayout(payout_details=PayoutDetails.of(card(number)), amount_details=PRICE, participant_details=WHOM)


async def begun(process: Process, **more: Any) -> MultiFlow:
    flow: MultiFlow = await process.client.multi_sessions.init(
        **{"order": "batch-7", "payments": [payment()], "payouts": [payout()], **more}
    )
    return flow


async def confirmed(flow: MultiFlow) -> Any:
    async for step in flow:
        if isinstance(step, ReadyToConfirm):
            await flow.confirm(attempt=step.attempt)
    return await flow


def begins(w: World) -> int:
    return sum(effect.method.startswith("session/multi/") for effect in w.effects)


@in_virtual_time
async def test_all_operations_end_and_each_has_its_outcome() -> None:
    async with world() as w:
        flow = await begun(w.processes[0], payments=[payment(), payment(amount=Amount.rub("70.00"))])
        outcomes = await confirmed(flow)
        assert len(outcomes) == 3
        assert all(isinstance(outcome, Succeeded) for outcome in outcomes.values())
        shown = [outcome.payment or outcome.payout for outcome in outcomes.values()]
        assert sorted(item.amount_details.amount for item in shown) == [7000, 15000, 15000]
        assert [item.id for item in shown] == list(outcomes)
        assert flow.facts.conflict is None
        assert flow.outcomes.keys() == outcomes.keys()


@in_virtual_time
async def test_the_end_of_one_operation_is_not_the_end_of_the_session() -> None:
    async with world() as w:
        flow = await begun(w.processes[0])
        async for step in flow:
            if isinstance(step, ReadyToConfirm):
                assert flow.facts.outcome is None
                await flow.confirm(attempt=step.attempt)
        assert flow.phase is Phase.PAYMENT_FINISHED


@pytest.mark.parametrize("fault", ["lost_before", "lost_after", "html_after", "cut", "doubted"])
@in_virtual_time
async def test_a_lost_init_begins_the_operations_once(fault: Fault) -> None:
    async with world() as w:
        (process,) = w.processes
        process.wire.faults["session/multi/init"] = [fault]
        outcomes = await confirmed(await begun(process))
        assert all(isinstance(outcome, Succeeded) for outcome in outcomes.values())
        assert begins(w) == 1
        assert all((one.payment or one.payout).metadata is None for one in outcomes.values())


@in_virtual_time
async def test_a_repeated_decision_is_the_first_ones_flow() -> None:
    async with world(processes=2) as w:
        first, again = [await begun(process) for process in w.processes]
        assert first.session_id == again.session_id
        with pytest.raises(CommandNotAllowedError, match="other parameters"):
            await begun(w.processes[1], payments=[payment(), payment()])
        assert begins(w) == 1


class Willing(Agreeable):
    """Confirms multi-sessions."""

    async def multi_ready_to_confirm(self, flow: MultiFlow, step: ReadyToConfirm) -> Confirm | Later:
        return Confirm()


@in_virtual_time
async def test_a_worker_goes_on_only_if_its_policy_says_so() -> None:
    async with world(processes=2) as w:
        one, two = w.processes
        flow = await begun(one)
        async with Working(two, Agreeable(w)):
            await elapse(600)
        assert await flow.refresh() is Phase.READY_TO_CONFIRM
        async with Working(two, Willing()):
            await elapse(3600)
        assert await flow.refresh() is Phase.PAYMENT_FINISHED


@in_virtual_time
async def test_a_payout_to_a_card_from_an_escrow_account() -> None:
    async with world() as w:
        (process,) = w.processes
        whom = ParticipantDetails(
            sender=Participant(beneficiary_id="500100732259"), recipient=Participant(full_name="Ivan Ivanov")
        )
        flow = await process.client.multi_sessions.create("escrow", order="batch-8")
        assert flow.phase is Phase.CREATED
        await flow.start(
            "escrow",
            payment=TransferFromNominalAccount("Payment under agreement 7"),
            payout=card(PLAIN),
            amount=PRICE,
            participants=whom,
            customer=BUYER,
        )
        async for step in flow:
            if isinstance(step, ReadyToConfirm):
                await flow.confirm(attempt=step.attempt, information=await flow.confirm_information())
        outcomes = await flow
        assert len(outcomes) == 2
        assert all(isinstance(outcome, Succeeded) for outcome in outcomes.values())


@in_virtual_time
async def test_it_is_found_only_as_what_it_is() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await begun(process)
        with pytest.raises(ConfigurationError, match=r"attach to it by bank\.multi_sessions"):
            await process.client.payouts.attach(flow.session_id)
        assert (await process.client.multi_sessions.attach(flow.session_id)).session_id == flow.session_id


class Clerk(Willing):
    """Captures what is held in multi-sessions and sends payers on, too."""

    def __init__(self, w: World) -> None:
        super().__init__()
        self._bank = w.bank
        self.shown: list[object] = []

    async def multi_ready_to_capture(self, flow: MultiFlow, step: ReadyToCapture) -> Capture:
        return Capture()

    async def multi_action_required(self, flow: MultiFlow, step: ActionRequired) -> None:
        self.shown.append(step.interaction)
        self._bank.payer_pass(flow.session_id)


@in_virtual_time
async def test_what_is_held_is_captured_by_hand() -> None:
    async with world(two_stage=True) as w:
        flow = await begun(w.processes[0])
        async for step in flow:
            match step:
                case ReadyToConfirm():
                    await flow.confirm(attempt=step.attempt)
                case ReadyToCapture():
                    assert step.amount == PRICE
                    await flow.capture(attempt=step.attempt)
                case _:
                    pass
        assert all(isinstance(outcome, Succeeded) for outcome in (await flow).values())
        assert w.accepted(flow.session_id)["session/capture"] == 1


@pytest.mark.parametrize("fault", ["not_sent", "lost_before", "lost_after", "burnt", "doubted", "late", "slow"])
@in_virtual_time
async def test_a_worker_captures_once_and_sends_the_payer_on_whatever_is_lost(fault: Fault) -> None:
    async with world(two_stage=True) as w:
        (process,) = w.processes
        process.wire.faults["session/capture"] = [fault]
        clerk = Clerk(w)
        flow = await begun(process, payments=[payment("4000000000000010")])
        async with Working(process, clerk):
            outcomes = await asyncio.wait_for(flow.settled(), 86_400)
        assert all(isinstance(outcome, Succeeded) for outcome in outcomes.values())
        assert clerk.shown
        assert w.accepted(flow.session_id)["session/capture"] == 1
