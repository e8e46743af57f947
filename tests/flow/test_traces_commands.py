"""Traces that break naive designs, whole: lost commands (12-22), two processes on one journal."""

from __future__ import annotations

import asyncio

import pytest

from bank131_async.core.machine import (
    Cancelled,
    Command,
    Intended,
    MachineSettings,
    Observed,
    Succeeded,
)
from bank131_async.errors import (
    CardNeededError,
    CommandInDoubtError,
    CommandNotAllowedError,
    FlowError,
)
from bank131_async.flow import Cancel, Confirm, FlowSettings
from tests.support.merchant import (
    PART,
    Agreeable,
    Working,
    at_confirm,
    card,
    caught,
    created,
    dies,
    ending,
    held,
    paid,
)
from tests.support.virtual import EPOCH, elapse, in_virtual_time
from tests.support.world import world

HOUR_S = 3600.0
UNTAGGED = FlowSettings(machine=MachineSettings(tag_refunds=False, refund_metadata_echoed=False))


@in_virtual_time
async def test_trace_12_a_slow_refund_is_not_made_again_by_another_process() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await paid(first)
        first.wire.late_s, first.wire.faults["session/refund"] = 300.0, ["late"]
        error = await caught(flow.refund(PART, name="return-17"))
        assert isinstance(error, CommandInDoubtError) or error is None
        other = await second.payments.attach(flow.session_id)
        async with Working(second, Agreeable()):
            refund = await other.refund(PART, name="return-17")
            await refund
            await elapse(HOUR_S)
        assert w.ledger(flow.session_id).refunded == 5000
        keys = {*first.wire.keys["session/refund"], *second.wire.keys.get("session/refund", [])}
        assert len(keys) == 1


@in_virtual_time
async def test_trace_13_the_absence_of_a_refund_is_no_proof_when_the_caller_asks_again() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await paid(process)
        process.wire.late_s, process.wire.always["session/refund"] = 500.0, "slow"
        for _ in range(3):
            error = await caught(flow.refund(PART, name="return-17"))
            assert isinstance(error, CommandInDoubtError)
        del process.wire.always["session/refund"]
        refund = await flow.refund(PART, name="return-17") if w.ledger(flow.session_id).refunded else None
        await elapse(HOUR_S)
        refund = refund or await flow.refund(PART, name="return-17")
        assert (await refund).status == "accepted"
        assert w.ledger(flow.session_id).refunded == 5000


@pytest.mark.parametrize("command", ["start/payment", "confirm", "capture", "cancel"])
@in_virtual_time
async def test_trace_14_a_guarded_command_comes_out_of_a_burnt_key(command: str) -> None:
    settings = FlowSettings(settle_timeout_s=120)
    async with world(two_stage=True, settings=settings) as w:
        (process,) = w.processes
        process.wire.faults[f"session/{command}"] = ["burnt"]
        if command == "start/payment":
            flow = await created(process)
            await flow.start(card())
        elif command == "confirm":
            flow = await at_confirm(process)
            await flow.confirm()
        else:
            flow = await held(process)
            await (flow.capture(PART) if command == "capture" else flow.cancel())
        assert w.accepted(flow.session_id)[f"session/{command}"] == 1
        assert len(set(process.wire.keys[f"session/{command}"])) == 2


@in_virtual_time
async def test_trace_14_a_refund_with_a_burnt_key_ends_in_doubt_and_is_never_sent_anew() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await paid(process)
        process.wire.faults["session/refund"] = ["burnt"]
        assert isinstance(await caught(flow.refund(PART)), CommandInDoubtError)
        policy = Agreeable()
        async with Working(process, policy):
            await elapse(6 * HOUR_S)
        assert ("person", flow.session_id) in policy.diary
        assert len(set(process.wire.keys["session/refund"])) == 1
        assert w.ledger(flow.session_id).refunded == 0


@in_virtual_time
async def test_trace_15_after_the_keys_lifetime_a_refund_is_not_sent_again() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await paid(process)
        process.wire.always["session/refund"] = "lost_before"
        assert isinstance(await caught(flow.refund(PART)), CommandInDoubtError)
        async with Working(process, Agreeable()):
            await elapse(HOUR_S)
            del process.wire.always["session/refund"]
            sent = process.wire.calls["session/refund"]
            await elapse(5 * HOUR_S)
        assert process.wire.calls["session/refund"] == sent
        assert len(set(process.wire.keys["session/refund"])) == 1
        assert w.ledger(flow.session_id).refunded == 0


