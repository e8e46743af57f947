"""Random lives of a payment: merchant, payer, bank, wire, store and webhooks do what they like; the money is right.

A script is a list of (pause, action). Everything that the merchant's program asks for is a decision of the merchant;
afterwards the bank's own ledger may show each decision at most once, and nothing that nobody decided.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import Any, Literal

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from bank131_async.core.machine import Phase, Succeeded
from bank131_async.core.models import Amount
from bank131_async.errors import Bank131Error, StaleVersionError
from bank131_async.flow import FlowSettings, Later, PaymentFlow
from bank131_async.sandbox.ledger import Ledger
from tests.support.merchant import CHALLENGE, DECLINED, PLAIN, UNKNOWN_THEN_SUCCESS, Agreeable, Working, card, created
from tests.support.virtual import elapse, run_virtual
from tests.support.wire import FAULTS, Fault
from tests.support.world import Process, World, world

EXAMPLES = 40 if settings().max_examples <= 100 else 1000
DAY_S = 86_400.0
#: Every decision about money has a sum of its own, so that the bank's list tells which decision it was.
CAPTURES = {"all": 15000, "part": 7000}
REFUNDS = {"a": 300, "b": 500, None: 700}
METHODS = ("start/payment", "confirm", "cancel", "capture", "refund", "status")
PATHS = {"start": "start/payment"}

Act = Literal[
    "start", "confirm", "cancel", "capture", "refund", "pass", "fail", "chargeback", "fault", "down", "up", "die",
    "wait", "stop waiting", "work", "idle",
]  # fmt: skip


@attrs.frozen
class Line:
    """One line of a script: after ``pause_s``, process ``who`` does ``act``, and the wire may fail at that."""

    pause_s: float
    who: int
    act: Act
    what: Any = None
    fault: Fault | None = None


CARDS = [PLAIN, CHALLENGE, CHALLENGE, DECLINED, UNKNOWN_THEN_SUCCESS]
PAUSES = st.sampled_from([0.0, 0.001, 0.03, 0.051, 0.1, 0.11, 0.4, 2.0, 15.0, 61.0, 400.0])
WHO = st.integers(0, 1)
FAULT = st.one_of(st.none(), st.sampled_from(FAULTS))
COMMANDS = st.one_of(
    st.builds(Line, PAUSES, WHO, st.just("start"), st.sampled_from(CARDS), FAULT),
    st.builds(Line, PAUSES, WHO, st.sampled_from(["confirm", "confirm", "cancel"]), st.none(), FAULT),
    st.builds(Line, PAUSES, WHO, st.just("capture"), st.sampled_from(list(CAPTURES)), FAULT),
    st.builds(Line, PAUSES, WHO, st.just("refund"), st.sampled_from(list(REFUNDS)), FAULT),
)
LINES = st.one_of(
    COMMANDS,
    COMMANDS,
    st.builds(Line, PAUSES, st.just(0), st.sampled_from(["pass", "pass", "fail", "chargeback", "idle"])),
    st.builds(Line, PAUSES, WHO, st.just("fault"), st.tuples(st.sampled_from(METHODS), st.sampled_from(FAULTS))),
    st.builds(Line, PAUSES, WHO, st.sampled_from(["down", "up", "wait", "stop waiting", "work", "die"])),
)
#: What befalls webhooks, one after the other: lost, once, twice, late.
FATES = st.lists(
    st.sampled_from([(), (0.1,), (0.1,), (0.1, 0.1), (0.3, 5.0), (30.0,), (0.001,)]), min_size=1, max_size=6
)
SWITCHES = st.fixed_dictionaries(
    {
        "two_stage": st.booleans(),
        "updated_at": st.sampled_from(["fine", "coarse", "equal", "missing"]),
        "refund_metadata_echoed": st.booleans(),
        "next_action_in_ready_to_capture": st.booleans(),
        "resend_body": st.sampled_from(["same", "fresh"]),
        "failed_attempt_ends_session": st.booleans(),
        "between_steps_status": st.sampled_from(["pending", "in_progress"]),
        "declined_session": st.sampled_from(["cancelled", "error"]),
        "error_on": st.sampled_from(["payment", "session", "both"]),
        "step_delay_s": st.sampled_from([0.0, 0.2, 20.0]),
        "refund_delay_s": st.sampled_from([0.0, 5.0]),
        "show_actions": st.booleans(),
        "webhook_names": st.sampled_from(["v1", "v2"]),
    }
)


class Play:
    """Acts a script out and remembers what was decided."""

    def __init__(self, w: World, flow: PaymentFlow) -> None:
        self.w = w
        self.session_id = flow.session_id
        self.starts = self.confirms = self.cancels = self.unnamed = 0
        self.captures: set[int] = set()
        self.refunds: set[str | None] = set()
        self.errors: list[BaseException] = []
        self.running: dict[asyncio.Task[Any], Process] = {}
        self.waiting: list[asyncio.Task[Any]] = []
        self.exits = contextlib.AsyncExitStack()
        self.workers: set[int] = set()
        self.chargebacks = 0

    async def act(self, line: Line) -> None:
        await elapse(line.pause_s)
        process = self.w.processes[line.who]
        match line.act:
            case "pass" | "fail" | "chargeback":
                self._bank(line.act)
            case "fault":
                method, fault = line.what
                if not (method == "status" and fault in ("burnt", "slow")):  # a question has no key
                    process.wire.faults.setdefault(f"session/{method}", []).append(fault)
            case "down" | "up":
                process.outlet.down = line.act == "down"
            case "die":
                await self._replace(process, line.who)
            case "work":
                await self._work(process, line.who)
            case "stop waiting":
                for task in self.waiting:
                    task.cancel()
            case "idle":
                await elapse(120)
            case _:
                self._run(process, line)

    def _bank(self, act: str) -> None:
        with contextlib.suppress(ValueError):
            if act == "chargeback":
                self.w.bank.chargeback(self.session_id, 111)
                self.chargebacks += 1
            elif act == "pass":
                self.w.bank.payer_pass(self.session_id)
            else:
                self.w.bank.payer_fail(self.session_id)

    async def _replace(self, process: Process, who: int) -> None:
        process.die()
        for task, owner in list(self.running.items()):
            if owner is process:
                task.cancel()
        fresh = self.w.process()
        self.w.processes[who] = self.w.processes.pop()
        self.w.graves.append(process)
        if self.w.receiver is process:
            self.w.receiver = fresh

    async def _work(self, process: Process, who: int) -> None:
        if who not in self.workers:
            self.workers.add(who)
            await self.exits.enter_async_context(Working(process, Agreeable(confirm=Later, capture=Later)))

    def _run(self, process: Process, line: Line) -> None:
        if line.fault is not None:
            process.wire.faults[f"session/{PATHS.get(line.act, line.act)}"] = [line.fault]
        task = asyncio.get_running_loop().create_task(self._do(process, line), name=f"merchant {line.act}")
        self.running[task] = process
        task.add_done_callback(self._done)
        if line.act == "wait":
            self.waiting.append(task)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self.running.pop(task, None)
        if not task.cancelled() and task.exception() is not None:
            error = task.exception()
            assert error is not None
            self.errors.append(error)

    async def _do(self, process: Process, line: Line) -> None:
        flow = await process.payments.attach(self.session_id)
        match line.act:
            case "start":
                self.starts += 1
                await flow.start(card(line.what))
            case "confirm":
                self.confirms += 1
                await flow.confirm()
            case "cancel":
                self.cancels += 1
                await flow.cancel()
            case "capture":
                self.captures.add(CAPTURES[line.what])
                await flow.capture(None if line.what == "all" else Amount.minor(CAPTURES[line.what], "rub"))
            case "refund":
                self.refunds.add(line.what)
                self.unnamed += line.what is None
                await (await flow.refund(Amount.minor(REFUNDS[line.what], "rub"), name=line.what))
            case _:
                await flow

    async def finish(self) -> None:
        """The bad times are over: everything works again, and a new process looks after what is left."""
        for process in self.w.processes:
            process.outlet.down = False
            process.wire.faults.clear()
        process = self.w.process()
        self.w.receiver = process
        async with Working(process, Agreeable(confirm=Later, capture=Later)):
            await elapse(DAY_S)
            for task in list(self.running):
                task.cancel()
            await elapse(6 * DAY_S)
        await self.exits.aclose()


def decided(play: Play) -> Counter[str]:
    """The merchant's decisions. A refund with a name is one however often it is asked for."""
    refunds = {f"refund {REFUNDS[name]}": play.unnamed if name is None else 1 for name in play.refunds}
    return Counter(start=play.starts, confirm=play.confirms, cancel=play.cancels, **refunds)


