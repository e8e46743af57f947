"""``Flow``: one session's operation, awaited and commanded. What payments and payouts have in common."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Coroutine, Generator
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from bank131_async.core.machine import (
    Command,
    Facts,
    FlowStep,
    IntentFacts,
    Outcome,
    Phase,
    RefundFacts,
    Resolved,
    Succeeded,
    steps_of,
)
from bank131_async.core.models import Amount
from bank131_async.core.operations import CancelSession, CaptureSession, ConfirmSession
from bank131_async.errors import (
    CommandNotAllowedError,
    ConfigurationError,
    FlowAbandonedError,
    FlowTimeoutError,
    OutcomeUnknownError,
)
from bank131_async.flow.commands import Decision
from bank131_async.flow.doubts import doubt_of
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.results import asked_to_confirm, with_payment

if TYPE_CHECKING:
    from bank131_async.core.models import ConfirmInformation
    from bank131_async.flow.engine import Engine


R = TypeVar("R")


class Flow(ABC, Generic[R]):
    """A payment, a payout or several at once, that any process may wait for and command.

    ``await flow`` gives how it ended. ``async for step in flow`` gives what has to be done on the way. Both may be used
    from any number of tasks. Cancelling them never touches the operation at the bank. Handles are cheap.
    """

    __slots__ = ("_engine", "_record", "_unknown_told")

    def __init__(self, engine: Engine, record: FlowRecord) -> None:
        self._engine = engine
        self._record = record
        self._unknown_told = 0

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.session_id} {self.phase}>"

    # -- where it stands, as far as this process has heard ------------------------------------------------------------

    @property
    def session_id(self) -> str:
        """The bank's id of the session."""
        return self._record.session_id

    @property
    def facts(self) -> Facts:
        """Everything known, as one frozen value."""
        return self._record.facts

    @property
    def phase(self) -> Phase:
        """The current phase; ``in_progress`` while a question to the bank is open."""
        return self._record.facts.phase

    @property
    def order(self) -> str | None:
        """The caller's own name for this payment."""
        return self._record.facts.order

    @property
    def refunds(self) -> tuple[RefundFacts, ...]:
        """Refunds and chargebacks, as far as this process has heard; ``refresh()`` first to be sure."""
        return self._record.facts.refunds

    # -- waiting ------------------------------------------------------------------------------------------------------

    def __await__(self) -> Generator[object, None, R]:
        ended: Coroutine[object, None, R] = self._engine.waiting.until(self._record, self._known_end)
        return ended.__await__()

    async def settled(self) -> R:
        """Like ``await flow``, but waits on when the bank itself does not know the outcome yet.

        Raises ``FlowAbandonedError`` when the flow passes its horizon, and, as all waiting does, ``BankRefusedError``
        when an attached session turns out to be unknown to the bank.
        """
        return await self._engine.waiting.until(self._record, self._end)

    async def wait_for(self, *phases: Phase, timeout: float | None = None) -> Phase:
        """Wait until one of ``phases`` is reached, or the end; returns the phase.

        ``timeout`` in seconds; ``FlowTimeoutError`` (also a ``TimeoutError``) then. ``FlowAbandonedError`` at the
        horizon.
        """

        async def reached(record: FlowRecord) -> Phase | None:
            self._record, phase = record, record.facts.phase
            if phase in phases or phase.is_final:
                return phase
            self._refuse_abandoned(record.facts)
            return None

        if timeout is None:
            return await self._engine.waiting.until(self._record, reached)
        try:
            async with asyncio.timeout(timeout):
                return await self._engine.waiting.until(self._record, reached)
        except TimeoutError as error:
            wanted = ", ".join(phases) or "the end"
            raise FlowTimeoutError(
                f"{wanted} not reached within {timeout} s; the payment goes on", session_id=self.session_id
            ) from error

    async def __aiter__(self) -> AsyncIterator[FlowStep]:
        """Each step once, beginning with the current one; ends with the payment."""
        told: set[tuple[object, ...]] = set()

        async def news(record: FlowRecord) -> list[FlowStep] | None:
            self._record, facts = record, record.facts
            fresh = [step for step in steps_of(facts) if step.key not in told]
            if not fresh and not facts.phase.is_final:
                self._refuse_abandoned(facts)
                return None
            return fresh

        while True:
            for step in await self._engine.waiting.until(self._record, news):
                told.add(step.key)
                yield step
            if self._record.facts.phase.is_final and all(s.key in told for s in steps_of(self._record.facts)):
                return

    async def refresh(self) -> Phase:
        """Read the journal and ask the bank now; returns the phase. For people and scripts: waiting needs no asking."""
        await self._engine.recorder.catch_up(self._record)
        await self._engine.questions.ask(self._record)
        await self._engine.driver.settle(self._record)
        return self.phase

    # -- commands -----------------------------------------------------------------------------------------------------

    async def confirm(self, *, attempt: str | None = None, information: ConfirmInformation | None = None) -> None:
        """Approve what the bank is ready to do. Repeating it for the same attempt returns the first one's result.

        ``attempt``: the one that was judged (``step.attempt``); ``CommandNotAllowedError`` if the session is at another
        one by now. Here and in ``capture`` and ``cancel``, the current one by default. ``information``: what the bank
        asked to have sent back (``confirm_information()``), for escrow and settlement accounts.
        """
        operation = ConfirmSession(session_id=self.session_id, confirm_information=information)
        await self._command(
            Decision(command=Command.confirm, plain=operation, build=lambda _intent: operation, attempt=attempt)
        )

    async def confirm_information(self) -> ConfirmInformation | None:
        """What the bank asks to have sent back with the confirmation: transfer and exchange details, or ``None``.

        Asks the bank, as the journal keeps no secrets and the webhook may have been lost; where the bank does not tell
        it again, the newest webhook counts. Raises ``AnswerLostError`` if that cannot be sent back: call again.
        """
        return await asked_to_confirm(self._engine, self.session_id)

    async def cancel(self, *, attempt: str | None = None) -> None:
        """Give it up: before start, instead of confirm, or instead of capture (releases the hold).

        The answer is not the end: ``await flow`` gives ``Cancelled`` once the bank has done it.
        """
        operation = CancelSession(session_id=self.session_id)
        await self._command(
            Decision(command=Command.cancel, plain=operation, build=lambda _intent: operation, attempt=attempt)
        )

    async def resolve(self, intent_id: str, *, done: bool, note: str = "") -> None:
        """A person's word on a command that is in doubt: it took effect at the bank, or it did not.

        Look at the bank's dashboard first. Journaled with the note; from then on other commands are possible again.
        Raises ``CommandNotAllowedError``, which says what to do instead, for a command that is not in doubt.
        """
        recorder, machine = self._engine.recorder, self._engine.settings.machine
        await recorder.catch_up(self._record)
        intent = doubt_of(self.session_id, self._record.facts, intent_id, machine, recorder.now())
        resolved = Resolved(intent=intent.id, how="done" if done else "not_done", by="person", note=note)
        await recorder.write(self._record, resolved, compare=True)
        self._engine.nudge(self._record)

    # -- the insides --------------------------------------------------------------------------------------------------

    async def _command(self, decision: Decision) -> IntentFacts:
        self._record = self._engine.poller.find(self.session_id) or self._record
        await self._check_committed()
        intent = await self._engine.commands.run(self._record, decision)
        self._engine.nudge(self._record)
        return intent

    async def _check_committed(self) -> None:
        if not self._record.facts.opened:
            await self._engine.recorder.catch_up(self._record)
        if not self._record.facts.opened:
            raise not_committed(self.session_id)

    async def _known_end(self, record: FlowRecord) -> R | None:
        facts = record.facts
        if facts.phase is Phase.OUTCOME_UNKNOWN and facts.unknown_entries > self._unknown_told:
            self._unknown_told = facts.unknown_entries
            raise OutcomeUnknownError(
                "the bank does not know how the payment ended; do not repeat it. await the flow again to wait for "
                "its decision",
                session_id=self.session_id,
            )
        return await self._end(record)

    async def _end(self, record: FlowRecord) -> R | None:
        self._record, outcome = record, record.facts.outcome
        if outcome is None:
            self._refuse_abandoned(record.facts)
            return None
        return await self._result(record, outcome)

    @abstractmethod
    async def _result(self, record: FlowRecord, outcome: Outcome) -> R:
        """What ``await`` gives for this end."""

    def _refuse_abandoned(self, facts: Facts) -> None:
        if self._engine.waiting.abandoned(facts):
            raise FlowAbandonedError(
                f"no end within the horizon of phase {facts.phase}; look at the session in the bank's dashboard",
                session_id=self.session_id,
            )