@in_virtual_time
async def test_trace_16_without_tags_a_second_equal_refund_waits_for_the_first_ones_fate() -> None:
    async with world(settings=UNTAGGED, refund_metadata_echoed=False) as w:
        (process,) = w.processes
        flow = await paid(process)
        process.wire.late_s, process.wire.faults["session/refund"] = 90.0, ["slow"]
        one, two = await asyncio.gather(caught(flow.refund(PART)), caught(flow.refund(PART)))
        assert isinstance(one, CommandInDoubtError)
        assert isinstance(two, CommandNotAllowedError)
        await flow.settled()
        async with Working(process, Agreeable()):
            await elapse(HOUR_S)
        flow = await process.payments.attach(flow.session_id)
        assert flow.facts.open_intent is None
        third = await flow.refund(PART)
        assert (await third).status == "accepted"
        assert w.ledger(flow.session_id).refunded == 10000


@pytest.mark.parametrize("whose", ["dashboard", "chargeback"])
@in_virtual_time
async def test_trace_17_money_given_back_by_others_is_not_our_refund(whose: str) -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await paid(process)
        process.wire.faults["session/refund"] = ["lost_before"]
        refunding = asyncio.create_task(flow.refund(PART))
        await elapse(0.06)
        session = w.bank.session(flow.session_id)
        assert session.last is not None
        w.bank._rules.give_back(session, session.last, 5000, chargeback=whose == "chargeback")
        refund = await refunding
        ours = await refund
        assert ours.tag == refund.intent_id
        assert not ours.is_chargeback
        assert w.ledger(flow.session_id).refunded == 10000


@in_virtual_time
async def test_trace_18_a_capture_that_seems_to_have_failed_is_not_answered_by_a_cancel() -> None:
    async with world(two_stage=True, processes=2) as w:
        first, second = w.processes
        flow = await held(first)
        first.wire.late_s, first.wire.faults["session/capture"] = 200.0, ["late"]
        capturing = asyncio.create_task(caught(flow.capture(PART)))
        await elapse(1)
        policy = Agreeable(confirm=Cancel, capture=Cancel)
        async with Working(second, policy):
            other = await second.payments.attach(flow.session_id)
            assert isinstance(await caught(other.cancel()), FlowError)
            await capturing
            await elapse(HOUR_S)
            assert isinstance(await flow, Succeeded)
        assert w.ledger(flow.session_id).captured == 5000
        assert "session/cancel" not in w.accepted(flow.session_id)


@in_virtual_time
async def test_trace_19_a_status_asked_before_the_command_is_no_evidence_about_it() -> None:
    async with world(processes=2, two_stage=True) as w:
        first, second = w.processes
        flow = await held(first)
        other = await second.payments.attach(flow.session_id)
        watching = asyncio.create_task(ending(other))  # so that the second process hears of the capture meanwhile
        await elapse(1)
        gate = second.wire.holding_answers["session/status"] = asyncio.Event()
        asking = asyncio.create_task(other.refresh())
        await elapse(1)
        first.wire.faults["session/capture"] = ["lost_after"]
        capturing = asyncio.create_task(flow.capture(PART))
        await elapse(0.1)
        gate.set()
        await capturing
        await asking
        entries = await w.journal(flow.session_id)
        (written,) = [
            one for one in entries if isinstance(one.entry, Intended) and one.entry.command is Command.capture
        ]
        since = (written.at - EPOCH).total_seconds()
        sent = [at for one in w.processes for at in one.wire.times["session/status"] if at >= since]
        asked = [one.entry.asked for one in entries if isinstance(one.entry, Observed)]
        assert sum(one is not None and one >= written.version for one in asked) <= len(sent)
        assert isinstance(await flow, Succeeded)
        assert isinstance(await watching, Succeeded)
        assert w.accepted(flow.session_id)["session/capture"] == 1


@pytest.mark.parametrize("command", ["confirm", "capture", "cancel"])
@in_virtual_time
async def test_trace_20_what_a_dead_process_wrote_and_did_not_send_another_one_sends(command: str) -> None:
    async with world(processes=2, two_stage=True) as w:
        first, second = w.processes
        flow = await (at_confirm if command == "confirm" else held)(first)
        first.outlet.freeze_after = Intended
        doing = asyncio.create_task(caught(getattr(flow, command)()))
        await elapse(0.1)
        await dies(first, doing)
        w.receiver = second
        async with Working(second, Agreeable()):
            outcome = await asyncio.wait_for(await second.payments.attach(flow.session_id), HOUR_S)
        assert type(outcome) is (Cancelled if command == "cancel" else Succeeded)
        assert w.accepted(flow.session_id)[f"session/{command}"] == 1
        intents = [entry.entry for entry in await w.journal(flow.session_id) if isinstance(entry.entry, Intended)]
        planned = [intent for intent in intents if intent.command == command]
        assert [intent.key for intent in planned] == second.wire.keys[f"session/{command}"]


@in_virtual_time
async def test_trace_20_the_card_of_a_dead_process_has_to_be_given_again() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await created(first)
        first.outlet.freeze_after = Intended
        doing = asyncio.create_task(caught(flow.start(card())))
        await elapse(0.1)
        await dies(first, doing)
        other = await second.payments.attach(flow.session_id)
        with pytest.raises(CommandNotAllowedError):
            await other.start(card())
        async with Working(second, Agreeable()):
            await elapse(300)
        other = await second.payments.attach(flow.session_id)
        assert other.facts.card_needed
        await other.start(card())
        await elapse(5)
        await other.confirm()
        assert isinstance(await other, Succeeded)
        assert w.accepted(flow.session_id)["session/start/payment"] == 1


