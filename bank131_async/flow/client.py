"""``Bank131Client``: the whole SDK behind one name."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self, TypeVar

from bank131_async.client import ApiClient, Bank131Config
from bank131_async.core.models import Model, WebhookType
from bank131_async.core.operations import Operation
from bank131_async.flow.clock import Clock, SystemClock
from bank131_async.flow.engine import Engine
from bank131_async.flow.inbox import Inbox
from bank131_async.flow.inits import Inits
from bank131_async.flow.payments import Payments
from bank131_async.flow.settings import FlowSettings
from bank131_async.stores import MemoryStore, Store
from bank131_async.transport import Transport
from bank131_async.webhooks import Responder, Router, RouterRunner, WebhookReceiver

A = TypeVar("A", bound=Model)


class Bank131Client:
    """Payments of one project: flows, webhooks, and every call of the API.

    - ``payments``: open, attach to, and work on payments (journaled, never twice, never lost).
    - ``router``: register handlers of webhooks by type; ``receiver``: what web adapters are given.
    - ``sessions``, ``tokens``, ``execute``: the plain calls of the API, not journaled.

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
        self.settings = settings or FlowSettings()
        self.router = router or Router()
        self._responders = dict(responders or {})
        self._clock = clock or SystemClock()
        self._store = store or MemoryStore(now=self._clock.now)
        self._api = ApiClient(config, transport, new_key=self._clock.new_id)
        self._engine = Engine(self._api, self._store.journal(config.project_id), self.settings, self._clock)
        inits = Inits(self._engine)
        self.payments = Payments(self._engine, inits)
        self.sessions = self._api.sessions
        self.tokens = self._api.tokens
        self._inits = inits
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
        """A client from ``BANK131_*`` variables; see ``Bank131Config.from_env``."""
        return cls(Bank131Config.from_env(environ), store=store, settings=settings)

    @property
    def receiver(self) -> WebhookReceiver:
        """Verifies, records and answers webhooks; give it, or this client, to a web adapter.

        Raises ``ConfigurationError`` when the bank's public key is missing.
        """
        if self._receiver is None:
            self._inbox = Inbox(self._engine, self._inits, RouterRunner(self.router))
            self._receiver = WebhookReceiver(
                self.config.verifier, self._inbox, max_bytes=self.config.max_webhook_bytes, responders=self._responders
            )
        return self._receiver

    async def execute(self, operation: Operation[A], *, idempotency_key: str | None = None) -> A:
        """Send one operation; not journaled. See ``ApiClient.execute`` for what it raises."""
        return await self._api.execute(operation, idempotency_key=idempotency_key)

    async def __aenter__(self) -> Self:
        await self._api.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Finish what is in flight within ``settings.grace_s`` and release connections. Idempotent."""
        if self._inbox is not None:
            await self._inbox.aclose(self.settings.grace_s)
        await self._engine.aclose()
        await self._api.aclose()
