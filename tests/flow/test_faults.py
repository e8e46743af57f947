"""Every way in which the wire can fail, at every command: the right result or the documented error, and one effect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bank131_async.core.machine import Cancelled, Outcome, Phase, Succeeded
from bank131_async.core.models import Amount
from bank131_async.errors import CommandInDoubtError, FlowTimeoutError, InvalidRequestError, StoreUnavailableError
from bank131_async.flow import PaymentFlow
from tests.support.merchant import (
    PART,
    Agreeable,
    Working,
    at_confirm,
    card,
    caught,
    created,
    driven,
    ending,
    held,
    paid,
)
from tests.support.virtual import elapse, in_virtual_time
from tests.support.wire import FAULTS, Fault
from tests.support.world import Process, World, world

Scene = Callable[[Process], Awaitable[PaymentFlow]]
SCENES: dict[str, Scene] = {
    "start/payment": created,
    "confirm": at_confirm,
    "capture": held,
    "cancel": held,
    "refund": paid,
}
TWO_STAGE = frozenset({"capture", "cancel"})
COMMANDS = pytest.mark.parametrize("command", list(SCENES))
ALL_FAULTS = pytest.mark.parametrize("fault", [*FAULTS, "crossed"])
#: What can be settled inside the call. The others need longer than ``settle_timeout_s``, and the caller is told so.
QUICK: frozenset[Fault] = frozenset(
    {"not_sent", "lost_before", "lost_after", "html_before", "html_after", "doubted", "cut", "crossed", "limited"}
)


def carry_out(flow: PaymentFlow, command: str) -> Awaitable[object]:
    match command:
        case "start/payment":
            return flow.start(card())
        case "confirm":
            return flow.confirm()
        case "capture":
            return flow.capture(PART)
        case "cancel":
            return flow.cancel()
        case _:
            return flow.refund(PART, name="return-17")


def check(w: World, flow: PaymentFlow, command: str, outcome: Outcome) -> None:
    """The bank's own account agrees with what the merchant decided."""
    assert w.accepted(flow.session_id)[f"session/{command}"] == 1
    ledger = w.ledger(flow.session_id)
    taken = {"capture": 5000, "cancel": 0}.get(command, 15000)
    assert (ledger.captured, ledger.refunded) == (taken, 5000 if command == "refund" else 0)
    assert isinstance(outcome, Cancelled if command == "cancel" else Succeeded)
    assert flow.facts.open_intent is None


@COMMANDS
@ALL_FAULTS
@in_virtual_time
async def test_the_caller_gets_the_result_or_the_documented_error_in_time(command: str, fault: Fault) -> None:
    async with world(two_stage=command in TWO_STAGE) as w:
        (process,) = w.processes
        flow = await SCENES[command](process)
        process.wire.faults[f"session/{command}"] = [fault]
        began = asyncio.get_running_loop().time()
        error = await caught(carry_out(flow, command))
        took = asyncio.get_running_loop().time() - began
        assert error is None or (fault not in QUICK and isinstance(error, CommandInDoubtError)), error
        assert took <= 32
        assert w.accepted(flow.session_id)[f"session/{command}"] <= 1


@COMMANDS
@ALL_FAULTS
@in_virtual_time
async def test_whoever_awaits_the_flow_goes_on_settling_it(command: str, fault: Fault) -> None:
    if command == "refund" and fault == "burnt":
        return  # nobody but a person can settle it: trace 14
    async with world(two_stage=command in TWO_STAGE) as w:
        (process,) = w.processes
        flow = await SCENES[command](process)
        process.wire.faults[f"session/{command}"] = [fault]
        waiting = asyncio.create_task(ending(flow)) if command != "refund" else None
        error = await caught(carry_out(flow, command))
        if command == "refund":
            if error is not None:
                await elapse(300)
                await flow.refund(PART, name="return-17")
            outcome = await flow
            await elapse(60)
        else:
            assert waiting is not None
            outcome = await asyncio.wait_for(_end(w, flow, command, error), 3600)
            assert type(await waiting) is type(outcome)
        flow = await process.payments.attach(flow.session_id)
        await flow.refresh()  # the end came by webhook; what became of the command tells a status answer
        check(w, flow, command, outcome)


async def _end(w: World, flow: PaymentFlow, command: str, error: BaseException | None) -> Outcome:
    if command == "start/payment" and error is not None:
        await elapse(300)
        if flow.facts.card_needed:
            await flow.start(card())
    return await (flow if command in ("capture", "cancel") else driven(w, flow))