@in_virtual_time
async def test_a_caller_whose_start_and_card_are_lost_is_told_that_the_card_is_needed() -> None:
    async with world(settings=FlowSettings(settle_timeout_s=200), processes=2) as w:
        first, second = w.processes
        flow = await created(first)
        first.wire.always["session/start/payment"] = "lost_before"
        starting = asyncio.create_task(caught(flow.start(card())))
        other = await second.payments.attach(flow.session_id)
        watching = asyncio.create_task(ending(other))
        error = await starting
        assert isinstance(error, (CardNeededError, CommandInDoubtError))
        watching.cancel()


@pytest.mark.parametrize("command", ["confirm", "capture", "refund"])
@in_virtual_time
async def test_trace_21_a_process_paused_between_writing_and_sending_does_not_send(command: str) -> None:
    async with world(processes=2, two_stage=True) as w:
        first, second = w.processes
        flow = await {"confirm": at_confirm, "capture": held, "refund": held}[command](first)
        if command == "refund":
            await flow.capture()
            await flow
        first.outlet.freeze_after = Intended
        first.outlet.hints = False  # as for a process that is paused as a whole
        doing = asyncio.create_task(caught(flow.refund(PART) if command == "refund" else getattr(flow, command)()))
        await elapse(0.1)
        async with Working(second, Agreeable()):
            await elapse(600)
            assert w.accepted(flow.session_id)[f"session/{command}"] == 1
            first.outlet.thaw.set()
            assert await doing is None
            await elapse(60)
        assert first.wire.calls[f"session/{command}"] == 0
        assert w.accepted(flow.session_id)[f"session/{command}"] == 1


@in_virtual_time
async def test_trace_21_nor_if_another_task_of_it_has_read_the_journal_meanwhile() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await created(first)
        waiting = asyncio.create_task(ending(flow))  # its polls keep the record abreast of the journal
        first.outlet.freeze_after = Intended
        start = asyncio.create_task(caught(flow.start(card())))
        await elapse(0.1)
        async with Working(second, Agreeable()):
            await elapse(HOUR_S)
            other = await second.payments.attach(flow.session_id)
            assert other.facts.card_needed
            first.outlet.thaw.set()
            assert isinstance(await start, CardNeededError)
        await elapse(60)
        assert not w.effects
        assert first.wire.calls["session/start/payment"] == 0
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


@pytest.mark.parametrize("command", ["confirm", "capture"])
@in_virtual_time
async def test_trace_21_nor_if_it_is_paused_after_that_and_before_the_bytes_leave(command: str) -> None:
    async with world(processes=2, two_stage=True) as w:
        first, second = w.processes
        flow = await {"confirm": at_confirm, "capture": held}[command](first)
        first.wire.stuck_s[f"session/{command}"] = 600.0
        doing = asyncio.create_task(caught(getattr(flow, command)()))
        await elapse(0.1)
        async with Working(second, Agreeable()):
            await elapse(660)
        await doing
        assert first.wire.calls[f"session/{command}"] == 0
        assert w.accepted(flow.session_id)[f"session/{command}"] == 1


@pytest.mark.parametrize("commands", [(Command.confirm, Command.cancel), (Command.capture, Command.cancel)])
@in_virtual_time
async def test_trace_22_of_two_contrary_commands_at_once_one_wins(commands: tuple[Command, Command]) -> None:
    async with world(processes=2, two_stage=commands[0] is Command.capture) as w:
        first, second = w.processes
        flow = await (held if commands[0] is Command.capture else at_confirm)(first)
        other = await second.payments.attach(flow.session_id)
        results = await asyncio.gather(caught(getattr(flow, commands[0])()), caught(getattr(other, commands[1])()))
        assert [isinstance(result, FlowError) for result in results].count(True) == 1
        outcome = await flow
        assert type(outcome) is (Succeeded if results[0] is None else Cancelled)
        sent = w.accepted(flow.session_id)
        assert sent[f"session/{commands[0]}"] + sent[f"session/{commands[1]}"] == 1


@in_virtual_time
async def test_two_processes_that_confirm_at_once_both_get_the_one_confirms_result() -> None:
    async with world(processes=2) as w:
        first, second = w.processes
        flow = await at_confirm(first)
        other = await second.payments.attach(flow.session_id)
        assert await asyncio.gather(flow.confirm(), other.confirm(), flow.confirm()) == [None, None, None]
        assert w.accepted(flow.session_id)["session/confirm"] == 1
        assert first.wire.calls["session/confirm"] + second.wire.calls["session/confirm"] == 1
        assert Confirm() == Confirm()
