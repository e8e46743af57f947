"""Commands that move money: write down, send, settle, in a task of their own.

The rules are those of the design's section on money safety: an intent is in the journal before a byte leaves; of many
processes one wins the right to send; while one intent is open no other is planned; a lost answer is settled by
evidence inside the call for a while and afterwards by whoever looks after the flow.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Callable

import attrs

from bank131_async.client import ApiClient
from bank131_async.core.machine import (
    AskStatus,
    Command,
    Conflict,
    Facts,
    Illegal,
    Intended,
    IntentFacts,
    Wish,
    plan,
)
from bank131_async.core.models import SessionAnswer
from bank131_async.core.operations import Operation
from bank131_async.core.redact import redact_body
from bank131_async.errors import (
    BankRefusedError,
    CommandInDoubtError,
    CommandNotAllowedError,
    ConflictError,
    StaleVersionError,
    StoreUnavailableError,
)
from bank131_async.flow.calls import call_of
from bank131_async.flow.clock import Clock, process_name
from bank131_async.flow.driver import Driver
from bank131_async.flow.poller import Look, Poller
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.recorder import Recorder
from bank131_async.flow.sender import Sender
from bank131_async.flow.settings import FlowSettings
from bank131_async.flow.tasks import Tasks
from bank131_async.flow.verdicts import verdict_of

#: Pause between two looks at a flow whose settling is somebody else's turn, in seconds.
_LOOK_AGAIN_S = 0.25


@attrs.frozen(kw_only=True)
class Decision:
    """What the caller wants, before it has an intent.

    ``build`` makes the call for a given intent id (a refund carries it as a tag). ``plain`` is the same call without
    the tag: its digest tells whether two decisions have equal parameters. ``masked_card`` is for the journal's reader.
    """

    command: Command
    attempt: str | None = None
    plain: Operation[SessionAnswer]
    build: Callable[[str], Operation[SessionAnswer]]
    amount: int | None = None
    currency: str | None = None
    name: str | None = None
    masked_card: str | None = None


class Commands:
    """Runs decisions on flows."""

    def __init__(
        self,
        recorder: Recorder,
        driver: Driver,
        sender: Sender,
        poller: Poller,
        settings: FlowSettings,
        clock: Clock,
        tasks: Tasks,
        api: ApiClient,
    ) -> None:
        self._recorder = recorder
        self._driver = driver
        self._sender = sender
        self._poller = poller
        self._settings = settings
        self._clock = clock
        self._tasks = tasks
        self._api = api

    async def run(self, record: FlowRecord, decision: Decision) -> IntentFacts:
        """Carry the decision out.

        Until its intent is written, cancelling the caller calls it off; from then on it stops the waiting only.
        Raises ``CommandNotAllowedError``, ``ConflictError``, ``CardNeededError``, ``CommandInDoubtError`` or the bank's
        refusal (``BankRefusedError``).
        """
        self._api.check_owner()
        record = self._poller.enlist(record)  # so that webhooks that come meanwhile are written with the same record
        try:
            return await self._run(record, decision)
        finally:
            self._poller.release(record)

    async def _run(self, record: FlowRecord, decision: Decision) -> IntentFacts:
        deadline = asyncio.get_running_loop().time() + self._settings.settle_timeout_s
        digest = self._digest(decision.plain)
        while True:
            await self._recorder.catch_up(record)
            earlier = _earlier(record, decision, digest)
            if earlier is not None:
                return await self._result(record, earlier.id, deadline)
            if not await self._permitted(record, decision, deadline):
                continue
            work = self._carry_out(record, record.facts, self._intended(record, decision, digest), deadline)
            task = self._tasks.spawn(work, name=f"bank131 {decision.command} {record.session_id}", watched=True)
            result = await asyncio.shield(task)
            if result is not None:
                return result

    async def _carry_out(
        self, record: FlowRecord, judged: Facts, intended: Intended, deadline: float
    ) -> IntentFacts | None:
        """Write, send, settle; ``None`` if somebody else has written first. Of many, the winner sends at once.

        ``judged``: the facts by which the command was permitted.
        """
        try:
            if record.facts is not judged:
                return None  # another task of this process has written between the judgement and this task's turn
            try:
                await self._recorder.write(record, intended, compare=True)
            except StaleVersionError:
                return None
            await self._sender.send(record, record.facts.intent(intended.intent))
            return await self._result(record, intended.intent, deadline)
        except CommandInDoubtError:
            self._tasks.spawn(
                self._go_on(record, intended.intent), name=f"bank131 settle {record.session_id}", watched=True
            )
            raise
        except StoreUnavailableError as error:
            # The intent may have been written all the same: then somebody carries it out, and its effect is real.
            error.session_id, error.money_may_have_moved = record.session_id, True
            raise
        finally:
            self._sender.forget(record, _current(record.facts, intended.intent))

    async def _go_on(self, record: FlowRecord, intent_id: str) -> None:
        """Have the flow looked after until the command's fate is known, although nobody may be waiting for it.

        At the horizon it is given up: from there on only the bank's own news, or a person, can settle it.
        """
        record = self._poller.enlist(record)
        try:
            while record.facts.intent(_current(record.facts, intent_id)).is_open:
                if record.facts.is_abandoned(self._settings.machine, self._recorder.now()):
                    return
                await record.moved()
                self._poller.check_open()
        finally:
            self._poller.release(record)

    def _intended(self, record: FlowRecord, decision: Decision, digest: str | None) -> Intended:
        facts = record.facts
        intent_id = self._clock.new_id()
        body = self._api.body_of(decision.build(intent_id))
        secret = redact_body(body) != body
        if secret:
            self._sender.hold(record, intent_id, body)
        return Intended(
            intent=intent_id,
            command=decision.command,
            attempt=facts.named(decision.attempt) or facts.attempt,
            key=self._clock.new_id(),
            body=None if secret else body,
            amount=decision.amount,
            currency=decision.currency,
            name=decision.name,
            seen_refunds=tuple(refund.id for refund in facts.refunds),
            masked_card=decision.masked_card,
            params_digest=digest,
            call=call_of(decision.command, decision.plain),
            by=process_name(),
        )

    def _digest(self, plain: Operation[SessionAnswer]) -> str:
        """Tells equal decisions from others, by the redacted body: a digest of a card number could be searched."""
        return hashlib.sha256(redact_body(self._api.body_of(plain))).hexdigest()[:32]

    async def _permitted(self, record: FlowRecord, decision: Decision, deadline: float) -> bool:
        """True when the intent may be written now; False to look again; raises when it never may."""
        now = self._recorder.now()
        wish = Wish(
            command=decision.command, attempt=decision.attempt, amount=decision.amount, currency=decision.currency
        )
        step = plan(record.facts, wish, now, self._settings.machine)
        late = asyncio.get_running_loop().time() >= deadline
        match step.verdict:
            case Conflict(reason):
                raise ConflictError(f"{decision.command}: {reason}", session_id=record.session_id)
            case Illegal(reason):
                queued = decision.command is Command.refund and record.facts.open_intent is not None
                if late or not queued:
                    raise CommandNotAllowedError(f"{decision.command}: {reason}", session_id=record.session_id)
            case _ if not any(isinstance(order, AskStatus) for order in step.orders):
                return True
            case _ if late:
                raise CommandNotAllowedError(
                    f"{decision.command}: the bank has not said where the payment stands; try again later",
                    session_id=record.session_id,
                )
            case _:
                await self._look_once(record, self._driver.ask, deadline)
                return False
        await self._look_once(record, self._driver.settle, deadline)
        return False

    async def _result(self, record: FlowRecord, intent_id: str, deadline: float) -> IntentFacts:
        """Wait for the intent's fate and settle it meanwhile."""
        while True:
            intent = record.facts.intent(_current(record.facts, intent_id))
            if not intent.is_open:
                return verdict_of(intent, record.session_id)
            if asyncio.get_running_loop().time() >= deadline:
                raise CommandInDoubtError(
                    f"{intent.command} was sent and its effect is not known yet; the flow goes on settling it, do not "
                    f"repeat it (intent {intent.id})",
                    intent_id=intent.id,
                    session_id=record.session_id,
                )
            try:
                await self._look_once(record, self._driver.settle, deadline)
            except BankRefusedError:
                # The question was refused, not the command: that it was sent stays true, and is settled later.
                await asyncio.sleep(_LOOK_AGAIN_S)

    async def _look_once(self, record: FlowRecord, look: Look, deadline: float) -> None:
        """One round for the flow; if it brings nothing, wait for news or for the next round's time."""
        before = record.facts
        pause_s = await look(record)
        if record.facts is before:
            next_look = asyncio.get_running_loop().time() + (_LOOK_AGAIN_S if pause_s is None else pause_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(min(next_look, deadline)):
                    await record.moved()


def _earlier(record: FlowRecord, decision: Decision, digest: str | None) -> IntentFacts | None:
    """An intent that is this very decision; raises when the decision contradicts one."""
    for intent in reversed(record.facts.intents):
        if intent.command is not decision.command or not (intent.is_open or intent.has_taken_effect):
            continue
        if decision.command is Command.refund:
            if decision.name is None or intent.name != decision.name:
                continue
        elif record.facts.named(intent.attempt) != (record.facts.named(decision.attempt) or record.facts.attempt):
            continue
        if decision.command is Command.start:
            raise CommandNotAllowedError(
                "start: the payment has been started already; await the flow", session_id=record.session_id
            )
        if intent.params_digest != digest:
            what = f"the name {decision.name!r} stands for" if decision.name else "the attempt has had"
            raise CommandNotAllowedError(
                f"{decision.command}: {what} a decision with other parameters; it was not changed",
                session_id=record.session_id,
            )
        return intent
    return None


def _current(facts: Facts, intent_id: str) -> str:
    """The id of the intent, or of the one that took its place under a fresh key."""
    for later in facts.intents:
        if later.replaces == intent_id:
            intent_id = later.id
    return intent_id
