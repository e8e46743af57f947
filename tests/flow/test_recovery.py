"""Processes that die at any moment, and a store that is down: nothing is lost, nothing is done twice, nothing spins."""

from __future__ import annotations

import asyncio

import pytest

from bank131_async.core.machine import Answered, Cancelled, Entry, Intended, Lost, Observed, Opened, Phase, Succeeded
from bank131_async.errors import CommandNotAllowedError, FlowError, StoreUnavailableError
from bank131_async.flow import Later
from tests.support.merchant import (
    CHALLENGE,
    PART,
    PRICE,
    Agreeable,
    Working,
    at_confirm,
    card,
    caught,
    created,
    dies,
    driven,
    ending,
    held,
    paid,
    started,
)
from tests.support.virtual import elapse, in_virtual_time
from tests.support.world import World, world

HOUR_S = 3600.0


@pytest.mark.parametrize("moment_s", [0.0, 0.02, 0.055, 0.09, 0.102, 0.11, 0.16, 0.21, 0.3, 0.36, 0.5])
@pytest.mark.parametrize("command", ["start/payment", "confirm", "capture", "cancel", "refund"])
@in_virtual_time
async def test_a_process_that_dies_at_any_moment_of_a_command_leaves_what_another_can_finish(
    command: str, moment_s: float
) -> None:
    async with world(processes=2, two_stage=command in ("capture", "cancel")) as w:
        first, second = w.processes
        prepare = {"start/payment": created, "confirm": at_confirm, "refund": paid}.get(command, held)
        flow = await prepare(first)
        calls = {
            "start/payment": lambda: flow.start(card()),
            "confirm": flow.confirm,
            "capture": lambda: flow.capture(PART),
            "cancel": flow.cancel,
            "refund": lambda: flow.refund(PART, name="a"),
        }
        doing = asyncio.create_task(caught(calls[command]()))
        await elapse(moment_s)
        await dies(first, doing)
        w.receiver = second
        async with Working(second, Agreeable(capture=lambda: Later(60))):
            await elapse(400)
            await _ask_again(w, command, flow.session_id)
            other = await second.payments.attach(flow.session_id)
            outcome = await asyncio.wait_for(other, HOUR_S)
        assert isinstance(outcome, Cancelled if command == "cancel" else Succeeded)
        assert w.accepted(flow.session_id)[f"session/{command}"] == 1
        assert w.ledger(flow.session_id).refunded == (5000 if command == "refund" else 0)
        assert w.ledger(flow.session_id).captured == {"capture": 5000, "cancel": 0}.get(command, 15000)


async def _ask_again(w: World, command: str, session_id: str) -> None:
    second = w.processes[1]
    flow = await second.payments.attach(session_id)
    for _ in range(3):
        again = {
            "start/payment": lambda: flow.start(card()),
            "confirm": flow.confirm,
            "capture": lambda: flow.capture(PART),
            "cancel": flow.cancel,
            "refund": lambda: flow.refund(PART, name="a"),
        }[command]
        error = await caught(again())
        if error is None or isinstance(error, CommandNotAllowedError):
            return
        assert isinstance(error, FlowError), error
        await elapse(120)


@in_virtual_time
async def test_a_wire_that_never_returns_and_a_process_that_is_gone() -> None:
    async with world(processes=2, two_stage=True) as w:
        first, second = w.processes
        flow = await held(first)
        first.wire.holding["session/capture"] = asyncio.Event()  # for ever
        doing = asyncio.create_task(caught(flow.capture(PART)))
        await elapse(1)
        await dies(first, doing)
        w.receiver = second
        async with Working(second, Agreeable()):
            assert isinstance(await (await second.payments.attach(flow.session_id)), Succeeded)
        assert w.ledger(flow.session_id).captured == 5000


@in_virtual_time
async def test_an_open_intent_of_a_living_process_is_not_sent_by_another_one_too_soon() -> None:
    async with world(processes=2, two_stage=True) as w:
        first, second = w.processes
        flow = await held(first)
        gate = first.wire.holding["session/capture"] = asyncio.Event()
        doing = asyncio.create_task(caught(flow.capture(PART)))
        async with Working(second, Agreeable()):
            await elapse(20)
            assert second.wire.calls["session/capture"] == 0
            gate.set()
            assert isinstance(await flow, Succeeded)
            await elapse(120)
        assert await doing is None
        assert second.wire.calls["session/capture"] == 0


@pytest.mark.parametrize("entry", [Opened, Intended, Answered, Lost])
@in_virtual_time
async def test_an_append_that_was_written_and_not_acknowledged_does_no_harm(entry: type[Entry]) -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        if entry is Lost:
            first.wire.faults["session/confirm"] = ["lost_after"]
        if entry is Opened:
            first.outlet.swallowed = 1
            error = await caught(created(first, order="7"))
            assert error is None or isinstance(error, StoreUnavailableError)
            flow = await created(first, order="7")
            await flow.start(card())
        else:
            flow = await at_confirm(first)
            first.outlet.swallowed = 1 if entry is Intended else 0
            doing = asyncio.create_task(caught(flow.confirm()))
            if entry is not Intended:
                await elapse(0.05)
                first.outlet.swallowed = 1
            await doing
        async with Working(second, Agreeable()):
            outcome = await asyncio.wait_for(await second.payments.attach(flow.session_id), HOUR_S)
        assert isinstance(outcome, Succeeded)
        assert w.accepted(flow.session_id)["session/confirm"] == 1
        assert w.accepted(flow.session_id)["session/start/payment"] == 1
        assert len([1 for stored in await w.journal(flow.session_id) if isinstance(stored.entry, Opened)]) == 1


