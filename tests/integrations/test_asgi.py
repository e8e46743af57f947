"""The ASGI application alone, mounted in Starlette and FastAPI, and behind a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from bank131_async.integrations.asgi import Message, WebhookApp, webhook_app
from tests.support.http import post, talk
from tests.support.webhooks import BANK, RememberingSink, webhook_body

if TYPE_CHECKING:
    from tests.integrations.conftest import Bank

BODY = webhook_body()
PATH = "/webhooks/bank131"


@pytest.fixture
def app(bank: Bank) -> WebhookApp:
    """Made before the bank is opened, as programs do."""
    app = webhook_app(bank)
    bank.open()
    return app


async def call(app: WebhookApp, messages: list[Message], **scope: Any) -> list[Message]:
    """Everything that the application sends; reading on after the last message is an error."""
    incoming, sent = iter(messages), list[Message]()

    async def receive() -> Message:
        return next(incoming)

    async def send(message: Message) -> None:
        sent.append(message)

    await app({"type": "http", "method": "POST", "headers": [], **scope}, receive, send)
    return sent


def piece(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


SIGNATURE = (b"x-partner-sign", BANK.sign(BODY).encode())


@pytest.mark.asyncio
async def test_a_webhook_in_pieces_is_recorded_and_answered(app: WebhookApp, sink: RememberingSink) -> None:
    pieces = [piece(BODY[:9], more=True), {"type": "http.request", "more_body": True}, piece(BODY[9:])]
    start, body = await call(app, pieces, headers=[(b"host", b"shop"), SIGNATURE])
    assert start["status"] == 200
    assert (b"content-length", b"15") in start["headers"]
    assert body["body"] == b'{"status":"ok"}'
    assert [event.body for event in sink.events] == [BODY]


@pytest.mark.asyncio
@pytest.mark.parametrize("headers", [[], [(b"x-partner-sign", b"\xff\xe9")], [(b"content-length", b"\xb2 lies")]])
async def test_without_a_signature_of_the_bank_the_answer_is_401(
    app: WebhookApp, headers: list[tuple[bytes, bytes]]
) -> None:
    assert (await call(app, [piece(BODY)], headers=headers))[0]["status"] == 401


@pytest.mark.asyncio
async def test_a_body_over_the_limit_is_413_as_soon_as_that_is_seen(app: WebhookApp, bank: Bank) -> None:
    [start, _] = await call(app, [piece(b"x" * 1_500, more=True), piece(b"x" * 1_500, more=True)], headers=[SIGNATURE])
    assert start["status"] == 413
    [start, _] = await call(app, [], headers=[SIGNATURE, (b"content-length", b"2001")])
    assert start["status"] == 413
    assert bank.receiver.counts == {"too_big": 2}


@pytest.mark.asyncio
async def test_a_caller_that_hangs_up_gets_no_answer(app: WebhookApp, bank: Bank) -> None:
    assert await call(app, [piece(BODY, more=True), {"type": "http.disconnect"}], headers=[SIGNATURE]) == []
    assert not bank.receiver.counts


@pytest.mark.asyncio
async def test_a_caller_that_is_gone_before_the_answer_does_no_harm(app: WebhookApp, sink: RememberingSink) -> None:
    async def receive() -> Message:
        return piece(BODY)

    async def send(_: Message) -> None:
        raise OSError("gone")

    await app({"type": "http", "method": "POST", "headers": [SIGNATURE]}, receive, send)
    assert len(sink.events) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
async def test_only_post_is_allowed(app: WebhookApp, method: str) -> None:
    [start, _] = await call(app, [], method=method)
    assert start["status"] == 405
    assert (b"allow", b"POST") in start["headers"]


@pytest.mark.asyncio
async def test_a_server_may_start_and_stop_it(app: WebhookApp) -> None:
    sent = await call(app, [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}], type="lifespan")
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


@pytest.mark.asyncio
async def test_a_websocket_is_turned_away(app: WebhookApp) -> None:
    assert await call(app, [], type="websocket") == [{"type": "websocket.close"}]


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[int]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="on", ws="none"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to wait for
        await asyncio.sleep(0.005)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


def mounted_in(framework: str, app: WebhookApp) -> Any:
    if framework == "starlette":
        return Starlette(routes=[Mount(PATH, app), Route("/exact", app)])
    if framework == "fastapi":
        outer = FastAPI()
        outer.mount(PATH, app)
        outer.router.routes.append(Route("/exact", app))
        return outer
    return app


@pytest.mark.asyncio
@pytest.mark.parametrize("framework", ["none", "starlette", "fastapi"])
async def test_it_answers_behind_a_real_server_mounted_or_alone(
    app: WebhookApp, sink: RememberingSink, framework: str
) -> None:
    async with serving(mounted_in(framework, app)) as port:
        assert await talk(port, post(PATH + "/", BODY)) == (200, b'{"status":"ok"}')
        assert (await talk(port, post("/exact", BODY, chunks=5)))[0] == 200
        assert (await talk(port, post(PATH + "/", BODY, sign=False)))[0] == 401
        assert (await talk(port, post(PATH + "/", webhook_body(note="x" * 5_000), chunks=5)))[0] == 413
        assert (await talk(port, b"GET /exact HTTP/1.1\r\nHost: shop\r\n\r\n"))[0] == 405
    assert len(sink.events) == 2


@pytest.mark.asyncio
async def test_starlette_redirects_the_address_without_the_slash_so_it_must_not_be_registered(app: WebhookApp) -> None:
    async with serving(mounted_in("starlette", app)) as port:
        assert (await talk(port, post(PATH, BODY)))[0] == 307
