"""Where webhooks enter: the sink behind the receiver. It returns once the news is durable."""

from __future__ import annotations

import logging

import attrs

from bank131_async.core.machine import Observed
from bank131_async.core.metadata import untagged
from bank131_async.core.redact import redact_body
from bank131_async.core.webhook import WebhookEvent
from bank131_async.errors import StoreUnavailableError
from bank131_async.flow.engine import Engine
from bank131_async.flow.inits import Inits
from bank131_async.flow.streams import INBOX, is_session
from bank131_async.webhooks import RouterRunner

log = logging.getLogger("bank131.flow")


class Inbox:
    """Appends each webhook to its session's stream and wakes who waits for it.

    What has no session, and what was signed but could not be read, goes to the stream ``@inbox``. Handlers of the
    router run after the append, never before.
    """

    def __init__(self, engine: Engine, inits: Inits, handlers: RouterRunner) -> None:
        self._engine = engine
        self._inits = inits
        self._handlers = handlers
        self._closed = False

    async def aclose(self, grace_s: float) -> None:
        """Take no more events, which makes the bank send them again, and let handlers finish."""
        self._closed = True
        unfinished = await self._handlers.aclose(grace_s)
        for event in unfinished:
            log.error("handlers of %r were not finished", event)

    async def accept(self, event: WebhookEvent) -> None:
        """Record one event; raises ``StoreUnavailableError`` if it cannot be, so that the bank sends it again."""
        self._refuse_when_closed()
        entry = Observed(
            source="webhook", event_type=str(event.type), digest=event.digest, body=redact_body(event.body)
        )
        session_id = event.session_id
        if session_id is None or not is_session(session_id):
            await self._engine.journal.append(INBOX, (entry,))
        else:
            await self._record(session_id, event, entry)
        # Also for a repeated webhook: its first delivery may have been recorded by a process that died before it
        # called the handlers.
        self._handlers.submit(_without_tags(event))

    async def unreadable(self, *, digest: bytes, size: int, reason: str, body: bytes) -> None:
        """Keep the digest, size and reason of a signed webhook that cannot be read; never its bytes."""
        del body
        self._refuse_when_closed()
        note = f"unreadable: {reason} ({size} bytes)"
        await self._engine.journal.append(
            INBOX, (Observed(source="webhook", event_type=note, digest=digest, body=b"{}"),)
        )

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise StoreUnavailableError("the client is closing; the bank shall send the webhook again")

    async def _record(self, session_id: str, event: WebhookEvent, entry: Observed) -> None:
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


def _without_tags(event: WebhookEvent) -> WebhookEvent:
    """The event as handlers know it: the metadata that the merchant gave, without our tags."""
    if event.session is None:
        return event
    session = untagged(event.session)
    return event if session is event.session else attrs.evolve(event, session=session)
