"""Webhooks through a real aiohttp.web server on a real socket."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import uvloop
from aiohttp import web

from bank131_async.integrations.aiohttp import webhook_handler
from bank131_async.webhooks import WebhookReceiver
from tests.support.http import hang_up, post, talk
from tests.support.webhooks import VERIFIER, RememberingSink, webhook_body

if TYPE_CHECKING:
    from tests.integrations.conftest import Bank

MAX_BYTES = 2_000  # as the fixture's receiver is set

BODY = webhook_body()
PATH = "/webhooks/bank131"


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[int]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@pytest.fixture
def app(bank: Bank) -> web.Application:
    """Made before the bank is opened, as programs do."""
    app = web.Application(client_max_size=100)
    app.router.add_post(PATH, webhook_handler(bank))
    bank.open()
    return app


@pytest.mark.asyncio
@pytest.mark.parametrize("chunks", [0, 1, 7])
async def test_a_webhook_is_recorded_and_answered_whatever_the_applications_own_limit(
    app: web.Application, sink: RememberingSink, chunks: int
) -> None:
    body = webhook_body(note="x" * 1_500)
    async with serving(app) as port:
        assert await talk(port, post(PATH, body, chunks=chunks)) == (200, b'{"status":"ok"}')
    assert [event.body for event in sink.events] == [body]


@pytest.mark.asyncio
async def test_a_missing_signature_is_401(app: web.Application, sink: RememberingSink) -> None:
    async with serving(app) as port:
        status, _ = await talk(port, post(PATH, BODY, sign=False))
    assert status == 401
    assert not sink.events


@pytest.mark.asyncio
@pytest.mark.parametrize("value", [b"\xe9", b"\xff\xfe", b"=" * 4_000])
async def test_a_hostile_header_is_401(app: web.Application, value: bytes) -> None:
    request = post(PATH, BODY, sign=False).replace(b"Host", b"X-Partner-Sign: " + value + b"\r\nHost", 1)
    async with serving(app) as port:
        assert (await talk(port, request))[0] == 401


@pytest.mark.asyncio
async def test_a_declared_length_over_the_limit_is_413_before_the_body_has_come(
    app: web.Application, bank: Bank
) -> None:
    async with serving(app) as port:
        status, _ = await asyncio.wait_for(talk(port, post(PATH, b"{", length=10**12)), 2)
    assert status == 413
    assert bank.receiver.counts == {"too_big": 1}


@pytest.mark.asyncio
async def test_a_body_that_grows_over_the_limit_is_413_without_waiting_for_its_end(
    app: web.Application, sink: RememberingSink
) -> None:
    endless = post(PATH, webhook_body(note="x" * 5_000), chunks=50).removesuffix(b"0\r\n\r\n")
    async with serving(app) as port:
        status, _ = await asyncio.wait_for(talk(port, endless), 2)
    assert status == 413
    assert not sink.events


@pytest.mark.asyncio
async def test_a_caller_that_hangs_up_leaves_no_trace_and_no_alarm(
    app: web.Application, bank: Bank, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with serving(app) as port:
        await hang_up(port, post(PATH, BODY, length=len(BODY) + 10))
        await hang_up(port, post(PATH, BODY, chunks=3)[:-8])
        assert (await talk(port, post(PATH, BODY)))[0] == 200
        await asyncio.sleep(0.01)
    assert bank.receiver.counts == {"accepted": 1}
    assert not caplog.records


@pytest.mark.asyncio
@pytest.mark.parametrize("spoilt", [b"zz\r\n", b"5\r\n{}\r\n0\r\n\r\n"])
async def test_a_body_that_is_no_http_is_400(app: web.Application, bank: Bank, spoilt: bytes) -> None:
    head = post(PATH, BODY, chunks=1).split(b"\r\n\r\n")[0]
    async with serving(app) as port:
        assert (await talk(port, head + b"\r\n\r\n" + spoilt))[0] == 400
    assert not bank.receiver.counts


@pytest.mark.asyncio
async def test_a_body_that_its_encoding_blows_up_is_413(app: web.Application, bank: Bank) -> None:
    small = gzip.compress(b"x" * 1_000_000)
    request = post(PATH, small).replace(b"Host", b"Content-Encoding: gzip\r\nHost", 1)
    assert len(small) < MAX_BYTES
    async with serving(app) as port:
        assert (await talk(port, request))[0] == 413
    assert bank.receiver.counts == {"too_big": 1}


@pytest.mark.asyncio
async def test_a_middleware_may_have_read_the_body_before(app: web.Application, sink: RememberingSink) -> None:
    @web.middleware
    async def reading(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        await request.read()
        return await handler(request)

    app = web.Application(middlewares=[reading])
    app.router.add_post(PATH, webhook_handler(WebhookReceiver(VERIFIER, sink)))
    async with serving(app) as port:
        assert (await talk(port, post(PATH, BODY)))[0] == 200
    assert len(sink.events) == 1


def test_it_works_under_uvloop(app: web.Application, sink: RememberingSink) -> None:
    async def exchange() -> tuple[int, bytes]:
        async with serving(app) as port:
            return await talk(port, post(PATH, BODY, chunks=2))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(exchange())[0] == 200
    assert len(sink.events) == 1
