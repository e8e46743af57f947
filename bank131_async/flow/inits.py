"""``session/init/payment``: create and start in one request, made safe to lose.

The session's id is not known before the answer, so the intent is written to a stream of its own, ``@init:<intent>``,
and its id travels in the payment's metadata. The answer, or a webhook that shows the tag, links it to the session. What
is lost and not linked stays in doubt for a person: it is never sent under a new key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import attrs

from bank131_async.core import codec
from bank131_async.core.codec import decode
from bank131_async.core.machine import (
    Answered,
    Command,
    Intended,
    Lost,
    Observed,
    Opened,
    Refused,
    Resolved,
    StoredEntry,
)
from bank131_async.core.metadata import untag_metadata
from bank131_async.core.models import Session, SessionAnswer
from bank131_async.core.models.codes import facts_of
from bank131_async.core.operations import InitPayment, InitPaymentSync
from bank131_async.core.redact import redact_body
from bank131_async.core.webhook import WebhookEvent
from bank131_async.errors import (
    AnswerLostError,
    BankRefusedError,
    CommandInDoubtError,
    CommandNotAllowedError,
    DuplicateKeyError,
    NotSentError,
    RateLimitedError,
    StaleVersionError,
)
from bank131_async.flow.clock import process_name
from bank131_async.flow.engine import Engine
from bank131_async.flow.record import FlowRecord

PREFIX = "@init:"
InitOperation = InitPayment | InitPaymentSync
_LOOK_AGAIN_S = 0.25


@attrs.frozen(kw_only=True)
class Init:
    """What the caller wants: ``build`` makes the call with the given tag; the rest is recorded with it."""

    build: Callable[[str], InitOperation]
    amount: int
    currency: str
    order: str | None
    params_digest: str | None
    managed: bool
    masked_card: str | None


class Inits:
    """Runs inits and links them to their sessions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def run(self, init: Init) -> FlowRecord:
        """Send the init and return the record of its session.

        Raises ``NameTakenError`` if the order has a stream already, the bank's refusal, or ``CommandInDoubtError``.
        """
        task = self._engine.tasks.spawn(self._run(init), name="bank131 init", watched=True)
        return await asyncio.shield(task)

    async def linked_session(self, stream: str) -> str | None:
        """The session that a finished init belongs to."""
        return _linked(await self._engine.journal.load(stream))

    async def wait_for_session(self, stream: str) -> str | None:
        """The same, given the time that settling may take: another task or process may be sending it just now."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._engine.settings.settle_timeout_s
        while True:
            session_id = await self.linked_session(stream)
            if session_id is not None or loop.time() >= deadline:
                return session_id
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def link(self, record: FlowRecord, event: WebhookEvent) -> None:
        """Open the flow of a session whose init was lost and whose webhook shows our tag."""
        tag = None if event.session is None else _tag(event.session)
        if tag is None:
            return
        entries = await self._engine.journal.load(PREFIX + tag)
        if not entries or _linked(entries) is not None:
            return
        await self._open(record, entries)
        await self._close(PREFIX + tag, Resolved(intent=tag, how="done", by="evidence", note=record.session_id))

    async def _run(self, init: Init) -> FlowRecord:
        clock = self._engine.clock
        intent_id, key = clock.new_id(), clock.new_id()
        operation = init.build(intent_id)
        body = self._engine.api.body_of(operation)
        stream = FlowRecord(PREFIX + intent_id)
        secret = redact_body(body) != body
        await self._engine.recorder.write(
            stream,
            Opened(
                managed=init.managed, order=init.order, params_digest=init.params_digest,
                amount=init.amount, currency=init.currency, origin="init",
            ),
            Intended(
                intent=intent_id, command=Command.init, key=key, body=None if secret else body, amount=init.amount,
                currency=init.currency, name=init.order, masked_card=init.masked_card, by=process_name(),
            ),
            compare=True,
        )  # fmt: skip
        return await self._send_until_known(stream, operation, intent_id, key, body)

    async def _send_until_known(
        self, stream: FlowRecord, operation: InitOperation, intent_id: str, key: str, body: bytes
    ) -> FlowRecord:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._engine.settings.settle_timeout_s
        resend = True
        while True:
            if resend:
                told = await self._exchange(operation, intent_id, key, body)
                if isinstance(told, SessionAnswer):
                    return await self._answered(stream, operation, intent_id, told)
                await self._engine.recorder.write(stream, told)
                resend = not told.key_used
            session_id = await self.linked_session(stream.session_id)
            if session_id is not None:
                return await self._engine.record_of(session_id)
            if loop.time() >= deadline:
                raise CommandInDoubtError(
                    f"session/init was sent and its session is not known; a webhook may still link it "
                    f"(intent {intent_id})",
                    intent_id=intent_id,
                )
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def _exchange(self, operation: InitOperation, intent_id: str, key: str, body: bytes) -> SessionAnswer | Lost:
        try:
            return await self._engine.api.execute(operation, idempotency_key=key, body=body)
        except (NotSentError, RateLimitedError) as error:
            return Lost(intent=intent_id, reason=type(error).__name__, not_sent=True)
        except BankRefusedError as error:
            if not facts_of(error.code, error.http_status).in_doubt:
                await self._close(
                    PREFIX + intent_id,
                    Refused(
                        intent=intent_id, code=error.code, description=error.description, http_status=error.http_status
                    ),
                )
                raise
            return Lost(intent=intent_id, reason=error.code, key_used=isinstance(error, DuplicateKeyError))
        except AnswerLostError as error:
            return Lost(intent=intent_id, reason=type(error).__name__)

    async def _answered(
        self, stream: FlowRecord, operation: InitOperation, intent_id: str, answer: SessionAnswer
    ) -> FlowRecord:
        session = answer.session
        if session is None or session.id is None:
            raise CommandInDoubtError(
                f"session/init was answered without a session (intent {intent_id})", intent_id=intent_id
            )
        body = redact_body(codec.encode(answer))
        record = await self._engine.record_of(session.id)
        entries = await self._engine.journal.load(stream.session_id)
        await self._open(record, entries)
        if isinstance(operation, InitPaymentSync):
            seen = Observed(source="sync", asked=record.facts.version, body=body)
            await self._engine.recorder.write(record, seen, session=session)
        await self._engine.recorder.write(stream, Answered(intent=intent_id, body=body))
        return record

    async def _open(self, record: FlowRecord, entries: Sequence[StoredEntry]) -> None:
        """Open the session's stream as the init's stream was, unless somebody has done so."""
        opened = next(stored.entry for stored in entries if isinstance(stored.entry, Opened))
        while not record.facts.opened:
            try:
                # The name stays with the init's stream, which owns it.
                await self._engine.recorder.write(record, attrs.evolve(opened, order=None), compare=True)
            except StaleVersionError:
                await self._engine.recorder.catch_up(record)

    async def _close(self, stream: str, entry: Resolved | Refused) -> None:
        await self._engine.recorder.write(await self._engine.record_of(stream), entry)


def _linked(entries: Sequence[StoredEntry]) -> str | None:
    for stored in entries:
        match stored.entry:
            case Resolved(how="done", note=session_id):
                return session_id
            case Answered(body=body) if body is not None:
                session = decode(SessionAnswer, body).session
                return None if session is None else session.id
            case Refused(code=code):
                raise CommandNotAllowedError(f"the init was refused by the bank ({code})")
            case _:
                pass
    return None


def _tag(session: Session) -> str | None:
    for payment in session.payment_list or ():
        tag = untag_metadata(payment.metadata)[1]
        if tag is not None:
            return tag
    return None
