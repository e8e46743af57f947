"""One flow's turn in a worker: settle what is open, ask the bank, let the policy decide, say when to come back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import attrs

from bank131_async.core.machine import ActionRequired, FlowStep, Kind, Phase, ReadyToCapture, ReadyToConfirm, steps_of
from bank131_async.errors import Bank131Error, CommandInDoubtError, ConflictError, StoreUnavailableError
from bank131_async.flow.engine import Engine
from bank131_async.flow.flow import AnyFlow
from bank131_async.flow.inits import Inits
from bank131_async.flow.multi import MultiFlow
from bank131_async.flow.pauses import growing_s
from bank131_async.flow.payment import PaymentFlow
from bank131_async.flow.payout import PayoutFlow
from bank131_async.flow.policy import Cancel, Capture, Confirm, Later, Policy
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.streams import is_session

T = TypeVar("T")
log: logging.Logger = logging.getLogger("bank131.flow")
#: After a failure of the policy or of a command: 1 s, 2 s, 4 s ... up to five minutes.
_LONGEST_PAUSE_S = 300.0
_ALMOST = 0.7
_FLOWS: Mapping[Kind, type[AnyFlow]] = {"payment": PaymentFlow, "payout": PayoutFlow, "multi": MultiFlow}


@attrs.define(eq=False)
class _Memory:
    """What a worker remembers of a flow between two turns; lost with the process, and no harm done.

    ``told``: keys of the steps and messages that the policy has had. ``failures`` and ``misses``: in a row, of turns
    and of questions to the bank. ``poll_due``: loop time of the next poll.
    """

    told: set[tuple[object, ...]] = attrs.field(factory=lambda: set[tuple[object, ...]]())
    failures: int = 0
    misses: int = 0
    poll_due: float = 0.0


class Turns:
    """Takes flows in hand, one turn at a time each."""

    def __init__(self, engine: Engine, inits: Inits, policy: Policy) -> None:
        self._engine = engine
        self._inits = inits
        self._policy = policy
        self._memories: dict[str, _Memory] = {}

    async def take(self, stream: str) -> float:
        """Go on with a flow and put it back with the time of its next turn.

        Returns the seconds for which this worker shall leave it alone even if the journal says that it is due: more
        than 0 where it could not be put back. Raises ``StoreUnavailableError``.
        """
        memory = self._memories.setdefault(stream, _Memory())
        try:
            record = await self._engine.record_of(stream)
        except StoreUnavailableError:
            raise
        except Exception as error:  # a journal that this version cannot read, for one
            return self._count_failure(stream, memory, error, "its journal cannot be read")
        record.misses = max(record.misses, memory.misses)
        try:
            pause_s = await self._turn(record, memory)
            memory.failures = 0
        except StoreUnavailableError:
            raise
        except Exception as error:
            pause_s = self._count_failure(stream, memory, error, "the policy failed")
        memory.misses = record.misses
        if pause_s is not None:
            await self._engine.recorder.reindex(record, due_in_s=pause_s)
        if not record.facts.is_unfinished(self._engine.settings.machine, self._engine.recorder.now()):
            self._memories.pop(stream, None)
        return 0.0

    async def _turn(self, record: FlowRecord, memory: _Memory) -> float | None:
        engine = self._engine
        if not is_session(record.session_id):
            return await self._recover_init(record, memory)  # None once it is settled: its index is closed for good
        pause_s = await engine.driver.settle(record)
        fresh = _fresh_steps(record, memory)
        if not fresh:
            if self._is_poll_due(record, memory):
                pause_s = await engine.driver.poll(record)
            fresh = [step for step in steps_of(record.facts) if isinstance(step, ReadyToConfirm | ReadyToCapture)]
            fresh += [step for step in _fresh_steps(record, memory) if step not in fresh]
            fresh += self._silent_step(record)
        if record.facts.needs_a_person(engine.settings.machine, engine.recorder.now()):
            await self._call_person(record, memory)
            return engine.settings.polling.max_s
        await self._tell_deadline(record, memory)
        for step in fresh:
            try:
                after_s = await self._decide(record, step)
            except ConflictError as error:
                await self._tell_conflict(record, memory, error.message)
                after_s = engine.settings.polling.max_s
            memory.told.add(step.key)
            pause_s = after_s if after_s is not None else pause_s
        return pause_s if pause_s is not None else engine.recorder.pause_s(record.facts, engine.recorder.now())

    def _is_poll_due(self, record: FlowRecord, memory: _Memory) -> bool:
        """Whether the pause since the last poll is over; a policy may want to be asked more often than the bank."""
        now = asyncio.get_running_loop().time()
        if now < memory.poll_due:
            return False
        pause_s = self._engine.recorder.pause_s(record.facts, self._engine.recorder.now())
        # A little less than the pause, whose jitter is drawn anew each time.
        memory.poll_due = now + pause_s * _ALMOST
        return True

    async def _decide(self, record: FlowRecord, step: FlowStep) -> float | None:
        """Ask the policy and carry its decision out; the seconds after which to ask it again."""
        flow = _flow(self._engine, record)
        match await self._decision(flow, step):
            case Later(after_s):
                return after_s
            case Confirm(information):
                await flow.confirm(attempt=step.attempt, information=information)
            case Capture(amount) if isinstance(flow, PaymentFlow | MultiFlow):
                await flow.capture(amount, attempt=step.attempt)
            case Cancel():
                await flow.cancel(attempt=step.attempt)
            case _:
                return None
        return 0.0

    async def _decision(self, flow: AnyFlow, step: FlowStep) -> Confirm | Capture | Cancel | Later | None:
        match flow, step:
            case PaymentFlow(), ReadyToConfirm():
                return await self._policy.ready_to_confirm(flow, step)
            case PayoutFlow(), ReadyToConfirm():
                return await self._policy.payout_ready_to_confirm(flow, step)
            case MultiFlow(), ReadyToConfirm():
                return await self._policy.multi_ready_to_confirm(flow, step)
            case MultiFlow(), ReadyToCapture():
                return await self._policy.multi_ready_to_capture(flow, step)
            case MultiFlow(), ActionRequired():
                await self._policy.multi_action_required(flow, step)
            case PaymentFlow(), ReadyToCapture():
                return await self._policy.ready_to_capture(flow, step)
            case PaymentFlow(), ActionRequired():
                await self._policy.action_required(flow, step)
            case _:
                pass
        return None

    async def _call_person(self, record: FlowRecord, memory: _Memory) -> None:
        """Tell the policy once, in this process, what a person has to look at."""
        if record.facts.conflict is not None:
            await self._tell_conflict(record, memory, record.facts.conflict)
            return
        reason = "a command is in doubt" if record.facts.open_intent else "past its horizon"
        await self._tell_once(record, memory, ("person", reason), self._policy.needs_a_person, reason)

    async def _tell_conflict(self, record: FlowRecord, memory: _Memory, reason: str) -> None:
        await self._tell_once(record, memory, ("conflict", reason), self._policy.on_conflict, reason)

    async def _tell_deadline(self, record: FlowRecord, memory: _Memory) -> None:
        """The phase has lasted longer than it should; the bank has just been asked about it."""
        facts = record.facts
        deadline = facts.deadline(self._engine.settings.machine)
        if deadline is not None and self._engine.recorder.now() >= deadline:
            key = ("deadline", facts.phase, facts.entered_at)
            await self._tell_once(record, memory, key, self._policy.on_deadline, facts.phase)

    async def _tell_once(
        self,
        record: FlowRecord,
        memory: _Memory,
        key: tuple[object, ...],
        tell: Callable[[AnyFlow, T], Awaitable[None]],
        what: T,
    ) -> None:
        """Once in this process, unless the policy fails."""
        if key not in memory.told:
            await tell(_flow(self._engine, record), what)
            memory.told.add(key)

    async def _recover_init(self, stream: FlowRecord, memory: _Memory) -> float | None:
        pause_s = await self._inits.recover(stream)
        if stream.facts.in_doubt(self._engine.settings.machine, self._engine.recorder.now()):
            await self._call_person(stream, memory)
        return pause_s

    def _silent_step(self, record: FlowRecord) -> list[FlowStep]:
        """The capture that the policy wants to be asked about although the bank has not said that it waits for one."""
        after_s, facts = self._policy.capture_when_silent_after, record.facts
        is_silent = facts.phase is Phase.IN_PROGRESS and facts.reading is not None and facts.reading.silent
        if after_s is None or not is_silent:
            return []
        age_s = (self._engine.recorder.now() - facts.entered_at).total_seconds()
        return [ReadyToCapture(facts.attempt)] if age_s >= after_s else []

    def _count_failure(self, stream: str, memory: _Memory, error: Exception, what: str) -> float:
        memory.failures += 1
        pause_s = growing_s(memory.failures - 1, longest_s=_LONGEST_PAUSE_S)
        if isinstance(error, ConflictError | CommandInDoubtError):
            log.warning("session %s: %s", stream, error)
        elif isinstance(error, Bank131Error):
            log.warning("session %s: %s: %s; again in %.0f s", stream, type(error).__name__, error, pause_s)
        else:
            log.error("session %s: %s; again in %.0f s", stream, what, pause_s, exc_info=error)
        return pause_s


def _fresh_steps(record: FlowRecord, memory: _Memory) -> list[FlowStep]:
    return [step for step in steps_of(record.facts) if step.key not in memory.told]


def _flow(engine: Engine, record: FlowRecord) -> AnyFlow:
    return _FLOWS[record.facts.kind](engine, record)
