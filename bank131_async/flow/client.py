"""``Bank131Client``: the whole SDK behind one name."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self, TypeVar

from bank131_async.client import ApiClient, Bank131Config
from bank131_async.client.resources import Resources
from bank131_async.core.models import Model, WebhookType
from bank131_async.core.operations import Operation
from bank131_async.flow.audit import Audit
from bank131_async.flow.clock import Clock, SystemClock
from bank131_async.flow.engine import Engine
from bank131_async.flow.handlers import Handlers
from bank131_async.flow.inbox import Inbox
from bank131_async.flow.inits import Inits
from bank131_async.flow.multi_sessions import MultiSessions
from bank131_async.flow.payments import Payments
from bank131_async.flow.payouts import Payouts
from bank131_async.flow.pruning import Pruning
from bank131_async.flow.reconcile import Reconciled, reconcile
from bank131_async.flow.settings import FlowSettings
from bank131_async.stores import MemoryStore, Store, store_from_env
from bank131_async.transport import Transport
from bank131_async.webhooks import Responder, Router, WebhookReceiver

A = TypeVar("A", bound=Model)


class Bank131Client(Resources):
    """Payments of one project: flows, webhooks, and every call of the API.

    - ``payments``, ``payouts`` and ``multi_sessions``: open, attach to, and work on them (journaled, never twice,
      never lost).
    - ``audit``: look into the journal, list what is unfinished or needs a person, settle doubts.
    - ``router``: register handlers of webhooks by type; ``receiver``: what web adapters are given.
    - ``sessions``, ``tokens``, ``recurrents``, ``fps`` ... and ``execute``: the plain calls of the API, not journaled.

    ``responders`` give the answer's body to the few webhooks that want one (``transaction_registration``), by type.
    ``store`` keeps the journal; the default ``MemoryStore`` forgets everything with the process and is for tests and
    scripts. A store that is given is not closed. Use the client with ``async with``; it belongs to the event loop and
    process that first used it.
    """

    def __init__(
        self,
        config: Bank131Config,
        *,
        store: Store | None = None,
        settings: FlowSettings | None = None,
        router: Router | None = None,
        responders: Mapping[WebhookType | str, Responder] | None = None,
        transport: Transport | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.config = config
        self.settings: FlowSettings = settings or FlowSettings()
        self.router: Router = router or Router()
        self._responders = dict(responders or {})
        self._clock = clock or SystemClock()
        self._store = store or MemoryStore(now=self._clock.now)
        self._api = ApiClient(config, transport, new_key=self._clock.new_id)
        super().__init__(self._api)
        self._engine = Engine(self._api, self._store.journal(config.project_id), self.settings, self._clock)
        inits = Inits(self._engine)
        self._handlers = Handlers(self._engine, self.router)
        self.payments: Payments = Payments(self._engine, inits, self._handlers)
        self.audit: Audit = Audit(self._engine.recorder, self.settings)
        self.payouts: Payouts = Payouts(self._engine, inits)
        self.multi_sessions: MultiSessions = MultiSessions(self._engine, inits)
        self._inits = inits
        self._own_store: Store | None = None
        self._inbox: Inbox | None = None
        self._receiver: WebhookReceiver | None = None

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        store: Store | None = None,
        settings: FlowSettings | None = None,
    ) -> Self:
        """A client from ``BANK131_*`` variables; see ``Bank131Config.from_env``.

        Unless ``store`` is given it opens the one that ``BANK131_STORE`` names (see ``open_store``), enciphered under
        ``BANK131_STORE_KEY`` if that is set, and closes it with itself. With neither the journal is in memory.
        """
        environ = os.environ if environ is None else environ
        own = store_from_env(environ) if store is None else None
        client = cls(Bank131Config.from_env(environ), store=store if own is None else own, settings=settings)
        client._own_store = own
        return client

    @property
    def receiver(self) -> WebhookReceiver:
        """Verifies, records and answers webhooks; give it, or this client, to a web adapter.

        Raises ``ConfigurationError`` when the bank's public key is missing.
        """
        if self._receiver is None:
            self._inbox = Inbox(self._engine, self._inits, self._handlers)
            self._receiver = WebhookReceiver(
                self.config.verifier, self._inbox, max_bytes=self.config.max_webhook_bytes, responders=self._responders
            )
        return self._receiver

    async def execute(self, operation: Operation[A], *, idempotency_key: str | None = None) -> A:
        """Send one operation; not journaled. See ``ApiClient.execute`` for what it raises."""
        return await self._api.execute(operation, idempotency_key=idempotency_key)

    async def prune(self, *, older_than: timedelta, batch: int = 100) -> int:
        """Replace the journals of payments that ended long ago by tombstones; returns how many were pruned.

        Pruned is what has not moved for ``older_than``, has ended with nothing outstanding, and shows no contradiction;
        also baskets that nobody ever paid. A tombstone keeps the facts: names of orders and refunds still find what
        they stand for, and a late chargeback is added to it. Nothing is pruned by itself: call this from a nightly job.
        It goes ``batch`` streams at a time, beside the work, and may be stopped at any moment.
        """
        return await Pruning(self._engine.recorder, self.settings).run(older_than, batch)

    def reconcile(self, *, since: datetime, per_second: float = 1.0, after: str = "") -> AsyncIterator[Reconciled]:
        """Ask the bank again about payments that have ended, for what webhooks missed: chargebacks, refunds made in the
        bank's dashboard. What is new is written into the journal and named in the result.

        ``since``: payments whose journal moved then or later (aware; of pruned ones, those that ended then or later).
        ``per_second``: how many are asked at most. One result for each payment asked; to resume, pass the
        ``session_id`` of the last one as ``after``.
        """
        return reconcile(self._engine, since, per_second, after)

    async def __aenter__(self) -> Self:
        await self._api.__aenter__()
        self._handlers.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Finish what is in flight within ``settings.grace_s`` and release connections. Idempotent."""
        if self._inbox is not None:
            self._inbox.close()
        await self._handlers.aclose(self.settings.grace_s)
        await self._engine.aclose()
        await self._api.aclose()
        if self._own_store is not None:
            await self._own_store.aclose()
