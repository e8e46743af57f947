"""Two at once: double clicks, and processes that write to one stream between each other's steps."""

from __future__ import annotations

import asyncio

import pytest

from bank131_async.core.machine import Intended, Lost, Observed, Phase
from bank131_async.errors import CommandNotAllowedError
from tests.support.merchant import PART, Agreeable, Working, at_confirm, card, caught, created, dies, paid
from tests.support.virtual import elapse, in_virtual_time
from tests.support.wire import Fault
from tests.support.world import world


@pytest.mark.parametrize("fault", [None, "not_sent", "lost_before"])
@in_virtual_time
async def test_of_two_starts_at_once_one_is_sent_and_keeps_its_card(fault: Fault | None) -> None:
    async with world() as w:
        (process,) = w.processes
        if fault is not None:
            process.wire.faults["session/start/payment"] = [fault]
        flow = await created(process)
        errors = await asyncio.gather(caught(flow.start(card())), caught(flow.start(card())))
        assert [type(error) for error in errors if error is not None] == [CommandNotAllowedError]
        assert await flow.wait_for(Phase.READY_TO_CONFIRM, timeout=5) is Phase.READY_TO_CONFIRM
        assert w.accepted(flow.session_id)["session/start/payment"] == 1
        assert not process.client._engine.sender._held, "card data is dropped once it is not needed"


@in_virtual_time
async def test_a_late_index_does_not_hide_the_command_that_another_process_wrote_meanwhile() -> None:
    async with world(processes=2) as w:
        late, other = w.processes
        flow = await paid(late)
        engine = late.client._engine
        record = await engine.record_of(flow.session_id)
        late.outlet.latency_s = 0.2
        reindexing = asyncio.create_task(engine.recorder.reindex(record))
        other.wire.always["session/refund"] = "lost_before"
        refunding = asyncio.create_task(
            caught((await other.payments.attach(flow.session_id)).refund(PART, name="return-17"))
        )
        await elapse(0.1)
        await dies(other, refunding)
        await reindexing
        async with Working(late, Agreeable()):
            await elapse(600)
        assert w.accepted(flow.session_id)["session/refund"] == 1


@in_virtual_time
async def test_a_process_that_dies_while_it_writes_on_old_facts_does_not_hide_a_command_either() -> None:
    async with world(processes=3) as w:
        late, other, rescuer = w.processes
        flow = await paid(late)
        engine = late.client._engine
        record = await engine.record_of(flow.session_id)
        other.wire.always["session/refund"] = "lost_before"
        refunding = asyncio.create_task(
            caught((await other.payments.attach(flow.session_id)).refund(PART, name="return-17"))
        )
        await elapse(0.1)
        await dies(other, refunding)
        late.outlet.freeze_after = Observed
        writing = asyncio.create_task(engine.recorder.write(record, Observed(source="webhook", body=b"{}")))
        await elapse(0.1)
        await dies(late, writing)
        async with Working(rescuer, Agreeable()):
            await elapse(600)
        assert w.accepted(flow.session_id)["session/refund"] == 1


@in_virtual_time
async def test_a_process_that_loses_twice_and_then_dies_does_not_hide_a_command_either() -> None:
    async with world(processes=3) as w:
        late, other, rescuer = w.processes
        flow = await paid(late)
        engine = late.client._engine
        record = await engine.record_of(flow.session_id)
        other.wire.always["session/refund"] = "lost_before"
        late.outlet.hints, late.outlet.latency_s, late.outlet.freeze_after = False, 0.2, Observed
        noise = Observed(source="webhook", body=b"[]")
        journal = w.store.journal(w.bank.project.id)
        await journal.append(flow.session_id, (noise,))
        theirs = await other.payments.attach(flow.session_id)
        writing = asyncio.create_task(engine.recorder.write(record, Observed(source="webhook", body=b"{}")))
        await elapse(0.45)  # it has lost once, and reads what it did not know
        refunding = asyncio.create_task(caught(theirs.refund(PART, name="return-17")))
        await elapse(0.2)
        await dies(other, refunding)
        await elapse(1)
        kinds = [type(stored.entry) for stored in await journal.load(flow.session_id)]
        assert kinds[-4:] == [Observed, Intended, Lost, Observed], "it has lost to the command, too"
        await dies(late, writing)
        async with Working(rescuer, Agreeable()):
            await elapse(600)
        assert w.accepted(flow.session_id)["session/refund"] == 1


@pytest.mark.parametrize("latency_s", [None, 0.001, 0.2])
@in_virtual_time
async def test_a_name_is_one_refund_and_contrary_commands_are_one_however_quick_the_store(
    latency_s: float | None,
) -> None:
    async with world() as w:
        (process,) = w.processes
        if latency_s is None:  # the store itself, whose calls never give way to another task
            process.client._engine.recorder.journal = w.store.journal(w.bank.project.id)
        else:
            process.outlet.latency_s = latency_s
        flow = await at_confirm(process)
        errors = await asyncio.gather(caught(flow.confirm()), caught(flow.cancel()), caught(flow.confirm()))
        assert [type(error) for error in errors] == [type(None), CommandNotAllowedError, type(None)]
        await flow
        refunds = await asyncio.gather(*[flow.refund(PART, name="return-17") for _ in range(3)])
        assert len({refund.intent_id for refund in refunds}) == 1
        assert w.accepted(flow.session_id) == {"session/start/payment": 1, "session/confirm": 1, "session/refund": 1}
        assert process.wire.calls["session/cancel"] == 0
