"""``bank.payments.run(policy)``: work on whatever is unfinished, oldest due first, in any number of processes."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bank131_async.core.machine import ActionRequired, FlowStep, Phase, ReadyToCapture, ReadyToConfirm, steps_of
from bank131_async.errors import Bank131Error, CommandInDoubtError, ConflictError, StoreUnavailableError
from bank131_async.flow.engine import Engine
from bank131_async.flow.inits import Inits
from bank131_async.flow.pauses import growing_s
from bank131_async.flow.payment import PaymentFlow
from bank131_async.flow.policy import Cancel, Capture, Confirm, Later, Policy
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.streams import is_session

T = TypeVar("T")
log = logging.getLogger("bank131.flow")
#: After a failure of the policy or of a command: 1 s, 2 s, 4 s ... up to five minutes.
_LONGEST_PAUSE_S = 300.0
_ALMOST = 0.7


class Worker:
    """One worker. Workers need no leader: a flow that two of them take is still commanded once, by the journal."""

    def __init__(self, engine: Engine, inits: Inits, policy: Policy, *, concurrency: int) -> None:
        self._engine = engine
        self._inits = inits
        self._policy = policy
        self._concurrency = concurrency
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._told: dict[str, set[tuple[object, ...]]] = {}
        self._failures: dict[str, int] = {}
        self._poll_due: dict[str, float] = {}
        self._wake = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``; then finish what is in hand."""
        hints = self._engine.tasks.spawn(self._follow_hints(), name="bank131 worker hints")
        stopping = self._engine.tasks.spawn(self._wake_on(stop), name="bank131 worker stop")
        pause_s = self._engine.settings.worker_pause_s
        try:
            while not stop.is_set():
                self._wake.clear()
                try:
                    await self._take_due()
                    pause_s = self._engine.settings.worker_pause_s
                except StoreUnavailableError:
                    pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)
                    log.warning("the store is not available; the worker pauses for %.0f s", pause_s)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause_s):
                        await self._wake.wait()
        finally:
            hints.cancel()
            stopping.cancel()
            if self._busy:
                await asyncio.wait(self._busy.values(), timeout=self._engine.settings.grace_s)

    async def _take_due(self) -> None:
        room = self._concurrency - len(self._busy)
        if room <= 0:
            return
        now = self._engine.recorder.now()
        due = await self._engine.journal.unfinished(now, self._concurrency * 2)
        for stream in [name for name in due if name not in self._busy][:room]:
            task = self._engine.tasks.spawn(self._work(stream), name=f"bank131 work {stream}")
            self._busy[stream] = task
            task.add_done_callback(functools.partial(self._free, stream))

    def _free(self, stream: str, _task: asyncio.Task[None]) -> None:
        self._busy.pop(stream, None)
        self._wake.set()

    async def _follow_hints(self) -> None:
        async for _ in self._engine.journal.changes():
            self._wake.set()

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _work(self, stream: str) -> None:
        """One flow's turn: settle, ask, decide, and put it back with the time of its next turn."""
        record = await self._engine.record_of(stream)
        try:
            pause_s = await self._turn(record)
            self._failures.pop(stream, None)
        except StoreUnavailableError:
            raise
        except Exception as error:
            pause_s = self._count_failure(stream, error)
        if pause_s is not None:
            await self._engine.recorder.reindex(record, due_in_s=pause_s)
        if not record.facts.is_unfinished(self._engine.settings.machine, self._engine.recorder.now()):
            self._told.pop(stream, None)
            self._poll_due.pop(stream, None)

    async def _turn(self, record: FlowRecord) -> float | None:
        engine = self._engine
        if not is_session(record.session_id):
            return await self._recover_init(record)  # None once it is settled: its index is closed for good
        pause_s = await engine.driver.settle(record)
        fresh = self._fresh_steps(record)
        if not fresh:
            if self._is_poll_due(record):
                pause_s = await engine.driver.poll(record)
            fresh = [step for step in steps_of(record.facts) if isinstance(step, ReadyToConfirm | ReadyToCapture)]
            fresh += [step for step in self._fresh_steps(record) if step not in fresh]
            fresh += self._silent_step(record)
        if record.facts.needs_a_person(engine.settings.machine, engine.recorder.now()):
            await self._call_person(record)
            return engine.settings.polling.max_s
        await self._tell_deadline(record)
        for step in fresh:
            try:
                after_s = await self._decide(record, step)
            except ConflictError as error:
                await self._tell_conflict(record, error.message)
                after_s = engine.settings.polling.max_s
            self._told.setdefault(record.session_id, set()).add(step.key)
            pause_s = after_s if after_s is not None else pause_s
        return pause_s if pause_s is not None else engine.recorder.pause_s(record.facts, engine.recorder.now())

    def _is_poll_due(self, record: FlowRecord) -> bool:
        """Whether the pause since the last poll is over; a policy may want to be asked more often than the bank."""
        now = asyncio.get_running_loop().time()
        if now < self._poll_due.get(record.session_id, 0.0):
            return False
        pause_s = self._engine.recorder.pause_s(record.facts, self._engine.recorder.now())
        # A little less than the pause, whose jitter is drawn anew each time.
        self._poll_due[record.session_id] = now + pause_s * _ALMOST
        return True

    def _fresh_steps(self, record: FlowRecord) -> list[FlowStep]:
        told = self._told.get(record.session_id, set())
        return [step for step in steps_of(record.facts) if step.key not in told]

    async def _decide(self, record: FlowRecord, step: FlowStep) -> float | None:
        """Ask the policy and carry its decision out; the seconds after which to ask it again."""
        flow = PaymentFlow(self._engine, record)
        decision: Confirm | Capture | Cancel | Later
        match step:
            case ReadyToConfirm():
                decision = await self._policy.ready_to_confirm(flow, step)
            case ReadyToCapture():
                decision = await self._policy.ready_to_capture(flow, step)
            case ActionRequired():
                await self._policy.action_required(flow, step)
                return None
            case _:
                return None
        match decision:
            case Later(after_s):
                return after_s
            case Confirm():
                await flow.confirm(attempt=step.attempt)
            case Capture(amount):
                await flow.capture(amount, attempt=step.attempt)
            case Cancel():
                await flow.cancel(attempt=step.attempt)
        return 0.0

    async def _call_person(self, record: FlowRecord) -> None:
        """Tell the policy once, in this process, what a person has to look at."""
        if record.facts.conflict is not None:
            await self._tell_conflict(record, record.facts.conflict)
            return
        reason = "a command is in doubt" if record.facts.open_intent else "past its horizon"
        await self._tell_once(record, ("person", reason), self._policy.needs_a_person, reason)

    async def _tell_conflict(self, record: FlowRecord, reason: str) -> None:
        await self._tell_once(record, ("conflict", reason), self._policy.on_conflict, reason)

    async def _tell_deadline(self, record: FlowRecord) -> None:
        """The phase has lasted longer than it should; the bank has just been asked about it."""
        facts = record.facts
        deadline = facts.deadline(self._engine.settings.machine)
        if deadline is not None and self._engine.recorder.now() >= deadline:
            key = ("deadline", facts.phase, facts.entered_at)
            await self._tell_once(record, key, self._policy.on_deadline, facts.phase)

    async def _tell_once(
        self, record: FlowRecord, key: tuple[object, ...], tell: Callable[[PaymentFlow, T], Awaitable[None]], what: T
    ) -> None:
        """Once in this process, unless the policy fails."""
        told = self._told.setdefault(record.session_id, set())
        if key not in told:
            await tell(PaymentFlow(self._engine, record), what)
            told.add(key)

    async def _recover_init(self, stream: FlowRecord) -> float | None:
        pause_s = await self._inits.recover(stream)
        if stream.facts.in_doubt(self._engine.settings.machine, self._engine.recorder.now()):
            await self._call_person(stream)
        return pause_s

    def _silent_step(self, record: FlowRecord) -> list[FlowStep]:
        """The capture that the policy wants to be asked about although the bank has not said that it waits for one."""
        after_s, facts = self._policy.capture_when_silent_after, record.facts
        is_silent = facts.phase is Phase.IN_PROGRESS and facts.reading is not None and facts.reading.silent
        if after_s is None or not is_silent:
            return []
        age_s = (self._engine.recorder.now() - facts.entered_at).total_seconds()
        return [ReadyToCapture(facts.attempt)] if age_s >= after_s else []

    def _count_failure(self, stream: str, error: Exception) -> float:
        count = self._failures[stream] = self._failures.get(stream, 0) + 1
        pause_s = growing_s(count - 1, longest_s=_LONGEST_PAUSE_S)
        if isinstance(error, ConflictError | CommandInDoubtError):
            log.warning("session %s: %s", stream, error)
        elif isinstance(error, Bank131Error):
            log.warning("session %s: %s: %s; again in %.0f s", stream, type(error).__name__, error, pause_s)
        else:
            log.error("session %s: the policy failed; again in %.0f s", stream, pause_s, exc_info=error)
        return pause_s
