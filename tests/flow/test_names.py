"""The caller's own names for decisions: never twice, whoever asks again, from wherever."""

from __future__ import annotations

import asyncio

import pytest

from bank131_async.core.machine import Succeeded
from bank131_async.core.models import Amount
from bank131_async.errors import BankRefusedError, CommandNotAllowedError
from tests.support.merchant import BUYER, PART, PRICE, REFUND_DECLINED, card, caught, created, driven, paid
from tests.support.virtual import elapse, in_virtual_time
from tests.support.world import world


@in_virtual_time
async def test_the_same_order_at_the_same_time_is_one_payment() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flows = await asyncio.gather(*(created(one, order="7") for one in (first, second, first, second)))
        assert len({flow.session_id for flow in flows}) == 1
        assert {flow.order for flow in flows} == {"7"}
        await flows[0].start(card())
        assert isinstance(await driven(w, flows[1]), Succeeded)
        assert sum(effect.method == "session/start/payment" for effect in w.effects) == 1


@in_virtual_time
async def test_of_two_orders_at_the_same_time_with_other_parameters_one_is_refused() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        results = await asyncio.gather(
            created(first, order="7"), created(second, order="7", amount=PART), return_exceptions=True
        )
        errors = [result for result in results if isinstance(result, Exception)]
        assert [type(error) for error in errors] == [CommandNotAllowedError]


@in_virtual_time
async def test_a_started_order_cannot_be_started_again_by_who_asks_again() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await created(first, order="7")
        again = await created(second, order="7")
        results = await asyncio.gather(flow.start(card()), again.start(card()), return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["CommandNotAllowedError", "NoneType"]
        assert w.accepted(flow.session_id)["session/start/payment"] == 1


@in_virtual_time
async def test_payments_without_a_name_are_two_decisions() -> None:
    async with world() as w:
        one, two = await created(w.processes[0]), await created(w.processes[0])
        assert one.session_id != two.session_id


@in_virtual_time
async def test_the_same_refund_name_at_the_same_time_is_one_refund() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await paid(first)
        other = await second.payments.attach(flow.session_id)
        refunds = await asyncio.gather(*(one.refund(PART, name="a") for one in (flow, other, flow, other)))
        settled = await asyncio.gather(*refunds)
        assert len({one.id for one in settled}) == 1
        assert w.ledger(flow.session_id).refunded == 5000


@in_virtual_time
async def test_a_refund_name_with_another_amount_is_refused() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await paid(first)
        await flow.refund(PART, name="a")
        other = await second.payments.attach(flow.session_id)
        with pytest.raises(CommandNotAllowedError, match="other parameters"):
            await other.refund(Amount.rub("60.00"), name="a")
        assert w.ledger(flow.session_id).refunded == 5000


@in_virtual_time
async def test_equal_refunds_without_a_name_are_two_decisions_even_at_the_same_time() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await paid(first)
        other = await second.payments.attach(flow.session_id)
        refunds = await asyncio.gather(flow.refund(PART), other.refund(PART))
        settled = await asyncio.gather(*refunds)
        assert len({one.id for one in settled}) == 2
        assert w.ledger(flow.session_id).refunded == 10000


@in_virtual_time
async def test_refunds_of_other_names_are_each_made() -> None:
    async with world() as w:
        flow = await paid(w.processes[0])
        refunds = [await flow.refund(PART, name=name) for name in "abc"]
        assert len({(await refund).id for refund in refunds}) == 3
        assert w.ledger(flow.session_id).refunded == 15000


@in_virtual_time
async def test_a_refund_name_whose_refund_the_bank_refused_may_be_used_again() -> None:
    async with world() as w:
        flow = await paid(w.processes[0])
        assert isinstance(await caught(flow.refund(Amount.rub("999.00"), name="a")), BankRefusedError)
        refund = await flow.refund(PART, name="a")
        assert (await refund).status == "accepted"


@in_virtual_time
async def test_a_refund_that_the_bank_declines_later_is_still_the_one_of_its_name() -> None:
    async with world(refund_delay_s=30) as w:
        flow = await paid(w.processes[0], REFUND_DECLINED)
        refund = await flow.refund(PART, name="a")
        assert (await refund).status == "declined"
        again = await flow.refund(PART, name="a")
        assert (await again).status == "declined"
        assert w.accepted(flow.session_id)["session/refund"] == 1


@in_virtual_time
async def test_the_merchants_own_metadata_survives_the_tag() -> None:
    async with world() as w:
        flow = await paid(w.processes[0])
        await (await flow.refund(PART, metadata={"reason": "too small"}))
        await (await flow.refund(PART, metadata="plain"))
        attempt = w.bank.session(flow.session_id).last
        assert attempt is not None
        shown = [refund.metadata for refund in attempt.refunds]
        assert isinstance(shown[0], dict)
        assert shown[0]["reason"] == "too small"
        assert all(isinstance(one, dict) and "_b131" in one for one in shown)


@in_virtual_time
async def test_an_init_with_the_same_order_is_one_payment_from_any_process() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flows = await asyncio.gather(
            *(one.payments.init(card(), amount=PRICE, customer=BUYER, order="7") for one in (first, second, first))
        )
        await elapse(5)
        flows.append(await second.payments.init(card(), amount=PRICE, customer=BUYER, order="7"))
        assert len({flow.session_id for flow in flows}) == 1
        assert sum(effect.method == "session/init/payment" for effect in w.effects) == 1


@pytest.mark.parametrize("call", ["create", "init"])
@in_virtual_time
async def test_an_order_with_a_card_and_another_amount_is_refused_too(call: str) -> None:
    async with world() as w:
        payments = w.processes[0].payments

        async def opened(amount: Amount) -> object:
            if call == "init":
                return await payments.init(card(), amount=amount, customer=BUYER, order="7")
            return await payments.create(amount=amount, customer=BUYER, order="7", method=card())

        await opened(PRICE)
        with pytest.raises(CommandNotAllowedError, match="other parameters"):
            await opened(PART)


@in_virtual_time
async def test_an_order_is_one_decision_whether_it_was_made_by_create_or_by_init() -> None:
    async with world() as w:
        (process,) = w.processes
        await created(process, order="7")
        error = await caught(process.payments.init(card(), amount=PRICE, customer=BUYER, order="7"))
        assert isinstance(error, CommandNotAllowedError)
        assert process.wire.calls["session/init/payment"] == 0
