"""Payouts: the same machine, the same promises, and a name for each."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bank131_async.core.machine import Cancelled, Failed, Intended, Phase, ReadyToConfirm, Succeeded
from bank131_async.core.models import (
    FiscalizationDetails,
    FiscalService,
    FpsAccount,
    Participant,
    ParticipantDetails,
    ProfessionalIncomeTaxpayer,
    Receipt,
    RuBankAccount,
)
from bank131_async.errors import CommandInDoubtError, CommandNotAllowedError, ConfigurationError
from bank131_async.flow import Confirm, Later, PayoutFlow
from tests.support.merchant import PART, PLAIN, PRICE, Agreeable, Working, card, caught, created, dies
from tests.support.virtual import elapse, in_virtual_time
from tests.support.wire import Fault
from tests.support.world import Process, World, world

ACCOUNT = RuBankAccount(bik="044525974", account="40817810500000000016", full_name="Ivan Ivanov", description="Salary")
WHOM = ParticipantDetails(recipient=Participant(full_name="Ivan Ivanov"))


async def opened(process: Process, order: str = "salary-7", **more: Any) -> PayoutFlow:
    flow: PayoutFlow = await process.client.payouts.create(
        **{"order": order, "amount": PRICE, "participants": WHOM, **more}
    )
    return flow


async def confirmed(flow: PayoutFlow) -> Any:
    async for step in flow:
        if isinstance(step, ReadyToConfirm):
            await flow.confirm(attempt=step.attempt)
    return await flow


def starts(w: World) -> int:
    """How many payouts the bank began."""
    return sum("payout" in effect.method for effect in w.effects)


class Payer(Agreeable):
    """Confirms payouts, too."""

    async def payout_ready_to_confirm(self, flow: PayoutFlow, step: ReadyToConfirm) -> Confirm | Later:
        self.diary.append(("payout", flow.session_id))
        return Confirm()


METHODS = {
    "card": card(PLAIN),
    "account": ACCOUNT,
    "phone": FpsAccount(phone="79161234567", bank_id="100000000008"),
}


@pytest.mark.parametrize("method", METHODS)
@in_virtual_time
async def test_a_payout_is_confirmed_and_succeeds(method: str) -> None:
    async with world() as w:
        flow = await opened(w.processes[0])
        assert flow.phase is Phase.CREATED
        await flow.start(METHODS[method])
        outcome = await confirmed(flow)
        assert isinstance(outcome, Succeeded)
        assert outcome.payout is not None
        assert outcome.payout.amount_details == PRICE
        assert outcome.payment is None
        assert starts(w) == 1


@in_virtual_time
async def test_what_was_given_at_create_need_not_be_given_at_start() -> None:
    async with world() as w:
        flow = await opened(w.processes[0], method=ACCOUNT)
        await flow.start()
        assert isinstance(await confirmed(flow), Succeeded)


@in_virtual_time
async def test_a_payout_has_to_have_a_name() -> None:
    async with world() as w:
        for order in ("", None):
            with pytest.raises(ConfigurationError, match="order: expected a non-empty text"):
                await opened(w.processes[0], order=order)  # type: ignore[arg-type]
        assert not w.processes[0].wire.calls


@in_virtual_time
async def test_a_queue_that_redelivers_pays_out_once_in_whatever_process() -> None:
    async with world(processes=2) as w:
        one, two = w.processes
        flow = await opened(one)
        again = await opened(two)
        assert again.session_id == flow.session_id
        await flow.start(ACCOUNT)
        with pytest.raises(CommandNotAllowedError, match="started already"):
            await again.start(ACCOUNT)
        with pytest.raises(CommandNotAllowedError, match="other parameters"):
            await opened(two, amount=PART)
        assert isinstance(await confirmed(again), Succeeded)
        assert starts(w) == 1


@in_virtual_time
async def test_a_payment_and_a_payout_may_have_the_same_name() -> None:
    async with world() as w:
        payment = await created(w.processes[0], order="7")
        payout = await opened(w.processes[0], order="7")
        assert payout.session_id != payment.session_id


@pytest.mark.parametrize(
    "fault", ["not_sent", "lost_before", "lost_after", "html_after", "burnt", "doubted", "cut", "late"]
)
@pytest.mark.parametrize("call", ["session/start/payout", "session/confirm"])
@in_virtual_time
async def test_a_lost_command_pays_out_exactly_once(call: str, fault: Fault) -> None:
    async with world() as w:
        (process,) = w.processes
        process.wire.faults[call] = [fault]
        flow = await opened(process)
        await caught(flow.start(ACCOUNT))
        async with Working(process, Payer()):
            assert isinstance(await asyncio.wait_for(flow.settled(), 86_400), Succeeded)
        assert starts(w) == 1
        assert w.accepted(flow.session_id)["session/confirm"] == 1


@in_virtual_time
async def test_a_start_written_down_by_a_process_that_died_is_sent_by_another_one_under_its_own_path() -> None:
    async with world(processes=2) as w:
        one, two = w.processes
        flow = await opened(one, fiscalization=RECEIPT)
        one.outlet.freeze_after = Intended
        start = asyncio.create_task(flow.start(ACCOUNT, fiscalization=RECEIPT))
        await elapse(1.0)
        assert not starts(w)
        await dies(one, start)
        w.receiver = two
        async with Working(two, Payer()):
            other = await two.client.payouts.attach(flow.session_id)
            assert isinstance(await asyncio.wait_for(other.settled(), 86_400), Succeeded)
        assert [effect.method for effect in w.effects if "start" in effect.method] == [
            "session/start/payout/fiscalization"
        ]


RECEIPT = FiscalizationDetails(
    professional_income_taxpayer=ProfessionalIncomeTaxpayer(
        services=(FiscalService(name="Translation", amount_details=PRICE),), tax_reference="500100732259"
    )
)


@in_virtual_time
async def test_a_start_with_a_card_that_died_with_its_process_asks_for_the_card_again() -> None:
    async with world(processes=2) as w:
        one, two = w.processes
        flow = await opened(one)
        one.outlet.freeze_after = Intended
        start = asyncio.create_task(flow.start(card(PLAIN)))
        await elapse(1.0)
        await dies(one, start)
        w.receiver = two
        other = await two.client.payouts.attach(flow.session_id)
        async with Working(two, Payer()):
            await elapse(3600)
            await other.refresh()
            assert other.facts.card_needed
            await other.start(card(PLAIN))
            assert isinstance(await asyncio.wait_for(other.settled(), 86_400), Succeeded)
        assert starts(w) == 1


@in_virtual_time
async def test_a_payout_that_is_cancelled_at_confirmation_pays_nothing() -> None:
    async with world() as w:
        flow = await opened(w.processes[0])
        await flow.start(ACCOUNT)
        async for step in flow:
            if isinstance(step, ReadyToConfirm):
                await flow.cancel()
        assert isinstance(await flow, Cancelled)


@in_virtual_time
async def test_a_worker_confirms_a_payout_only_if_its_policy_says_so() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await opened(process)
        await flow.start(ACCOUNT)
        async with Working(process, Agreeable(w)):
            await elapse(600)
            assert flow.phase is Phase.READY_TO_CONFIRM or (await flow.refresh()) is Phase.READY_TO_CONFIRM
        async with Working(process, Payer()):
            assert isinstance(await asyncio.wait_for(flow.settled(), 3600), Succeeded)


@in_virtual_time
async def test_a_payout_that_comes_back_shows_among_its_refunds_and_stays_succeeded() -> None:
    async with world() as w:
        flow = await opened(w.processes[0])
        await flow.start(ACCOUNT)
        assert isinstance(await confirmed(flow), Succeeded)
        w.bank.return_payout(flow.session_id)
        await elapse(5)
        await flow.refresh()
        (returned,) = flow.refunds
        assert returned.amount == PRICE.amount
        assert isinstance(await flow, Succeeded)


@pytest.mark.parametrize("fault", ["lost_after", "html_after", "cut", "doubted"])
@in_virtual_time
async def test_a_lost_init_of_a_payout_is_linked_by_the_tag_that_its_webhook_shows(fault: Fault) -> None:
    async with world() as w:
        (process,) = w.processes
        process.wire.faults["session/init/payout"] = [fault]
        flow = await process.client.payouts.init(ACCOUNT, order="salary-7", amount=PRICE, participants=WHOM)
        outcome = await confirmed(flow)
        assert isinstance(outcome, Succeeded)
        assert outcome.payout is not None
        assert outcome.payout.metadata is None, "our tag is not the merchant's business"
        assert starts(w) == 1


@in_virtual_time
async def test_a_repeated_init_is_the_first_ones_flow() -> None:
    async with world(processes=2) as w:
        flows = [
            await process.client.payouts.init(ACCOUNT, order="salary-7", amount=PRICE, participants=WHOM)
            for process in w.processes
        ]
        assert flows[0].session_id == flows[1].session_id
        assert starts(w) == 1


@in_virtual_time
async def test_an_init_lost_before_the_bank_read_it_is_not_paid_twice_when_repeated() -> None:
    async with world() as w:
        (process,) = w.processes
        process.wire.faults["session/init/payout"] = ["lost_before"]
        flow = await process.client.payouts.init(ACCOUNT, order="salary-7", amount=PRICE, participants=WHOM)
        assert isinstance(await confirmed(flow), Succeeded)
        assert starts(w) == 1


@in_virtual_time
async def test_an_init_that_stays_lost_is_left_to_a_person() -> None:
    async with world() as w:
        (process,) = w.processes
        process.wire.always["session/init/payout"] = "burnt"
        with pytest.raises(CommandInDoubtError) as caught_error:
            await process.client.payouts.init(ACCOUNT, order="salary-7", amount=PRICE, participants=WHOM)
        assert caught_error.value.intent_id is not None
        await process.client.payouts.resolve_init(caught_error.value.intent_id, session_id=None, note="not there")
        process.wire.always.clear()
        flow = await process.client.payouts.init(ACCOUNT, order="salary-7", amount=PRICE, participants=WHOM)
        assert isinstance(await confirmed(flow), Succeeded)
        assert starts(w) == 1


@in_virtual_time
async def test_a_receipt_is_issued_for_a_self_employed_recipient_and_its_link_may_come_later() -> None:
    async with world(receipt_link_delay_s=60.0) as w:
        flow = await opened(w.processes[0], fiscalization=RECEIPT)
        await flow.start(ACCOUNT, fiscalization=RECEIPT)
        assert _receipt_of(await confirmed(flow)).link is None
        await elapse(61)
        link = _receipt_of(await flow).link
        assert link is not None
        assert link.startswith("https://")


def _receipt_of(outcome: Any) -> Receipt:
    assert isinstance(outcome, Succeeded)
    assert outcome.payout is not None
    details = outcome.payout.fiscalization_details
    assert details is not None
    assert details.professional_income_taxpayer is not None
    assert details.professional_income_taxpayer.receipt is not None
    return details.professional_income_taxpayer.receipt


@in_virtual_time
async def test_receipts_are_for_the_projects_own_money_only() -> None:
    async with world() as w:
        with pytest.raises(ConfigurationError, match="fiscalization"):
            await opened(w.processes[0], fiscalization=RECEIPT, source="escrow")


@pytest.mark.parametrize("exchanges", [False, True])
@in_virtual_time
async def test_what_the_bank_asked_is_sent_back_for_a_settlement_account(exchanges: bool) -> None:
    whom = ParticipantDetails(
        sender=Participant(account="40702810500000000001"), recipient=Participant(full_name="Ivan Ivanov")
    )
    async with world(confirm_exchanges=exchanges) as w:
        (process,) = w.processes
        w.bank.top_up(10_000_000, "40702810500000000001")
        flow = await opened(process, participants=whom, source="settlement")
        await flow.start(ACCOUNT, amount=PRICE, participants=whom, source="settlement")
        async for step in flow:
            if isinstance(step, ReadyToConfirm):
                information = await flow.confirm_information()
                assert information is not None
                assert [one.fx_rate for one in information.exchanges] == ["1.0000"] * exchanges
                await flow.confirm(information=information)
        assert isinstance(await flow, Succeeded)


@in_virtual_time
async def test_a_flow_is_found_only_as_what_it_is() -> None:
    async with world() as w:
        (process,) = w.processes
        payout = await opened(process)
        with pytest.raises(ConfigurationError, match=r"attach to it by bank\.payouts"):
            await process.payments.attach(payout.session_id)


@pytest.mark.parametrize(("phone", "kind"), [("79161234567", Succeeded), ("79161230192", Failed)])
@in_virtual_time
async def test_whose_the_account_at_a_phone_is_is_told_in_the_end(phone: str, kind: type) -> None:
    async with world() as w:
        flow = await w.processes[0].client.payouts.verify(
            phone=phone, bank_id="100000000008", first_name="Ivan", last_name="Ivanov"
        )
        assert isinstance(await flow, kind)
        assert not w.effects
