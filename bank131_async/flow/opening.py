"""Opening flows: of a new session, of one that exists, and of one that goes by the caller's own name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Generic, TypeVar

from bank131_async.core import codec
from bank131_async.core.machine import Kind, Opened
from bank131_async.core.models import Amount, SessionAnswer
from bank131_async.core.operations import CreateSession
from bank131_async.core.redact import redact_body
from bank131_async.errors import (
    AnswerLostError,
    CommandNotAllowedError,
    ConfigurationError,
    NameTakenError,
    StaleVersionError,
)
from bank131_async.flow.clock import process_name
from bank131_async.flow.engine import Engine
from bank131_async.flow.flow import AnyFlow, not_committed
from bank131_async.flow.inits import Init, Inits
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.streams import is_session
from bank131_async.stores import Opening, Transactional

_HOMES: dict[Kind, str] = {"payment": "bank.payments", "payout": "bank.payouts", "multi": "bank.multi_sessions"}
F = TypeVar("F", bound=AnyFlow)


class Opener(Generic[F]):
    """Opens the flows of one kind. A name (``order``) is unique among them and belongs to the first who uses it."""

    def __init__(self, engine: Engine, inits: Inits, kind: Kind, make: Callable[[Engine, FlowRecord], F]) -> None:
        self._engine = engine
        self._inits = inits
        self._kind: Kind = kind
        self._make = make

    async def create(
        self,
        operation: CreateSession,
        *,
        amount: Amount | None,
        order: str | None,
        managed: bool,
        transaction: object | None,
    ) -> F:
        """``session/create`` and the stream of its session, unless the name has a flow already.

        With ``transaction`` the stream is opened in that of the caller's.
        """
        check_order(order, self._kind)
        opening = None if transaction is None else self._within(transaction)
        body = self._engine.api.body_of(operation)
        digest = digest_of(body)
        known = await self._named(order, digest)
        if known is not None:
            return known
        answer = await self._engine.api.execute(operation, body=body)
        opened = Opened(
            kind=self._kind,
            managed=managed,
            order=order,
            params_digest=digest,
            amount=None if amount is None else amount.amount,
            currency=None if amount is None else amount.currency,
            origin="create",
            body=redact_body(codec.encode(answer)),
            by=process_name(),
        )
        try:
            return await self._open(_session_id(answer), opened, opening)
        except NameTakenError as error:
            return await self._known(error.stream, order or "", digest)

    async def init(self, init: Init) -> F:
        """``session/init/...`` by an intent of its own, unless the name has a flow already."""
        check_order(init.order, self._kind)
        known = await self._named(init.order, init.params_digest, init)
        if known is not None:
            return known
        try:
            record = await self._inits.run(init)
        except NameTakenError as error:
            return await self._known(error.stream, init.order or "", init.params_digest, init)
        self._engine.nudge(record)
        return self._make(self._engine, record)

    async def attach(self, session_id: str) -> F:
        """The flow of a session; one that the journal does not know is recorded as not managed."""
        if not session_id or not is_session(session_id):
            raise ValueError("session_id: expected the id that the bank gave, such as ps_123")
        record = await self._engine.record_of(session_id)
        if record.facts.opened:
            return self._flow(record)
        return await self._open(session_id, Opened(kind=self._kind, managed=False, origin="attach", by=process_name()))

    async def follow(self, answer: SessionAnswer) -> F:
        """The flow of a session that a call has begun which no journal needs to protect: it moves no money."""
        opened = Opened(
            kind=self._kind,
            managed=False,
            origin="init",
            body=redact_body(codec.encode(answer)),
            by=process_name(),
        )
        return await self._open(_session_id(answer), opened)

    async def _named(self, order: str | None, digest: str, again: Init | None = None) -> F | None:
        found = None if order is None else await self._engine.journal.find(self._kind, order)
        return None if found is None else await self._known(found, order or "", digest, again)

    async def _known(self, stream: str, order: str, digest: str | None, again: Init | None = None) -> F:
        """The flow that owns the order's name. ``again``: an init to be sent if those before it came to nothing."""
        owner = await self._engine.record_of(stream)
        if not owner.facts.opened:
            raise not_committed(stream)
        if owner.facts.params_digest != digest:
            raise CommandNotAllowedError(
                f"order {order!r} was opened with other parameters; use another name for another decision",
                session_id=stream if is_session(stream) else None,
            )
        return self._flow(owner if is_session(stream) else await self._inits.session_of(stream, again))

    async def _open(self, session_id: str, opened: Opened, opening: Opening | None = None) -> F:
        """Write ``opened`` unless somebody has; webhooks may have come first."""
        record, recorder = await self._engine.record_of(session_id), self._engine.recorder
        while not record.facts.opened:
            try:
                if opening is not None:
                    await recorder.write_within(record, opened, opening)
                    return self._make(self._engine, record)
                await recorder.write(record, opened, compare=True)
            except StaleVersionError:
                await recorder.catch_up(record)
        return self._flow(record)

    def _within(self, transaction: object) -> Opening:
        journal = self._engine.journal
        if not isinstance(journal, Transactional):
            raise ConfigurationError(
                "transaction: this store cannot write inside a transaction of yours; use PostgresStore, or leave it out"
            )
        return journal.within(transaction)

    def _flow(self, record: FlowRecord) -> F:
        if record.facts.kind != self._kind:
            raise ConfigurationError(
                f"session {record.session_id} was opened as {record.facts.kind}: "
                f"attach to it by {_HOMES[record.facts.kind]}"
            )
        return self._make(self._engine, record)


def check_order(order: object, kind: Kind) -> None:
    """Refuse what cannot be a name. Whatever pays out has to have one."""
    if (order is not None or kind != "payment") and (not isinstance(order, str) or not order):
        raise ConfigurationError("order: expected a non-empty text, such as '7'")


def digest_of(body: bytes) -> str:
    """Tells equal parameters from others, by the redacted body: a digest of a card number could be searched."""
    return hashlib.sha256(redact_body(body)).hexdigest()[:32]


def _session_id(answer: SessionAnswer) -> str:
    if answer.session is None or not answer.session.id:
        raise AnswerLostError("the bank answered without a session; no money has moved, it is safe to call again")
    return answer.session.id