AnyFlow: TypeAlias = Flow[Any]
"""A flow of any kind."""


class SingleFlow(Flow[Outcome]):
    """One operation: ``await flow`` gives ``Succeeded``, ``Failed`` or ``Cancelled``."""

    __slots__ = ()

    async def _result(self, record: FlowRecord, outcome: Outcome) -> Outcome:
        return await with_payment(self._engine, record, outcome) if isinstance(outcome, Succeeded) else outcome


def not_committed(stream: str) -> CommandNotAllowedError:
    """The journal does not show that it was opened: that happened inside a transaction of the caller's."""
    return CommandNotAllowedError(
        "the transaction in which this was opened has not been committed, or was rolled back: commit it first; if it "
        "is gone, create the payment anew, nothing was started",
        session_id=stream,
    )


def capture_of(session_id: str, amount: Amount | None, attempt: str | None) -> Decision:
    """The decision to take held money: all of it, or ``amount``."""
    operation = CaptureSession(session_id=session_id, amount_details=amount)
    return Decision(
        command=Command.capture,
        plain=operation,
        build=lambda _intent: operation,
        amount=minor_units(amount),
        currency=None if amount is None else amount.currency,
        attempt=attempt,
    )


def minor_units(amount: object) -> int | None:
    """The amount in minor units; refuses numbers, which do not say what they count."""
    if amount is None or isinstance(amount, Amount):
        return None if amount is None else amount.amount
    raise ConfigurationError('amount: expected an Amount, such as Amount.rub("150.00")')
