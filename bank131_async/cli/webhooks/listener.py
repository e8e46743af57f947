"""The web server behind ``bank131 listen``."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from datetime import UTC, datetime

from aiohttp import web

from bank131_async.cli.options import show
from bank131_async.cli.webhooks.post import Answered, Postman
from bank131_async.cli.webhooks.recording import Recorded, Recording
from bank131_async.core.redact import redact_body
from bank131_async.core.signing import Verifier
from bank131_async.core.webhook import WebhookEvent, read_webhook
from bank131_async.core.wire import SIGNATURE
from bank131_async.errors import ConfigurationError, WebhookPayloadError, WebhookSignatureError

_MAX_BODY_BYTES = 1024 * 1024
# What is no HTTP at all is answered 400 by the server; its log would fill the terminal with what strangers send.
_log = logging.getLogger("bank131.listen")
_log.addHandler(logging.NullHandler())
_GOOD = Answered(200, b'{"status":"ok"}')


class Listener:
    """Verifies, prints, records and forwards webhooks. Whatever comes in, it goes on listening."""

    def __init__(
        self, verifier: Verifier, forward: str | None, recording: Recording | None, *, count: int | None, as_json: bool
    ) -> None:
        self._verifier = verifier
        self._forward = forward
        self._recording = recording
        self._left = count
        self._as_json = as_json
        self._stopped = asyncio.Event()
        self._postman = Postman()

    async def serve(self, host: str, port: int) -> None:
        """Listen until interrupted, or until enough has come. Raises ``ConfigurationError`` if the port is taken."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopped.set)
        application = web.Application(client_max_size=_MAX_BODY_BYTES)
        application.router.add_route("*", "/{path:.*}", self._take)
        runner = web.AppRunner(application, access_log=None, logger=_log, shutdown_timeout=1.0)
        async with self._postman:
            await runner.setup()
            try:
                await web.TCPSite(runner, host, port).start()
                name = f"[{host}]" if ":" in host else host
                self._say("listening", {"url": f"http://{name}:{runner.addresses[0][1]}"})
                await self._stopped.wait()
            except (OSError, OverflowError) as error:
                reason = getattr(error, "strerror", None) or "no such port"
                raise ConfigurationError(f"cannot listen on {host}:{port}: {reason}; choose another --port") from None
            finally:
                await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        if request.method != "POST":
            return web.Response(status=405, text="bank131 listen: webhooks are POSTed here\n")
        body, signature = await request.read(), request.headers.get(SIGNATURE)
        facts: dict[str, object] = {"bytes": len(body)}
        try:
            event = read_webhook(body, signature, self._verifier)
        except WebhookSignatureError as error:
            self._say("refused", {**facts, "answered": 401, "reason": str(error)})
            return web.Response(status=401, body=b'{"status":"error"}', content_type="application/json")
        except WebhookPayloadError as error:
            kind, type_, session_id = "unreadable", None, None
            facts["reason"] = str(error)
        else:
            kind, type_, session_id = "webhook", str(event.type), event.session_id
            facts |= _facts(event)
        if self._recording is not None:
            self._recording.add(Recorded(_now(), type_, session_id, signature or "", body))
        answer = await self._answer(request, body, signature)
        self._say(kind, {**facts, "answered": answer.status or 502, "forwarded": self._forward and str(answer)})
        self._count()
        return web.Response(status=answer.status or 502, body=answer.body, content_type="application/json")

    async def _answer(self, request: web.Request, body: bytes, signature: str | None) -> Answered:
        if self._forward is None:
            return _GOOD
        url, query = self._forward, request.rel_url.raw_query_string
        if query:
            url += ("&" if "?" in url else "?") + query
        return await self._postman.post(url, body, signature)

    def _count(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self._stopped.set()

    def _say(self, event: str, facts: dict[str, object]) -> None:
        shown = [str(value) for name, value in facts.items() if value is not None and name not in ("bytes", "body")]
        show({"event": event, "at": _now(), **facts}, "  ".join([event, *shown]), as_json=self._as_json)


def _facts(event: WebhookEvent) -> dict[str, object]:
    """What is worth knowing of an event, without secrets."""
    session = event.session
    return {
        "type": str(event.type),
        "session_id": event.session_id,
        "status": None if session is None else session.status,
        "body": json.loads(redact_body(event.body)),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
