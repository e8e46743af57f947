"""From the bytes of a webhook to the answer, in the only order that loses nothing.

1. Larger than the limit: 413, before anything else is done with it.
2. Signature missing, malformed or foreign: 401, whatever the body.
3. Signed but unreadable: kept by the sink, reported, and answered 200, for sending it again would not make it readable.
4. Readable: 200 once the sink has it durably; 503 if the store is down and 500 after any other failure, for the bank
   sends again whatever was not answered with 200 (docs: reference/webhooks).

Nothing is done about the news before the answer is given, except that a responder may write the body of the answer.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Protocol, TypeAlias

from attrs import field, frozen

from bank131_async.core.codec import dumps
from bank131_async.core.models import JsonValue, WebhookType
from bank131_async.core.signing import Verifier
from bank131_async.core.webhook import WebhookEvent, read_webhook
from bank131_async.errors import ConfigurationError, StoreUnavailableError, WebhookPayloadError, WebhookSignatureError

SIGNATURE_HEADER = "X-PARTNER-SIGN"

DEFAULT_MAX_BYTES = 1024 * 1024
"""Webhooks of one payment have 1 to 3 KB; a session with hundreds of payouts still fits."""

_log = logging.getLogger("bank131.webhooks")

Responder: TypeAlias = Callable[[WebhookEvent], JsonValue | Awaitable[JsonValue]]
"""Writes the JSON body of the answer to one event; ``transaction_registration`` wants one."""


@frozen
class Reply:
    """The answer to the bank."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(factory=lambda: {"Content-Type": "application/json"})


_OK = Reply(200, b'{"status":"ok"}')
_REFUSALS = {status: Reply(status, b'{"status":"error"}') for status in (401, 413, 500, 503)}


class WebhookSink(Protocol):
    """Where webhooks go. Both methods return once the news is durable; both may be called again for the same bytes."""

    async def accept(self, event: WebhookEvent) -> None:
        """Record an event. Raises ``StoreUnavailableError`` when that is not possible now."""
        ...

    async def unreadable(self, *, digest: bytes, size: int, reason: str, body: bytes) -> None:
        """Record that a signed body could not be read. ``body`` may hold secrets: it must not be stored in the open."""
        ...


class WebhookReceiver:
    """Verifies, records and answers webhooks; knows no web framework.

    ``max_bytes`` limits the body. ``responders`` maps types of webhooks to functions that give the answer's body, each
    within ``responder_timeout_s`` seconds. ``counts`` tells how many webhooks ended how (``accepted``, ``too_big``,
    ``bad_signature``, ``unreadable``, ``store_unavailable``, ``failed``), ``types`` how many of each type came.
    """

    def __init__(
        self,
        verifier: Verifier,
        sink: WebhookSink,
        *,
        max_bytes: int = DEFAULT_MAX_BYTES,
        responders: Mapping[WebhookType | str, Responder] | None = None,
        responder_timeout_s: float = 5.0,
    ) -> None:
        if max_bytes < 1:
            raise ConfigurationError("max_webhook_bytes: expected a number of bytes above zero")
        self.max_bytes = max_bytes
        self.counts: Counter[str] = Counter()
        self.types: Counter[str] = Counter()
        self._verifier = verifier
        self._sink = sink
        self._responders = {str(type_): responder for type_, responder in (responders or {}).items()}
        self._responder_timeout_s = responder_timeout_s
        self._is_store_down = False

    async def handle(self, body: bytes, signature: str | None) -> Reply:
        """The answer to one webhook: exactly 200 when it is recorded. Never raises an ``Exception``."""
        if len(body) > self.max_bytes:
            return self.too_big()
        try:
            event = read_webhook(body, signature, self._verifier)
        except WebhookSignatureError as error:
            _log.warning("a webhook was refused: %s", error)
            return self._refuse(401, "bad_signature")
        except WebhookPayloadError as error:
            return await self._keep_unreadable(body, error)
        try:
            await self._sink.accept(event)
            reply = await self._answer(event) if self._responders else _OK
        except Exception as error:  # whatever went wrong, the bank must send it again
            return self._failed(error, event)
        self._count(event)
        return reply

    def too_big(self) -> Reply:
        """The answer to a body over the limit; for adapters, which stop reading there."""
        _log.warning("a webhook of more than %d bytes was refused", self.max_bytes)
        return self._refuse(413, "too_big")

    async def _keep_unreadable(self, body: bytes, error: WebhookPayloadError) -> Reply:
        digest = sha256(body).digest()
        _log.error("a signed webhook is unreadable: %s (sha256 %s, %d bytes)", error, digest.hex(), len(body))
        try:
            await self._sink.unreadable(digest=digest, size=len(body), reason=error.message, body=body)
        except Exception as failure:
            return self._failed(failure, None)
        self.counts["unreadable"] += 1
        return _OK

    async def _answer(self, event: WebhookEvent) -> Reply:
        responder = self._responders.get(event.type)
        if responder is None:
            return _OK
        async with asyncio.timeout(self._responder_timeout_s):
            answer = responder(event)
            if inspect.isawaitable(answer):
                answer = await answer
        return Reply(200, dumps(answer))

    def _count(self, event: WebhookEvent) -> None:
        if self._is_store_down:
            self._is_store_down = False
            _log.warning("webhooks are recorded again")
        self.counts["accepted"] += 1
        self.types[event.type] += 1
        if not isinstance(event.type, WebhookType) and self.types[event.type] == 1:
            _log.warning("webhooks of a type unknown to this version: %r", event.type)

    def _failed(self, error: Exception, event: WebhookEvent | None) -> Reply:
        if isinstance(error, StoreUnavailableError):
            if not self._is_store_down:  # once for the outage: the bank sends them all again
                _log.error("webhooks cannot be recorded and are answered 503 (%s): %r is the first", error, event)
            self._is_store_down = True
            return self._refuse(503, "store_unavailable")
        _log.error("a webhook could not be handled: %r", event, exc_info=error)
        return self._refuse(500, "failed")

    def _refuse(self, status: int, outcome: str) -> Reply:
        self.counts[outcome] += 1
        return _REFUSALS[status]


class HasReceiver(Protocol):
    """What web adapters are given: anything with a receiver, such as the client. It may appear later than the route."""

    @property
    def receiver(self) -> WebhookReceiver: ...


WebhookTarget: TypeAlias = HasReceiver | WebhookReceiver


def receiver_of(target: WebhookTarget) -> WebhookReceiver:
    """The receiver itself; asked for at each request, for routes are often made before the client is opened."""
    return target if isinstance(target, WebhookReceiver) else target.receiver
