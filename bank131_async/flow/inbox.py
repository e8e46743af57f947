"""Where webhooks enter: the sink behind the receiver. It returns once the news is durable."""

from __future__ import annotations

import logging

from bank131_async.core.machine import Observed
from bank131_async.core.redact import redact_body
from bank131_async.core.webhook import WebhookEvent
from bank131_async.errors import StoreUnavailableError
from bank131_async.flow.engine import Engine
from bank131_async.flow.handlers import Handlers, for_merchant
from bank131_async.flow.inits import Inits
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.streams import INBOX, is_session
from bank131_async.stores import Index

log: logging.Logger = logging.getLogger("bank131.flow")


class Inbox:
    """Appends each webhook to its session's stream and wakes who waits for it.

    What has no session, and what was signed but could not be read, goes to the stream ``@inbox``. Handlers of the
    router run after the append, never before.
    """

    def __init__(self, engine: Engine, inits: Inits, handlers: Handlers) -> None:
        self._engine = engine
        self._inits = inits
        self._handlers = handlers
        self._closed = False

    def close(self) -> None:
        """Take no more events, which makes the bank send them again."""
        self._closed = True

    async def accept(self, event: WebhookEvent) -> None:
        """Record one event; raises ``StoreUnavailableError`` if it cannot be, so that the bank sends it again."""
        self._refuse_when_closed()
        wanted = self._handlers.wants(event)
        entry = Observed(
            source="webhook",
            event_type=str(event.type),
            digest=event.digest,
            body=redact_body(event.body),
            for_handlers=wanted,
        )
        session_id = event.session_id
        if session_id is None or not is_session(session_id):
            await self._engine.journal.append(INBOX, (entry,), index=Index(unhandled=True) if wanted else None)
            if wanted:
                self._handlers.submit(INBOX, for_merchant(event))
            return
        record = await self._record(session_id, event, entry)
        if wanted and record.facts.unhandled:
            self._handlers.submit(session_id, for_merchant(event), record)

    async def unreadable(self, *, digest: bytes, size: int, reason: str, body: bytes) -> None:
        """Keep the digest, size and reason of a signed webhook that cannot be read; its bytes only under a cipher."""
        self._refuse_when_closed()
        journal = self._engine.journal
        note = f"unreadable: {reason} ({size} bytes)"
        kept = body if journal.enciphered else b"{}"
        await journal.append(INBOX, (Observed(source="webhook", event_type=note, digest=digest, body=kept),))

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise StoreUnavailableError("the client is closing; the bank shall send the webhook again")

    async def _record(self, session_id: str, event: WebhookEvent, entry: Observed) -> FlowRecord:
        engine = self._engine
        record = engine.poller.find(session_id)
        if record is None:
            record = await engine.recorder.open(session_id)
        facts = record.facts
        is_known = entry.digest in facts.digests and not facts.question_open and facts.open_intent is None
        if not is_known:  # else it is in the journal already and can settle nothing
            engine.pushed(record)
            await engine.recorder.write(record, entry, session=event.session)
        if event.session is not None:
            await self._inits.link(event.session)
        return record
