"""The bank, the store or its hints are away: a few probes, two lines in the log, a gauge, nothing lost or spinning."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bank131_async.core.machine import Succeeded
from bank131_async.flow.hints import follow
from bank131_async.flow.outage import Outage
from bank131_async.stores import Hint
from tests.support.merchant import CHALLENGE, Agreeable, Working, at_confirm, caught, ending, started
from tests.support.virtual import EPOCH, elapse, in_virtual_time
from tests.support.wire import Fault
from tests.support.world import Process, world

HOUR_S = 3600.0
METHODS = ("session/status", "session/confirm", "session/capture", "session/create", "session/start/payment")


def cut_off(process: Process, fault: Fault = "not_sent") -> None:
    for method in METHODS:
        process.wire.always[method] = fault


def lines(caplog: pytest.LogCaptureFixture, text: str) -> int:
    return sum(text in record.getMessage() for record in caplog.records)


def test_a_circuit_opens_after_failures_in_a_row_and_lets_one_probe_through_at_a_time() -> None:
    circuit = Outage("the bank", tolerated=3)
    for now in (1.0, 2.0):
        circuit.failed(now, EPOCH)
    circuit.answered(3.0)
    for now in (4.0, 5.0, 6.0):
        assert circuit.admits(now)
        assert circuit.since is None
        circuit.failed(now, EPOCH)
    assert circuit.since == EPOCH
    assert not circuit.admits(6.5)
    assert circuit.admits(7.0)
    assert not circuit.admits(7.1)  # the probe is under way
    circuit.failed(7.2, EPOCH)
    assert not circuit.admits(9.0)
    assert circuit.admits(9.3)
    circuit.answered(9.4)
    assert circuit.admits(9.5)
    assert circuit.since is None


def test_many_calls_that_fail_together_are_one_failure_and_the_first_probe_comes_soon() -> None:
    circuit = Outage("the store", tolerated=1)
    for _ in range(20):
        circuit.failed(5.0, EPOCH)
    assert circuit.admits(6.1)
    for _ in range(20):
        circuit.failed(6.2, EPOCH)
    assert not circuit.admits(8.1)
    assert circuit.admits(8.3)


@pytest.mark.parametrize("fault", ["not_sent", "lost_before", "html_before"])
@in_virtual_time
async def test_while_the_bank_is_down_workers_probe_it_and_all_flows_go_on_when_it_is_back(
    fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(processes=2, webhooks=False) as w:
        shop, worker = w.processes
        flows = [await started(shop) for _ in range(40)]
        cut_off(worker, fault)
        async with Working(worker, Agreeable(w)):
            await elapse(HOUR_S)
            assert worker.outlet.tries < 4000  # nor are forty flows taken again and again to find that out
            tries = sum(len(worker.wire.times.get(method, ())) for method in METHODS)
            assert tries <= 300  # a probe a minute, each with the client's own repeats; not forty flows a minute
            assert worker.payments.health.bank_failing_since is not None
            assert worker.payments.health.bank_failing_since < EPOCH.replace(hour=0, minute=10)
            assert lines(caplog, "the bank does not answer") == 1
            worker.wire.always.clear()
            await elapse(600)
            assert worker.payments.health.bank_failing_since is None
            assert lines(caplog, "the bank answers again") == 1
            outcomes = [(await worker.payments.attach(flow.session_id)).facts.outcome for flow in flows]
        assert all(isinstance(outcome, Succeeded) for outcome in outcomes)
        assert all(w.accepted(flow.session_id)["session/confirm"] == 1 for flow in flows)


@in_virtual_time
async def test_who_waits_for_many_flows_does_not_ask_a_bank_that_is_down_about_each() -> None:
    async with world(webhooks=False) as w:
        (process,) = w.processes
        flows = [await at_confirm(process, CHALLENGE) for _ in range(20)]
        for flow in flows:
            await flow.confirm()
            w.bank.payer_pass(flow.session_id)
        cut_off(process)
        process.wire.always["session/status"] = "lost_before"
        waiting = [asyncio.create_task(ending(flow)) for flow in flows]
        before = process.wire.calls["session/status"]
        await elapse(HOUR_S)
        assert process.wire.calls["session/status"] - before < 300  # a probe a minute with the client's own repeats
        process.wire.always.clear()
        outcomes = await asyncio.wait_for(asyncio.gather(*waiting), 3 * HOUR_S)
        assert all(isinstance(outcome, Succeeded) for outcome in outcomes)


@in_virtual_time
async def test_a_command_of_a_caller_is_tried_although_the_bank_is_held_to_be_down() -> None:
    async with world(processes=2) as w:
        process, other = w.processes
        flow = await at_confirm(process)
        cut_off(other)
        for _ in range(6):
            await caught((await other.payments.attach(flow.session_id)).refresh())
        assert other.payments.health.bank_failing_since is not None
        other.wire.always.clear()
        again = await other.payments.attach(flow.session_id)
        await asyncio.wait_for(again.confirm(), 5)
        assert other.payments.health.bank_failing_since is None
        assert isinstance(await flow, Succeeded)


@in_virtual_time
async def test_an_outage_of_the_store_is_two_lines_of_the_log_and_a_few_tries(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with world(processes=2) as w:
        shop, worker = w.processes
        async with Working(worker, Agreeable(w)):
            flows = [await started(shop) for _ in range(10)]
            worker.outlet.down, tries = True, worker.outlet.tries
            await elapse(HOUR_S)
            assert worker.outlet.tries - tries < 120
            assert worker.payments.health.store_failing_since is not None
            assert lines(caplog, "the store does not answer") == 1
            worker.outlet.down = False
            outcomes = await asyncio.wait_for(asyncio.gather(*(ending(flow) for flow in flows)), 600)
            assert worker.payments.health.store_failing_since is None
            assert lines(caplog, "the store answers again") == 1
        assert all(isinstance(outcome, Succeeded) for outcome in outcomes)


@in_virtual_time
async def test_a_store_that_goes_away_right_after_a_command_is_an_outage_and_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with world() as w:
        (shop,) = w.processes
        flow = await at_confirm(shop)
        await flow.confirm()
        shop.outlet.down = True
        await elapse(5)
        assert shop.payments.health.store_failing_since is not None
        shop.outlet.down = False
        assert isinstance(await flow, Succeeded)
    assert not [one for one in caplog.records if one.levelname == "ERROR" and one.name == "bank131.flow"]


class Shaky:
    """A journal whose hints break off as it is told; nothing else of it is asked for."""

    def __init__(self, *lives: int) -> None:
        self.lives = list(lives)
        self.opened: list[float] = []

    async def changes(self) -> AsyncIterator[Hint]:
        self.opened.append(asyncio.get_running_loop().time())
        for number in range(self.lives.pop(0) if self.lives else 1_000):
            await asyncio.sleep(0.1)
            yield Hint("ps_1", number)
        raise ConnectionError("the database has closed the connection")


@in_virtual_time
async def test_hints_that_break_off_are_followed_again_after_pauses_that_grow_while_nothing_comes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    journal = Shaky(2, 0, 0, 0, 3, 0)
    hints = follow(journal)  # type: ignore[arg-type]
    numbers = [(await anext(hints)).version for _ in range(8)]
    await hints.aclose()  # type: ignore[attr-defined]
    assert numbers == [0, 1, 0, 1, 2, 0, 1, 2]
    pauses = [round(later - earlier) for earlier, later in zip(journal.opened, journal.opened[1:], strict=False)]
    assert pauses == [1, 2, 4, 8, 1, 2]
    assert lines(caplog, "no hints from the journal") == 2


@pytest.mark.parametrize("who", ["worker", "waiter"])
@in_virtual_time
async def test_a_process_whose_hints_broke_off_hears_of_news_again(who: str) -> None:
    async with world(processes=2) as w:
        shop, other = w.processes
        broken = asyncio.Event()
        changes = other.outlet.changes

        async def breaking() -> AsyncIterator[Hint]:
            if not broken.is_set():
                broken.set()
                raise ConnectionError("no route to the database")
            async for hint in changes():
                yield hint

        other.outlet.changes = breaking  # type: ignore[method-assign]
        flow = await at_confirm(shop)
        if who == "worker":
            async with Working(other, Agreeable(w)):
                await elapse(2 * HOUR_S)
                late = await started(shop)
                assert isinstance(await asyncio.wait_for(late, 3), Succeeded)
        else:
            w.bank.configure(confirm_limit_s=10 * HOUR_S)
            waiting = asyncio.create_task(ending(await other.payments.attach(flow.session_id)))
            await elapse(2 * HOUR_S)
            await flow.confirm()
            assert isinstance(await asyncio.wait_for(waiting, 5), Succeeded)
        assert broken.is_set()