def shown(play: Play) -> Counter[str]:
    """What of it the bank has carried out, by its own ledger."""
    attempts = play.w.bank.session(play.session_id).attempts
    accepted = play.w.accepted(play.session_id)
    refunds = [refund for attempt in attempts for refund in attempt.refunds if not refund.is_chargeback]
    return Counter(
        start=len(attempts),
        confirm=accepted["session/confirm"],
        cancel=accepted["session/cancel"],
        **Counter(f"refund {refund.amount}" for refund in refunds),
    )


def check_money(play: Play) -> None:
    """The bank's ledger in itself, and the sums that it captured."""
    session = play.w.bank.session(play.session_id)
    accepted = play.w.accepted(play.session_id)
    assert accepted["session/start/payment"] == len(session.attempts)
    assert accepted["session/confirm"] <= len(session.attempts)
    for attempt in session.attempts:
        taken = attempt.ledger.captured
        assert taken in {0, 15000, *play.captures}
        if play.w.bank.project.settings.two_stage and attempt.stage.name == "SUCCEEDED":
            assert taken in play.captures or session.attempts[-1].card.card.unknown


async def check_facts(play: Play) -> None:
    """What the journal amounts to, against the bank's own state."""
    session = play.w.bank.session(play.session_id)
    one, two = play.w.processes[0], play.w.processes[-1]
    flow = await two.payments.attach(play.session_id)
    other = await one.payments.attach(play.session_id)
    assert flow.facts.essence == other.facts.essence
    assert flow.facts.conflict is None
    succeeded = any(attempt.ledger.captured for attempt in session.attempts)
    assert isinstance(flow.facts.outcome, Succeeded) == succeeded
    if session.status == "cancelled":
        assert flow.phase is Phase.PAYMENT_FINISHED
    listed = {refund.id for attempt in session.attempts for refund in attempt.refunds}
    if flow.facts.refunds:
        assert {refund.id for refund in flow.facts.refunds} <= listed


