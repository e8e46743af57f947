"""The bank's webhooks as a plain ASGI application, for Starlette, FastAPI, Litestar, Quart or a server alone.

    app.mount("/webhooks/bank131", webhook_app(bank))

What is mounted so answers below ``/webhooks/bank131/``, and Starlette redirects the address without the slash at the
end, which the bank does not follow. Register the address with the slash, or add a route for the exact address::

    app.router.routes.append(Route("/webhooks/bank131", webhook_app(bank)))
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias

from bank131_async.webhooks.receiver import SIGNATURE_HEADER, Reply, WebhookTarget, receiver_of

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_SIGNATURE = SIGNATURE_HEADER.lower().encode()
_METHOD_NOT_ALLOWED = Reply(405, b'{"status":"error"}', {"Content-Type": "application/json", "Allow": "POST"})


class WebhookApp:
    """An ASGI 3 application; made by :func:`webhook_app`. An object and no function, so that a ``Route`` takes it."""

    def __init__(self, target: WebhookTarget) -> None:
        self._target = target

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            reply = await self._answer(scope, receive)
            if reply is not None:
                # A caller that has gone by now sends the webhook again; what is recorded stays recorded.
                with contextlib.suppress(OSError):
                    await _send(reply, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})

    async def _answer(self, scope: Scope, receive: Receive) -> Reply | None:
        if scope["method"] != "POST":
            return _METHOD_NOT_ALLOWED
        receiver = receiver_of(self._target)
        size, body, more = _declared_length(scope), bytearray(), True
        while more and size <= receiver.max_bytes:
            message = await receive()
            if message["type"] != "http.request":  # the caller has gone before it said everything
                return None
            body += message.get("body", b"")
            size = len(body)
            more = message.get("more_body", False)
        if size > receiver.max_bytes:
            return receiver.too_big()
        return await receiver.handle(bytes(body), _header(scope, _SIGNATURE))


def webhook_app(target: WebhookTarget) -> WebhookApp:
    """An ASGI application that gives webhooks to ``target``, a ``WebhookReceiver`` or an object with a ``receiver``.

    Takes POST at any path below its own; everything else is answered with 405.
    """
    return WebhookApp(target)


def _header(scope: Scope, name: bytes) -> str | None:
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    return next((value.decode("latin-1") for key, value in headers if key == name), None)


def _declared_length(scope: Scope) -> int:
    """What the caller says; only ever used to refuse earlier."""
    declared = _header(scope, b"content-length") or ""
    return int(declared) if declared.isdecimal() and len(declared) < 20 else 0


async def _send(reply: Reply, send: Send) -> None:
    headers = [(key.lower().encode(), value.encode()) for key, value in reply.headers.items()]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _live(receive: Receive, send: Send) -> None:
    """Nothing to start and nothing to stop: the client is opened by the program."""
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})