@COMMANDS
@ALL_FAULTS
@in_virtual_time
async def test_a_worker_in_another_process_goes_on_settling_it(command: str, fault: Fault) -> None:
    if (command, fault) == ("refund", "burnt"):
        return  # nobody but a person can settle it: trace 14
    async with world(two_stage=command in TWO_STAGE, processes=2) as w:
        first, second = w.processes
        flow = await SCENES[command](first)
        first.wire.faults[f"session/{command}"] = [fault]
        policy = Agreeable()
        await caught(carry_out(flow, command))
        first.die()
        w.receiver = second
        async with Working(second, policy):
            await elapse(600)
            other = await second.payments.attach(flow.session_id)
            if other.facts.card_needed:
                await other.start(card())
            outcome = await asyncio.wait_for(other, 3600)
        check(w, await second.payments.attach(flow.session_id), command, outcome)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in ("limited_long", "late", "slow", "burnt")])
@in_virtual_time
async def test_a_lost_create_is_repeated_and_the_name_belongs_to_one_session(fault: Fault) -> None:
    async with world() as w:
        (process,) = w.processes
        process.wire.faults["session/create"] = [fault]
        flow = await created(process, order="7")
        again = await created(process, order="7")
        assert again.session_id == flow.session_id
        await flow.start(card())
        assert isinstance(await driven(w, flow), Succeeded)


@COMMANDS
@in_virtual_time
async def test_the_same_key_waits_for_the_pause_that_the_bank_asked_for(command: str) -> None:
    async with world(two_stage=command in TWO_STAGE) as w:
        (process,) = w.processes
        flow = await SCENES[command](process)
        process.wire.faults[f"session/{command}"] = ["limited_long"]
        await caught(carry_out(flow, command))
        async with Working(process, Agreeable()):
            await elapse(600)
        if command == "start/payment":
            flow = await process.payments.attach(flow.session_id)
            assert flow.facts.card_needed  # the card is not kept beyond the call
            return
        times, keys = process.wire.times[f"session/{command}"], process.wire.keys[f"session/{command}"]
        assert times[1] - times[0] >= 120
        assert keys[0] == keys[1]


@pytest.mark.parametrize("command", ["confirm", "capture", "cancel", "start/payment"])
@in_virtual_time
async def test_a_refusal_is_raised_after_the_status_was_asked_once(command: str) -> None:
    async with world(two_stage=command in TWO_STAGE, processes=2) as w:
        first, second = w.processes
        flow = await SCENES[command](first)
        raw = second.client.sessions
        await elapse(5)
        # The bank ends the session by other hands, unheard: the webhooks are lost.
        w.courier = lambda _webhook: ()
        await raw.cancel(flow.session_id)
        error = await caught(carry_out(flow, command))
        if command == "cancel":
            assert error is None  # its effect is there
        else:
            assert isinstance(error, InvalidRequestError), error
            assert error.session_id == flow.session_id
        assert isinstance(await asyncio.wait_for(flow, 600), Cancelled)


@in_virtual_time
async def test_a_refused_refund_tells_why_and_leaves_nothing_open() -> None:
    async with world() as w:
        flow = await paid(w.processes[0])
        error = await caught(flow.refund(Amount.rub("9999.00")))
        assert isinstance(error, InvalidRequestError)
        assert flow.facts.open_intent is None
        refund = await flow.refund(PART)
        assert (await refund).status == "accepted"


@pytest.mark.parametrize("when", ["the intent was written", "the refund was sent"])
@in_virtual_time
async def test_a_store_that_fails_under_a_command_tells_that_money_may_have_moved(when: str) -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await paid(process)
        await elapse(1)
        answer = process.wire.holding_answers["session/refund"] = asyncio.Event()
        process.outlet.swallowed = when == "the intent was written"
        refunding = asyncio.create_task(caught(flow.refund(PART)))
        await elapse(1)
        process.outlet.down = True
        answer.set()
        error = await refunding
        assert isinstance(error, StoreUnavailableError)
        assert error.money_may_have_moved
        assert error.session_id == flow.session_id
        process.outlet.down = False
        async with Working(process, Agreeable()):
            await elapse(600)
        assert w.accepted(flow.session_id)["session/refund"] == 1


@in_virtual_time
async def test_a_status_answer_about_another_session_is_none(caplog: pytest.LogCaptureFixture) -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await at_confirm(process)
        w.receiver = None
        process.wire.always["session/status"] = "crossed"
        await flow.confirm()
        with pytest.raises(FlowTimeoutError):
            await flow.wait_for(Phase.PAYMENT_FINISHED, timeout=3600)
        assert [item.id for item in flow.facts.items] == [w.bank.session(flow.session_id).last.id]
        assert not flow.facts.refunds
        assert "ps_of_somebody_else" in caplog.text
