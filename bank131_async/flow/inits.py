"""``session/init/payment``: create and start in one request, made safe to lose.

The session's id is not known before the answer, so the intent is written to a stream of its own, ``@init:<intent>``,
and its id travels in the payment's metadata. The answer, or a webhook that shows the tag, links it to the session,
whose own stream is opened then. What is lost and not linked stays in doubt for a person: it is never sent under a new
key.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from typing import TypeAlias

import attrs

from bank131_async.core.codec import decode
from bank131_async.core.machine import (
    Answered,
    Append,
    Command,
    Intended,
    IntentFacts,
    Kind,
    Observed,
    Opened,
    Pruned,
    Resend,
    Resolved,
    StoredEntry,
    WakeAt,
    settle,
)
from bank131_async.core.metadata import untag_metadata
from bank131_async.core.models import Payment, Payout, Session, SessionAnswer
from bank131_async.core.operations import InitPaymentSync, Operation
from bank131_async.core.redact import redact_body
from bank131_async.errors import CommandInDoubtError, CommandNotAllowedError, StaleVersionError, StoreUnavailableError
from bank131_async.flow.calls import call_of, operation_of
from bank131_async.flow.clock import process_name
from bank131_async.flow.doubts import doubt_of
from bank131_async.flow.engine import Engine
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.streams import INIT, init_stream, is_session
from bank131_async.flow.verdicts import verdict_of

InitOperation: TypeAlias = Operation[SessionAnswer]
_LOOK_AGAIN_S = 0.25


@attrs.frozen(kw_only=True)
class Init:
    """What the caller wants: ``build`` makes the call with the given tag; the rest is recorded with it."""

    build: Callable[[str], InitOperation]
    amount: int | None
    currency: str | None
    order: str | None
    params_digest: str
    managed: bool
    masked_card: str | None
    kind: Kind = "payment"


class Inits:
    """Runs inits and links them to their sessions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def run(self, init: Init) -> FlowRecord:
        """Send the init and return the record of its session. Cancelling the caller stops the waiting only.

        Raises ``NameTakenError`` if the order has a stream already, the bank's refusal, or ``CommandInDoubtError``.
        """
        intent_id = self._engine.clock.new_id()
        return await self._shielded(self._run(init, FlowRecord(init_stream(intent_id)), intent_id))

    async def session_of(self, stream: str, again: Init | None = None) -> FlowRecord:
        """The record of the session that an init of any process has made, waiting for it as ``run`` does.

        ``again``: an init with the same name and parameters. It is sent, in the same stream, if those before it were
        refused by the bank or found not done by a person: then the name stands for nothing yet.
        """
        record = await self._engine.record_of(stream)
        while again is not None and _came_to_nothing(record):
            if linked_session(await self._engine.journal.load(stream)) is not None:
                break
            intents = record.facts.intents
            with contextlib.suppress(StaleVersionError):  # somebody else tries again too, and has been faster
                return await self._shielded(self._run(again, record, f"{intents[0].id}.{len(intents) + 1}"))
            await self._engine.recorder.catch_up(record)
        return await self._until_linked(record, None)

    async def _shielded(self, work: Coroutine[object, object, FlowRecord]) -> FlowRecord:
        return await asyncio.shield(self._engine.tasks.spawn(work, name="bank131 init", watched=True))

    async def recover(self, stream: FlowRecord) -> float | None:
        """One round for an init that nobody waits for; the seconds until the next, ``None`` when it is settled."""
        if await self._linked(stream) is not None:
            return None
        if stream.facts.open_intent is None:
            await self._engine.recorder.reindex(stream, closed=True)
            return None
        pause_s = await self._settle(stream, None)
        return pause_s or 0.0

    async def link(self, session: Session) -> None:
        """Link the init whose tag a session shows, unless that has been done."""
        tag = _tag(session)
        if tag is None or session.id is None:
            return
        stream = await self._engine.record_of(init_stream(tag))
        entries = await self._engine.journal.load(stream.session_id)
        if not any(isinstance(stored.entry, Opened) for stored in entries):
            return
        if linked_session(entries) is None:
            done = Resolved(intent=stream.facts.intents[-1].id, how="done", by="evidence", note=session.id)
            await self._engine.recorder.write(stream, done)
        elif (await self._engine.record_of(session.id)).facts.opened:
            return
        await self._linked(stream)

    async def resolve(self, intent_id: str, session_id: str | None, note: str) -> None:
        """A person's word on an init in doubt: the session that it made, or none."""
        engine, stream = self._engine, await self._engine.record_of(init_stream(intent_id))
        doubt_of(stream.session_id, stream.facts, intent_id, engine.settings.machine, engine.recorder.now())
        if session_id is not None and not is_session(session_id):
            raise CommandNotAllowedError("session_id: expected the id that the bank gave, such as ps_123")
        word = (
            Resolved(intent=intent_id, how="not_done", by="person", note=note)
            if session_id is None
            else Resolved(intent=intent_id, how="done", by="person", note=session_id)
        )
        await self._engine.recorder.write(stream, word, compare=True)
        await self._linked(stream)

    async def _run(self, init: Init, stream: FlowRecord, intent_id: str) -> FlowRecord:
        operation = init.build(stream.session_id.removeprefix(INIT))
        body = self._engine.api.body_of(operation)
        private = redact_body(body) != body
        if private:
            self._engine.sender.hold(stream, intent_id, body)
        opened = Opened(
            kind=init.kind,
            managed=init.managed,
            order=init.order,
            params_digest=init.params_digest,
            amount=init.amount,
            currency=init.currency,
            origin="init",
            by=process_name(),
        )
        intended = Intended(
            intent=intent_id,
            command=Command.init,
            key=self._engine.clock.new_id(),
            body=None if private else body,
            amount=init.amount,
            currency=init.currency,
            name=init.order,
            masked_card=init.masked_card,
            call=call_of(Command.init, operation),
            by=process_name(),
        )
        try:
            entries = (intended,) if stream.facts.opened else (opened, intended)
            await self._engine.recorder.write(stream, *entries, compare=True)
            return await self._until_linked(stream, operation)
        except StoreUnavailableError as error:
            error.money_may_have_moved = True
            raise
        finally:
            self._engine.sender.forget(stream, intent_id)

    async def _until_linked(self, stream: FlowRecord, operation: InitOperation | None) -> FlowRecord:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._engine.settings.settle_timeout_s
        while True:
            record = await self._linked(stream)
            if record is not None:
                return record
            intent = stream.facts.intents[-1]
            if not intent.is_open:
                verdict_of(intent, None)
            if not intent.is_open or loop.time() >= deadline:
                raise CommandInDoubtError(
                    "session/init was sent and its session is not known; a webhook may still link it, or a person: "
                    f"payments.resolve_init({intent.id!r}, ...)",
                    intent_id=intent.id,
                )
            pause_s = await self._settle(stream, operation)
            if pause_s:
                await asyncio.sleep(min(pause_s, _LOOK_AGAIN_S))
                await self._engine.recorder.catch_up(stream)

    async def _settle(self, stream: FlowRecord, operation: InitOperation | None) -> float | None:
        """Do what the planner orders next for the intent; a number means that there is nothing to do before then."""
        sender, recorder = self._engine.sender, self._engine.recorder
        intent = stream.facts.intents[-1]
        if not intent.losses and operation is not None and not sender.is_sending(intent):
            await self._send(stream, intent, operation)
            return None
        match settle(intent, recorder.now(), self._engine.settings.machine, sender.holds(stream)):
            case Resend():
                pause_s = sender.pause_s(intent)
                if pause_s:
                    return pause_s
                await self._send(stream, intent, operation)
                return None
            case Append(entry):
                with contextlib.suppress(StaleVersionError):
                    await recorder.write(stream, entry, compare=True)
                return None
            case WakeAt(when):
                return (when - recorder.now()).total_seconds()
            case _:
                return self._engine.settings.polling.max_s

    async def _send(self, stream: FlowRecord, intent: IntentFacts, operation: InitOperation | None) -> None:
        if operation is None and intent.body is not None:
            operation = operation_of(intent, "", intent.body)
        await self._engine.sender.send(stream, intent, operation=operation)

    async def _linked(self, stream: FlowRecord) -> FlowRecord | None:
        """The record of the session, with its stream opened; ``None`` while the session is not known.

        A process may die between any two of these steps; whoever comes here next does the rest.
        """
        entries = await self._engine.journal.load(stream.session_id)
        session_id = linked_session(entries)
        if session_id is None:
            return None
        record = await self._engine.record_of(session_id)
        await self._open(record, entries)
        await self._engine.recorder.reindex(stream, closed=True)
        return record

    async def _open(self, record: FlowRecord, entries: Sequence[StoredEntry]) -> None:
        """Open the session's stream as the init's stream was, unless somebody has done so."""
        if record.facts.opened:
            return
        opened = next(stored.entry for stored in entries if isinstance(stored.entry, Opened))
        while not record.facts.opened:
            # The name stays with the init's stream, which owns it.
            news: list[Opened | Observed] = [attrs.evolve(opened, order=None)]
            answer = _sync_answer(entries)
            if answer is not None:
                news.append(Observed(source="sync", asked=record.facts.version + 1, body=answer))
            try:
                await self._engine.recorder.write(record, *news, compare=True)
            except StaleVersionError:
                await self._engine.recorder.catch_up(record)


