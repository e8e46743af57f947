"""``bank.payments``: open payments, find them again, and work on whatever is unfinished."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bank131_async.core.metadata import tag_metadata
from bank131_async.core.models import (
    Amount,
    Customer,
    ParticipantDetails,
    PaymentDetails,
    PaymentOptions,
)
from bank131_async.core.operations import CreateSession, InitPayment, InitPaymentSync
from bank131_async.errors import (
    ConfigurationError,
)
from bank131_async.flow.cards import masked_card
from bank131_async.flow.engine import Engine
from bank131_async.flow.handlers import Handlers
from bank131_async.flow.health import Health
from bank131_async.flow.inits import Init, Inits
from bank131_async.flow.opening import Opener, digest_of
from bank131_async.flow.payment import PaymentFlow
from bank131_async.flow.policy import Policy
from bank131_async.flow.turn import Turns
from bank131_async.flow.worker import Worker

if TYPE_CHECKING:
    from bank131_async.core.models import CustomRouting, JsonValue, PayingWith, RevenueSplit


class Payments:
    """Payments of one project. Made by ``Bank131Client``."""

    def __init__(self, engine: Engine, inits: Inits, handlers: Handlers) -> None:
        self._engine = engine
        self._inits = inits
        self._handlers = handlers
        self._opener = Opener(engine, inits, "payment", PaymentFlow)
        self._workers: set[Worker] = set()

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
        payment_metadata: Mapping[str, JsonValue] | None = None,
        custom_routing: CustomRouting | None = None,
        revenue_split: Sequence[RevenueSplit] = (),
        managed: bool = True,
        transaction: object | None = None,
    ) -> PaymentFlow:
        """Open a payment (``session/create``); no money moves yet.

        ``order`` is your own name for this decision: calling again with it returns the first one's flow instead of
        opening a second payment, and raises ``CommandNotAllowedError`` if the parameters differ. Without it each call
        is a new decision. ``managed=False`` keeps workers away from it. ``metadata`` is yours and comes back in answers
        and webhooks; ``payment_metadata`` is for the bank, such as ``{"device_session_id": ...}``.

        ``transaction`` is a connection to the store's database on which a transaction of yours is under way: the
        payment is recorded in it and commits together with your rows. Commands raise ``CommandNotAllowedError`` until
        then, and after a rollback for good. ``ConfigurationError`` if the store has no such thing.

        Raises ``NotSentError``, ``AnswerLostError`` (safe to call again: a session without a start is harmless) or
        ``BankRefusedError``.
        """
        operation = CreateSession(
            amount_details=amount,
            customer=customer,
            payment_details=None if method is None else PaymentDetails.of(method),
            payment_options=options,
            participant_details=participants,
            metadata=metadata,
            payment_metadata=payment_metadata,
            custom_routing=custom_routing,
            revenue_split_info=tuple(revenue_split),
        )
        return await self._opener.create(
            operation, amount=amount, order=order, managed=managed, transaction=transaction
        )

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
        payment_metadata: Mapping[str, JsonValue] | None = None,
        custom_routing: CustomRouting | None = None,
        revenue_split: Sequence[RevenueSplit] = (),
        sync: bool = False,
        managed: bool = True,
    ) -> PaymentFlow:
        """Open and start a payment in one request (``session/init/payment``).

        ``create`` and ``start`` are safer: here the session's id is lost with the answer. If that happens the intent is
        recognised by a tag in the metadata when a webhook shows it; until then ``CommandInDoubtError``.
        ``sync=True`` is ``session/init/payment/sync``: no webhooks at all, and ``options.return_url`` is mandatory.
        ``order`` as in ``create``.
        """
        call = InitPaymentSync if sync else InitPayment

        def build(tag: str | None) -> InitPayment | InitPaymentSync:
            return call(
                payment_details=PaymentDetails.of(method),
                amount_details=amount,
                customer=customer,
                payment_options=options,
                participant_details=participants,
                metadata=metadata if tag is None else tag_metadata(metadata, tag),
                payment_metadata=payment_metadata,
                custom_routing=custom_routing,
                revenue_split_info=tuple(revenue_split),
            )

        init = Init(
            build=build,
            amount=amount.amount,
            currency=amount.currency,
            order=order,
            params_digest=digest_of(self._engine.api.body_of(build(None))),
            managed=managed,
            masked_card=masked_card(method),
        )
        return await self._opener.init(init)

    async def attach(self, session_id: str) -> PaymentFlow:
        """The flow of a session that any process, or another program, has opened. Asks nobody but the journal.

        A session that is not in the journal yet is recorded as one that workers leave alone.
        """
        return await self._opener.attach(session_id)

    async def resolve_init(self, intent_id: str, *, session_id: str | None, note: str = "") -> None:
        """A person's word on a ``session/init`` that is in doubt: the session that it made, or ``None`` for no session.

        Journaled with the note. Raises ``CommandNotAllowedError`` if the init is not in doubt.
        """
        await self._inits.resolve(intent_id, session_id, note)

    async def run(self, policy: Policy, *, concurrency: int = 16, stop: asyncio.Event | None = None) -> None:
        """Work on whatever is unfinished, in this and any number of processes, until ``stop`` is set or cancelled.

        Confirms, captures or cancels as the policy says, settles what was lost, and recovers what dead processes left,
        at most ``concurrency`` flows at one time. After ``stop`` it finishes what it has in hand within
        ``settings.grace_s`` seconds and leaves the rest to others.
        """
        _check_policy(policy)
        self._handlers.start()
        worker = Worker(self._engine, Turns(self._engine, self._inits, policy), concurrency=concurrency)
        self._workers.add(worker)
        try:
            await worker.run(stop or asyncio.Event())
        finally:
            self._workers.discard(worker)

    @property
    def health(self) -> Health:
        """How this process gets on: numbers for gauges."""
        engine, workers = self._engine, self._workers
        return Health(
            workers=len(workers),
            in_flight=sum(worker.in_flight for worker in workers),
            backlog=max((worker.backlog for worker in workers), default=0),
            awaited=len(engine.poller),
            unhandled=self._handlers.pending,
            bank_failing_since=engine.bank_outage.since,
            store_failing_since=engine.store_outage.since,
        )


def _check_policy(policy: object) -> None:
    if not isinstance(policy, Policy):
        raise ConfigurationError("policy: expected an object of a class derived from Policy, such as MyPolicy()")