@in_virtual_time
async def test_while_the_store_is_down_nothing_is_sent_and_webhooks_are_answered_503() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await at_confirm(process, CHALLENGE)
        process.outlet.down = True
        with pytest.raises(StoreUnavailableError):
            await flow.confirm()
        with pytest.raises(StoreUnavailableError):
            await created(process, order="8")
        assert process.wire.calls["session/confirm"] == 0
        w.bank.resend_webhooks(flow.session_id)
        await elapse(1)
        assert w.replies[-1] == 503
        process.outlet.down = False
        await flow.confirm()
        await elapse(60)
        assert w.replies[-1] == 200
        w.bank.payer_pass(flow.session_id)
        assert isinstance(await flow, Succeeded)
        assert w.accepted(flow.session_id)["session/confirm"] == 1


@in_virtual_time
async def test_waiters_live_through_a_store_that_is_down_for_a_while_and_nothing_spins() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await at_confirm(process, CHALLENGE)
        await flow.confirm()
        await flow.wait_for(Phase.ACTION_REQUIRED)
        waiting = asyncio.create_task(ending(flow))
        await elapse(5)
        process.outlet.down, tries = True, process.outlet.tries
        w.bank.payer_pass(flow.session_id)
        await elapse(HOUR_S)
        assert process.outlet.tries - tries < 200
        process.outlet.down = False
        assert isinstance(await asyncio.wait_for(waiting, 2 * HOUR_S), Succeeded)


@in_virtual_time
async def test_a_worker_lives_through_a_store_that_is_down_for_a_while_and_does_not_spin() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await at_confirm(first)
        policy = Agreeable()
        async with Working(second, policy):
            second.outlet.down = True
            await elapse(HOUR_S)
            assert second.outlet.tries < 100
            second.outlet.down = False
            assert isinstance(await asyncio.wait_for(flow, HOUR_S), Succeeded)


@in_virtual_time
async def test_a_store_that_goes_down_in_the_middle_of_a_command_loses_nothing() -> None:
    async with world(processes=2, two_stage=True) as w:
        first, second = w.processes
        flow = await held(first)
        doing = asyncio.create_task(caught(flow.capture(PART)))
        await elapse(0.05)
        first.outlet.down = True  # the intent is written, the request is on its way
        error = await doing
        assert isinstance(error, (StoreUnavailableError, FlowError)), error
        first.outlet.down = False
        async with Working(second, Agreeable()):
            assert isinstance(await flow, Succeeded)
        assert w.accepted(flow.session_id)["session/capture"] == 1
        assert w.ledger(flow.session_id).captured == 5000


@in_virtual_time
async def test_an_order_whose_create_answer_could_not_be_recorded_is_made_anew_and_the_orphan_is_harmless() -> None:
    async with world() as w:
        (process,) = w.processes
        doing = asyncio.create_task(caught(created(process, order="7")))
        await elapse(0.05)
        process.outlet.down = True
        assert isinstance(await doing, StoreUnavailableError)
        process.outlet.down = False
        flow = await created(process, order="7")
        await flow.start(card())
        assert isinstance(await driven(w, flow), Succeeded)
        assert sum(effect.method == "session/start/payment" for effect in w.effects) == 1


@in_virtual_time
async def test_observations_are_written_by_two_processes_without_a_fight() -> None:
    async with world(processes=2, two_stage=True) as w:
        first, second = w.processes
        w.courier = lambda _webhook: (0.1, 0.1, 0.15)
        flow = await started(first, CHALLENGE)
        other = await second.payments.attach(flow.session_id)
        outcomes = await asyncio.gather(driven(w, flow), ending(other))
        assert all(isinstance(outcome, Succeeded) for outcome in outcomes)
        versions = [stored.version for stored in await w.journal(flow.session_id)]
        assert versions == list(range(1, len(versions) + 1))
        seen = [s.entry.digest for s in await w.journal(flow.session_id) if isinstance(s.entry, Observed)]
        assert seen
        assert other.facts.same_facts(flow.facts)
        assert flow.facts.amount == PRICE.amount


@pytest.mark.parametrize("what", ["in doubt", "left open"])
@in_virtual_time
async def test_two_workers_do_not_keep_each_other_busy_over_one_command(what: str) -> None:
    async with world(processes=3, refund_metadata_echoed=False) as w:
        first, second, third = w.processes
        flow = await paid(first)
        if what == "in doubt":
            first.wire.faults["session/refund"] = ["burnt"]
            await caught(flow.refund(PART))
        else:
            first.outlet.freeze_after = Intended
            doing = asyncio.create_task(caught(flow.refund(PART)))
            await elapse(0.1)
            await dies(first, doing)
        w.receiver = second
        async with Working(second, Agreeable()), Working(third, Agreeable()):
            await elapse(HOUR_S)
        asked = second.wire.calls["session/status"] + third.wire.calls["session/status"]
        assert asked < 60
        assert len(await w.journal(flow.session_id)) < 100
