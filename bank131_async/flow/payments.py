"""``bank.payments``: open payments, find them again, and work on whatever is unfinished."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

from bank131_async.core import codec
from bank131_async.core.machine import Opened
from bank131_async.core.metadata import tag_metadata
from bank131_async.core.models import (
    Amount,
    Customer,
    ParticipantDetails,
    PaymentDetails,
    PaymentOptions,
    SessionAnswer,
)
from bank131_async.core.operations import CreateSession, InitPayment, InitPaymentSync
from bank131_async.core.redact import redact_body
from bank131_async.errors import (
    AnswerLostError,
    CommandNotAllowedError,
    ConfigurationError,
    NameTakenError,
    StaleVersionError,
)
from bank131_async.flow.cards import masked_card
from bank131_async.flow.engine import Engine
from bank131_async.flow.inits import Init, Inits
from bank131_async.flow.payment import PaymentFlow
from bank131_async.flow.policy import Policy
from bank131_async.flow.streams import is_session
from bank131_async.flow.worker import Worker

if TYPE_CHECKING:
    from bank131_async.core.models import JsonValue, PayingWith


class Payments:
    """Payments of one project. Made by ``Bank131Client``."""

    def __init__(self, engine: Engine, inits: Inits) -> None:
        self._engine = engine
        self._inits = inits

    async def create(
        self,
        *,
        amount: Amount,
        customer: Customer,
        order: str | None = None,
        method: PayingWith | None = None,
        options: PaymentOptions | None = None,
        participants: ParticipantDetails | None = None,
        metadata: JsonValue = None,
        managed: bool = True,
    ) -> PaymentFlow:
        """Open a payment (``session/create``); no money moves yet.

        ``order`` is your own name for this decision: calling again with it returns the first one's flow instead of
        opening a second payment, and raises ``CommandNotAllowedError`` if the parameters differ. Without it each call
        is a new decision. ``managed=False`` keeps workers away from it.

        Raises ``NotSentError``, ``AnswerLostError`` (safe to call again: a session without a start is harmless) or
        ``BankRefusedError``.
        """
        _check_order(order)
        operation = CreateSession(
            amount_details=amount,
            customer=customer,
            payment_details=None if method is None else PaymentDetails.of(method),
            payment_options=options,
            participant_details=participants,
            metadata=metadata,
        )
        body = self._engine.api.body_of(operation)
        digest = _digest(body)
        if order is not None:
            found = await self._engine.journal.find("payment", order)
            if found is not None:
                return await self._known(found, order, digest)
        answer = await self._engine.api.execute(operation, body=body)
        opened = Opened(
            managed=managed,
            order=order,
            params_digest=digest,
            amount=amount.amount,
            currency=amount.currency,
            origin="create",
            body=redact_body(codec.encode(answer)),
        )
        try:
            return await self._open(_session_id(answer), opened)
        except NameTakenError as error:
            return await self._known(error.stream, order or "", digest)

    async def init(
        self,
        method: PayingWith,
        *,
        amount: Amount,
        customer: Customer,
        order: str | None = None,
        options: PaymentOptions | None = None,
        participants: ParticipantDetails | None = None,
        metadata: JsonValue = None,
        sync: bool = False,
        managed: bool = True,
    ) -> PaymentFlow:
        """Open and start a payment in one request (``session/init/payment``).

        ``create`` and ``start`` are safer: here the session's id is lost with the answer. If that happens the intent is
        recognised by a tag in the metadata when a webhook shows it; until then ``CommandInDoubtError``.
        ``sync=True`` is ``session/init/payment/sync``: no webhooks at all, and ``options.return_url`` is mandatory.
        ``order`` as in ``create``.
        """
        _check_order(order)
        call = InitPaymentSync if sync else InitPayment

        def build(tag: str | None) -> InitPayment | InitPaymentSync:
            return call(
                payment_details=PaymentDetails.of(method),
                amount_details=amount,
                customer=customer,
                payment_options=options,
                participant_details=participants,
                metadata=metadata if tag is None else tag_metadata(metadata, tag),
            )

        digest = _digest(self._engine.api.body_of(build(None)))
        if order is not None:
            found = await self._engine.journal.find("payment", order)
            if found is not None:
                return await self._known(found, order, digest)
        init = Init(
            build=build,
            amount=amount.amount,
            currency=amount.currency,
            order=order,
            params_digest=digest,
            managed=managed,
            masked_card=masked_card(method),
        )
        try:
            record = await self._inits.run(init)
        except NameTakenError as error:
            return await self._known(error.stream, order or "", digest)
        flow = PaymentFlow(self._engine, record)
        self._engine.nudge(record)
        return flow

    async def attach(self, session_id: str) -> PaymentFlow:
        """The flow of a session that any process, or another program, has opened. Asks nobody but the journal.

        A session that is not in the journal yet is recorded as one that workers leave alone.
        """
        if not session_id or not is_session(session_id):
            raise ValueError("session_id: expected the id that the bank gave, such as ps_123")
        record = await self._engine.record_of(session_id)
        if record.facts.opened:
            return PaymentFlow(self._engine, record)
        return await self._open(session_id, Opened(managed=False, origin="attach"))

    async def resolve_init(self, intent_id: str, *, session_id: str | None, note: str = "") -> None:
        """A person's word on a ``session/init`` that is in doubt: the session that it made, or ``None`` for no session.

        Journaled with the note. Raises ``CommandNotAllowedError`` if the init is not in doubt.
        """
        await self._inits.resolve(intent_id, session_id, note)

    async def run(self, policy: Policy, *, concurrency: int = 16, stop: asyncio.Event | None = None) -> None:
        """Work on whatever is unfinished, in this and any number of processes, until ``stop`` is set or cancelled.

        Confirms, captures or cancels as the policy says, settles what was lost, and recovers what dead processes left.
        """
        _check_policy(policy)
        await Worker(self._engine, self._inits, policy, concurrency=concurrency).run(stop or asyncio.Event())

    async def _open(self, session_id: str, opened: Opened) -> PaymentFlow:
        """Write ``opened`` unless somebody has; webhooks may have come first."""
        record = await self._engine.record_of(session_id)
        while not record.facts.opened:
            try:
                await self._engine.recorder.write(record, opened, compare=True)
            except StaleVersionError:
                await self._engine.recorder.catch_up(record)
        return PaymentFlow(self._engine, record)

    async def _known(self, stream: str, order: str, digest: str | None) -> PaymentFlow:
        """The flow that owns the order's name."""
        owner = await self._engine.record_of(stream)
        if owner.facts.params_digest != digest:
            raise CommandNotAllowedError(
                f"order {order!r} was opened with other parameters; use another name for another decision",
                session_id=stream if is_session(stream) else None,
            )
        if is_session(stream):
            return PaymentFlow(self._engine, owner)
        return PaymentFlow(self._engine, await self._inits.session_of(stream))


def _check_policy(policy: object) -> None:
    if not isinstance(policy, Policy):
        raise ConfigurationError("policy: expected an object of a class derived from Policy, such as MyPolicy()")


def _check_order(order: object) -> None:
    if order is not None and (not isinstance(order, str) or not order):
        raise ConfigurationError("order: expected a non-empty text, such as '7'")


def _session_id(answer: SessionAnswer) -> str:
    if answer.session is None or answer.session.id is None:
        raise AnswerLostError("session/create was answered without a session; it is safe to call create again")
    return answer.session.id


def _digest(body: bytes) -> str:
    """Tells equal parameters from others, by the redacted body: a digest of a card number could be searched."""
    return hashlib.sha256(redact_body(body)).hexdigest()[:32]
