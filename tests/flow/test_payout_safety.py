"""Money that goes out never goes out twice: races, lost answers and crashes, for payouts and multi-sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bank131_async.core.machine import Answered, Entry, Intended, Phase
from bank131_async.errors import (
    CardNeededError,
    CommandInDoubtError,
)
from tests.support.merchant import Working, caught, dies
from tests.support.payouts import (
    DAY_S,
    INITS,
    MULTI,
    AnyFlow,
    Kind,
    Treasury,
    at_confirm,
    begun,
    confirm,
    of_both_kinds,
    start_pair,
    succeeded,
)
from tests.support.virtual import elapse, in_virtual_time
from tests.support.wire import Fault
from tests.support.world import Process, world

# -- races ------------------------------------------------------------------------------------------------------------


@of_both_kinds
@in_virtual_time
async def test_of_two_processes_that_start_at_once_one_does(kind: Kind) -> None:
    async with world(processes=2) as w:
        flows = [await kind.open(process) for process in w.processes]
        assert flows[0].session_id == flows[1].session_id
        errors = await asyncio.gather(*(caught(kind.start(flow)) for flow in flows))
        assert sorted(type(error).__name__ for error in errors) == ["CommandNotAllowedError", "NoneType"]
        assert begun(w) == 1


@of_both_kinds
@in_virtual_time
async def test_one_confirmation_reaches_the_bank_however_many_give_it(kind: Kind) -> None:
    async with world(processes=2) as w:
        flow = await at_confirm(kind, w.processes[0])
        other = await kind.attach(w.processes[1], flow.session_id)
        await asyncio.gather(confirm(flow), confirm(other))
        assert succeeded(await other)
        assert w.accepted(flow.session_id)["session/confirm"] == 1


@of_both_kinds
@in_virtual_time
async def test_a_confirmation_and_a_cancellation_at_once_are_one_decision(kind: Kind) -> None:
    async with world(processes=2) as w:
        flow = await at_confirm(kind, w.processes[0])
        other = await kind.attach(w.processes[1], flow.session_id)
        await other.refresh()
        errors = await asyncio.gather(caught(flow.confirm()), caught(other.cancel()))
        assert sum(error is not None for error in errors) >= 1
        accepted = w.accepted(flow.session_id)
        assert accepted["session/confirm"] + accepted["session/cancel"] <= 1


# -- lost answers and crashes -----------------------------------------------------------------------------------------

FAULTS: list[Fault] = ["not_sent", "lost_before", "lost_after", "html_after", "burnt", "doubted", "cut", "late", "slow"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", ["session/multi/start/payment/nominal", "session/confirm"])
@in_virtual_time
async def test_a_lost_command_of_a_multi_session_takes_effect_once(call: str, fault: Fault) -> None:
    async with world() as w:
        (process,) = w.processes
        process.wire.faults[call] = [fault]
        flow = await MULTI.open(process)
        error = await caught(MULTI.start(flow))
        assert error is None or isinstance(error, CommandInDoubtError | CardNeededError), error
        async with Working(process, Treasury()):
            ended = asyncio.create_task(_settled(flow))
            await elapse(3600)
            if flow.facts.card_needed:  # the bank has its key and nothing more, and nobody kept the card
                await MULTI.start(flow)
            assert succeeded(await ended)
        assert begun(w) == 1
        assert w.accepted(flow.session_id)["session/confirm"] == 1


@pytest.mark.parametrize("entry", [Intended, Answered])
@of_both_kinds
@in_virtual_time
async def test_a_process_that_dies_in_a_confirmation_leaves_it_to_another(kind: Kind, entry: type[Entry]) -> None:
    async with world(processes=2) as w:
        one, two = w.processes
        flow = await at_confirm(kind, one)
        one.outlet.freeze_after = entry
        task = asyncio.create_task(confirm(flow))
        await elapse(1.0)
        await dies(one, task)
        w.receiver = two
        async with Working(two, Treasury()):
            other = await kind.attach(two, flow.session_id)
            assert succeeded(await asyncio.wait_for(other.settled(), DAY_S))
        assert w.accepted(flow.session_id)["session/confirm"] == 1


@in_virtual_time
async def test_a_start_of_a_pair_that_died_with_its_card_asks_for_the_card_again() -> None:
    async with world(processes=2) as w:
        one, two = w.processes
        flow = await MULTI.open(one)
        one.outlet.freeze_after = Intended
        task = asyncio.create_task(start_pair(flow))
        await elapse(1.0)
        await dies(one, task)
        w.receiver = two
        async with Working(two, Treasury()):
            other = await MULTI.attach(two, flow.session_id)
            await elapse(3600)
            await other.refresh()
            assert other.facts.card_needed
            await start_pair(other)
            assert succeeded(await asyncio.wait_for(other.settled(), DAY_S))
        assert begun(w) == 1


@pytest.mark.parametrize("name", INITS)
@pytest.mark.parametrize("entry", [Intended, Answered])
@in_virtual_time
async def test_an_init_whose_process_died_is_brought_to_its_end_by_another(name: str, entry: type[Entry]) -> None:
    init, _ = INITS[name]
    async with world(processes=2) as w:
        one, two = w.processes
        one.outlet.freeze_after = entry
        task = asyncio.create_task(init(one))
        await elapse(1.0)
        await dies(one, task)
        w.receiver = two
        async with Working(two, Treasury()):
            flow = await _once_out_of_doubt(two, init)
            ended = asyncio.create_task(_settled(flow))
            while not ended.done():
                await elapse(60)
                if flow.phase is Phase.ACTION_REQUIRED:
                    w.bank.payer_pass(flow.session_id)
            assert succeeded(await ended)
        assert begun(w) == 1


async def _once_out_of_doubt(process: Process, init: Callable[[Process], Awaitable[Any]]) -> Any:
    """What a queue that redelivers does: the same decision again, until its fate is known."""
    for _ in range(20):
        try:
            return await init(process)
        except CommandInDoubtError:
            await elapse(60)
    raise AssertionError("still in doubt")


async def _settled(flow: AnyFlow) -> Any:
    return await asyncio.wait_for(flow.settled(), DAY_S)


@pytest.mark.parametrize("name", INITS)
@in_virtual_time
async def test_webhooks_that_come_before_the_answer_to_an_init_are_its_own(name: str) -> None:
    init, path = INITS[name]
    async with world() as w:
        (process,) = w.processes
        gate = process.wire.holding_answers[path] = asyncio.Event()
        task = asyncio.create_task(init(process))
        await elapse(10)
        (session_id,) = w.bank.sessions
        assert len(await w.journal(session_id)) >= 1, "the webhook is in the journal before anybody has opened it"
        gate.set()
        flow = await task
        assert flow.session_id == session_id
        assert await flow.wait_for(Phase.READY_TO_CONFIRM, Phase.ACTION_REQUIRED, timeout=60)
        assert begun(w) == 1