def check_errors(play: Play) -> None:
    for error in play.errors:
        assert isinstance(error, Bank131Error), repr(error)
        assert not isinstance(error, StaleVersionError), repr(error)
    asked = sum(process.wire.calls["session/status"] for process in play.w.processes)
    assert asked < 1500, asked


async def acted(script: list[Line], fates: list[tuple[float, ...]], switches: dict[str, Any]) -> Play:
    calm = FlowSettings(worker_pause_s=600, worker_longest_pause_s=600)
    async with world(processes=2, plain_retries=True, settings=calm, **switches) as w:
        flow = await created(w.processes[0], order="7")
        turn = 0

        def fate(_webhook: object) -> tuple[float, ...]:
            nonlocal turn
            turn += 1
            return fates[turn % len(fates)]

        w.courier = fate
        play = Play(w, flow)
        for line in script:
            await play.act(line)
        w.courier = lambda _webhook: (0.1,)
        await play.finish()
        check_money(play)
        await check_facts(play)
        check_errors(play)
    return play


HAPPY = [Line(0.0, 0, "start", PLAIN), Line(2.0, 0, "confirm"), Line(2.0, 1, "capture", "part")]


@st.composite
def scripts(draw: st.DrawFn) -> list[Line]:
    """A part of the plain story, with faults in it, and then anything."""
    told = HAPPY[: draw(st.integers(0, 3))]
    story = [attrs.evolve(line, pause_s=draw(st.sampled_from([2.0, 40.0, 130.0])), fault=draw(FAULT)) for line in told]
    return [*story, *draw(st.lists(LINES, min_size=1, max_size=10))]


PAID = [Line(0.0, 0, "start", PLAIN), Line(1.0, 0, "confirm"), Line(1.0, 0, "capture", "all"), Line(5.0, 0, "idle")]
REFUNDING = st.builds(Line, PAUSES, WHO, st.just("refund"), st.sampled_from(list(REFUNDS)), FAULT)
TROUBLES = st.builds(Line, PAUSES, WHO, st.sampled_from(["down", "up", "wait", "work", "work", "die", "chargeback"]))


@settings(max_examples=EXAMPLES)
@given(scripts(), FATES, SWITCHES)
def test_whatever_happens_the_bank_shows_each_decision_at_most_once(
    script: list[Line], fates: list[tuple[float, ...]], switches: dict[str, Any]
) -> None:
    play = run_virtual(acted(script, fates, switches))
    assert shown(play) <= decided(play)


@settings(max_examples=EXAMPLES)
@given(st.lists(st.one_of(REFUNDING, REFUNDING, TROUBLES), min_size=1, max_size=8), FATES, SWITCHES)
def test_whatever_happens_each_refund_is_made_at_most_once(
    script: list[Line], fates: list[tuple[float, ...]], switches: dict[str, Any]
) -> None:
    play = run_virtual(acted([*PAID, *script], fates, {**switches, "step_delay_s": 0.0}))
    assert shown(play) <= decided(play)


def test_the_plain_story_ends_well() -> None:
    script = [*HAPPY, Line(2.0, 1, "refund", "a"), Line(0.0, 0, "refund", "a"), Line(1.0, 0, "refund", None)]
    play = run_virtual(acted(script, [(0.1,)], {"two_stage": True}))
    assert play.errors == []
    assert play.w.ledger(play.session_id) == Ledger(authorised=15000, captured=7000, released=8000, refunded=1000)
    assert shown(play) == decided(play) == {"start": 1, "confirm": 1, "cancel": 0, "refund 300": 1, "refund 700": 1}