def _came_to_nothing(stream: FlowRecord) -> bool:
    return bool(stream.facts.intents) and stream.facts.intents[-1].state in ("refused", "not_done")


def linked_session(entries: Sequence[StoredEntry]) -> str | None:
    """The session that an init has made, as far as its stream tells."""
    for stored in entries:
        match stored.entry:
            case Pruned(session_id=session_id):
                return session_id
            case Resolved(how="done", note=session_id):
                return session_id
            case Answered(body=body) if body is not None:
                session = decode(SessionAnswer, body).session
                return None if session is None else session.id
            case _:
                pass
    return None


def _sync_answer(entries: Sequence[StoredEntry]) -> bytes | None:
    """The answer of ``session/init/payment/sync``, which is all that is ever told: there are no webhooks."""
    calls = {stored.entry.intent: stored.entry.call for stored in entries if isinstance(stored.entry, Intended)}
    for stored in entries:
        if isinstance(stored.entry, Answered) and calls.get(stored.entry.intent) == InitPaymentSync.path:
            return stored.entry.body
    return None


def _tag(session: Session) -> str | None:
    items: tuple[Payment | Payout, ...] = (*session.payment_list, *session.payout_list)
    for item in items:
        tag = untag_metadata(item.metadata)[1]
        if tag is not None:
            return tag
    return None
