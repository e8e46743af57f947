"""The bank's webhooks in an aiohttp.web application.

app.router.add_post("/webhooks/bank131", webhook_handler(bank))
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web

from bank131_async.webhooks.receiver import SIGNATURE_HEADER, Reply, WebhookTarget, receiver_of

AiohttpHandler: TypeAlias = Callable[[web.Request], Awaitable[web.Response]]


def webhook_handler(target: WebhookTarget) -> AiohttpHandler:
    """A request handler that gives webhooks to ``target``, a ``WebhookReceiver`` or an object with a ``receiver``.

    The receiver's ``max_bytes`` holds, whatever the application's ``client_max_size``.
    """

    async def handle(request: web.Request) -> web.Response:
        receiver = receiver_of(target)
        try:
            body = await _read(request, receiver.max_bytes)
        except (ConnectionError, web.RequestPayloadError):  # gone, or no HTTP, before everything was said
            return web.Response(status=400)
        if body is None:
            return _response(receiver.too_big())
        return _response(await receiver.handle(body, request.headers.get(SIGNATURE_HEADER)))

    return handle


async def _read(request: web.Request, limit: int) -> bytes | None:
    """The body, or ``None`` as soon as it is over the limit, whatever its declared length says."""
    if (request.content_length or 0) > limit:
        return None
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit:
            return None
    # A middleware that has read the body has left it with the request.
    return bytes(body) or await request.read()


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, headers=reply.headers)
