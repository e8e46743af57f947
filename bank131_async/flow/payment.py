"""``PaymentFlow``: one payment, awaited and commanded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Generator
from typing import TYPE_CHECKING

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
    TokenGiven,
    steps_of,
)
from bank131_async.core.metadata import tag_metadata
from bank131_async.core.models import AcquiringWidget, Amount, Customer, PaymentDetails, PaymentOptions
from bank131_async.core.operations import (
    CancelSession,
    CaptureSession,
    ConfirmSession,
    CreateToken,
    RefundSession,
    StartPayment,
)
from bank131_async.errors import (
    CommandNotAllowedError,
    ConfigurationError,
    FlowAbandonedError,
    FlowTimeoutError,
    OutcomeUnknownError,
)
from bank131_async.flow.cards import masked_card
from bank131_async.flow.commands import Decision
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.refund import RefundFlow
from bank131_async.flow.results import with_payment

if TYPE_CHECKING:
    from bank131_async.core.models import JsonValue, PayingWith
    from bank131_async.flow.engine import Engine


class PaymentFlow:
    """A payment that any process may wait for and command.

    ``await flow`` gives the outcome: ``Succeeded``, ``Failed`` or ``Cancelled``. ``async for step in flow`` gives what
    has to be done on the way. Both may be used from any number of tasks. Cancelling them never touches the payment.

    Handles are cheap: get one by ``bank.payments.create``, ``init`` or ``attach``.
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

    def __await__(self) -> Generator[object, None, Outcome]:
        ended: Coroutine[object, None, Outcome] = self._engine.waiting.until(self._record, self._known_end)
        return ended.__await__()

    async def settled(self) -> Outcome:
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

    async def start(
        self,
        method: PayingWith | None = None,
        *,
        amount: Amount | None = None,
        customer: Customer | None = None,
        options: PaymentOptions | None = None,
    ) -> None:
        """Start the payment with ``method`` (a card, a token, ...), or with what ``create`` was given.

        Written down before it is sent, except for card data, tokens and hashes, which no journal ever sees. Raises
        ``CommandNotAllowedError`` if it was started before, ``CardNeededError`` if the start got lost together with
        its card, ``CommandInDoubtError`` if nobody knows, and ``BankRefusedError``.
        """
        operation = StartPayment(
            session_id=self.session_id,
            payment_details=None if method is None else PaymentDetails.of(method),
            amount_details=amount,
            customer=customer,
            payment_options=options,
        )
        decision = Decision(
            command=Command.start,
            plain=operation,
            build=lambda _intent: operation,
            amount=_minor(amount),
            currency=None if amount is None else amount.currency,
            masked_card=masked_card(method),
        )
        await self._command(decision)

    async def confirm(self, *, attempt: str | None = None) -> None:
        """Approve what the bank is ready to do. Repeating it for the same attempt returns the first one's result.

        ``attempt``: the one that was judged (``step.attempt``); ``CommandNotAllowedError`` if the session is at another
        one by now. Here and in ``capture`` and ``cancel``, the current one by default.
        """
        operation = ConfirmSession(session_id=self.session_id)
        await self._command(
            Decision(command=Command.confirm, plain=operation, build=lambda _intent: operation, attempt=attempt)
        )

    async def cancel(self, *, attempt: str | None = None) -> None:
        """Give the payment up: before start, instead of confirm, or instead of capture (releases the hold).

        The answer is not the end: ``await flow`` gives ``Cancelled`` once the bank has done it.
        """
        operation = CancelSession(session_id=self.session_id)
        await self._command(
            Decision(command=Command.cancel, plain=operation, build=lambda _intent: operation, attempt=attempt)
        )

    async def capture(self, amount: Amount | None = None, *, attempt: str | None = None) -> None:
        """Take the held money: all of it, or ``amount`` (the rest is released)."""
        operation = CaptureSession(session_id=self.session_id, amount_details=amount)
        decision = Decision(
            command=Command.capture,
            plain=operation,
            build=lambda _intent: operation,
            amount=_minor(amount),
            currency=None if amount is None else amount.currency,
            attempt=attempt,
        )
        await self._command(decision)

    async def refund(
        self, amount: Amount | None = None, *, name: str | None = None, metadata: JsonValue = None
    ) -> RefundFlow:
        """Pay back ``amount``, or the whole payment.

        ``name`` is your own name for this decision, unique within the payment: calling again with it returns the first
        refund instead of making a second one, which is what a queue that redelivers needs. Without a name each call is
        a new decision. The bank judges how much can still be refunded (``BankRefusedError``).
        """
        plain = RefundSession(session_id=self.session_id, amount_details=amount, metadata=metadata)
        tagged = self._engine.settings.machine.tag_refunds

        def build(intent_id: str) -> RefundSession:
            if not tagged:
                return plain
            return RefundSession(
                session_id=self.session_id, amount_details=amount, metadata=tag_metadata(metadata, intent_id)
            )

        decision = Decision(
            command=Command.refund,
            plain=plain,
            build=build,
            amount=_minor(amount),
            currency=None if amount is None else amount.currency,
            name=name,
        )
        intent = await self._command(decision)
        return RefundFlow(self._engine, self._record, intent.id)

    async def resolve(self, intent_id: str, *, done: bool, note: str = "") -> None:
        """A person's word on a command that is in doubt: it took effect at the bank, or it did not.

        Look at the bank's dashboard first. Journaled with the note; from then on other commands are possible again.
        Raises ``CommandNotAllowedError`` if the command is not in doubt.
        """
        await self._engine.recorder.catch_up(self._record)
        intent = self._record.facts.open_intent
        if intent is None or intent.id != intent_id:
            raise CommandNotAllowedError(f"command {intent_id} is not in doubt", session_id=self.session_id)
        resolved = Resolved(intent=intent_id, how="done" if done else "not_done", by="person", note=note)
        await self._engine.recorder.write(self._record, resolved, compare=True)
        self._engine.nudge(self._record)

    async def widget_token(
        self,
        *,
        success_return_url: str | None = None,
        failure_return_url: str | None = None,
        show_recurrent_checkbox: bool = False,
    ) -> str:
        """A token for the bank's payment form; works once. From here on the form redirects the payer by itself."""
        widget = AcquiringWidget(
            session_id=self.session_id,
            success_return_url=success_return_url,
            failure_return_url=failure_return_url,
            show_recurrent_checkbox=show_recurrent_checkbox,
        )
        answer = await self._engine.api.execute(CreateToken(acquiring_widget=widget))
        await self._engine.recorder.catch_up(self._record)
        await self._engine.recorder.write(self._record, TokenGiven(widget="acquiring_widget"))
        return answer.public_token or ""

    # -- the insides --------------------------------------------------------------------------------------------------

    async def _command(self, decision: Decision) -> IntentFacts:
        self._record = self._engine.poller.find(self.session_id) or self._record
        intent = await self._engine.commands.run(self._record, decision)
        self._engine.nudge(self._record)
        return intent

    async def _known_end(self, record: FlowRecord) -> Outcome | None:
        facts = record.facts
        if facts.phase is Phase.OUTCOME_UNKNOWN and facts.unknown_entries > self._unknown_told:
            self._unknown_told = facts.unknown_entries
            raise OutcomeUnknownError(
                "the bank does not know how the payment ended; do not repeat it. await the flow again to wait for "
                "its decision",
                session_id=self.session_id,
            )
        return await self._end(record)

    async def _end(self, record: FlowRecord) -> Outcome | None:
        self._record, outcome = record, record.facts.outcome
        if outcome is None:
            self._refuse_abandoned(record.facts)
        elif isinstance(outcome, Succeeded):
            return await with_payment(self._engine, record, outcome)
        return outcome

    def _refuse_abandoned(self, facts: Facts) -> None:
        if self._engine.waiting.abandoned(facts):
            raise FlowAbandonedError(
                f"no end within the horizon of phase {facts.phase}; look at the session in the bank's dashboard",
                session_id=self.session_id,
            )


def _minor(amount: object) -> int | None:
    """The amount in minor units; refuses numbers, which do not say what they count."""
    if amount is None or isinstance(amount, Amount):
        return None if amount is None else amount.amount
    raise ConfigurationError('amount: expected an Amount, such as Amount.rub("150.00")')
