"""The transport against a real server of raw sockets: what happened is judged by evidence, and nothing leaks."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import attrs
import pytest
from aioresponses import aioresponses

from bank131_async.core.wire import HttpRequest
from bank131_async.errors import AnswerLostError, ConfigurationError, NotSentError
from bank131_async.transport import AiohttpTransport, Timeout
from tests.support.raw_server import (
    RawServer,
    Step,
    answer,
    close_after_reading,
    drip,
    never_answer,
    reply,
    reset_after_reading,
    reset_before_reading,
)
from tests.support.requests import AMPLE, SHORT, post

pytestmark = pytest.mark.asyncio


_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"

# --- answered ---------------------------------------------------------------------------------------------------------


async def test_the_bytes_given_are_the_bytes_sent(transport: AiohttpTransport) -> None:
    body = '{"a":"я","b":[1, 2]}'.encode()
    async with RawServer() as server:
        got = await transport.send(post(server.url, body))
        (request,) = server.requests
    assert (request.method, request.path, request.body) == ("POST", "/api/v2/session/confirm", body)
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-partner-sign"] == "c2lnbmF0dXJl"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["user-agent"].startswith("bank131-async/")
    assert "cookie" not in request.headers
    assert (got.status, got.body) == (200, b'{"status":"ok"}')


async def test_headers_of_the_answer_are_found_without_regard_to_case(transport: AiohttpTransport) -> None:
    async with RawServer(reply(answer(429, headers={"Retry-After": "3"}))) as server:
        got = await transport.send(post(server.url))
    assert (got.status, got.headers.get("retry-after")) == (429, "3")


@pytest.mark.parametrize(
    ("data", "status", "body"),
    [
        pytest.param(answer(500, b"oops", content_type=None), 500, b"oops", id="5xx"),
        pytest.param(answer(502, b"<html>", content_type="text/html"), 502, b"<html>", id="html"),
        pytest.param(answer(200, b""), 200, b"", id="empty"),
        pytest.param(answer(200, b"\xff\xfe", content_type="text/plain"), 200, b"\xff\xfe", id="not JSON"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", id="no content"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 200, b"{}", id="chunked"
        ),
    ],
)
async def test_every_complete_answer_is_handed_on_as_it_is(
    transport: AiohttpTransport, data: bytes, status: int, body: bytes
) -> None:
    async with RawServer(reply(data)) as server:
        got = await transport.send(post(server.url))
    assert (got.status, got.body) == (status, body)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_is_not_followed(transport: AiohttpTransport, status: int) -> None:
    async with RawServer(reply(answer(status, b"", headers={"Location": "/elsewhere"}))) as server:
        got = await transport.send(post(server.url))
        assert len(server.requests) == 1
    assert got.status == status


async def test_cookies_are_neither_kept_nor_sent(transport: AiohttpTransport) -> None:
    async with RawServer(reply(answer(headers={"Set-Cookie": "a=b"}))) as server:
        await transport.send(post(server.url))
        await transport.send(post(server.url))
        assert "cookie" not in server.requests[1].headers


async def test_connections_are_kept_alive(transport: AiohttpTransport) -> None:
    async with RawServer() as server:
        for _ in range(3):
            await transport.send(post(server.url))
        assert (len(server.requests), server.connections) == (3, 1)


async def test_an_answer_up_to_the_limit_is_read_in_many_pieces(transport: AiohttpTransport) -> None:
    body = b"x" * 64 * 1024
    async with RawServer(reply(answer(200, body))) as server:
        got = await transport.send(post(server.url))
    assert got.body == body


# --- not sent ---------------------------------------------------------------------------------------------------------


async def test_a_refused_connection_is_not_sent(transport: AiohttpTransport) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NotSentError, match="has not seen it: no connection"):
            await transport.send(post(f"http://127.0.0.1:{taken.getsockname()[1]}"))


async def test_what_had_to_leave_earlier_is_not_sent_even_over_an_open_connection(transport: AiohttpTransport) -> None:
    async with RawServer() as server:
        await transport.send(post(server.url))
        now = asyncio.get_running_loop().time()
        with pytest.raises(NotSentError, match="has not seen it: it was held up for too long"):
            await transport.send(attrs.evolve(post(server.url), leave_by=now - 0.1))
        await transport.send(attrs.evolve(post(server.url), leave_by=now + 60))
        assert len(server.requests) == 2


async def test_a_name_that_does_not_resolve_is_not_sent(transport: AiohttpTransport) -> None:
    with pytest.raises(NotSentError, match=r"name of the server could not be resolved|within the time limit"):
        await transport.send(post("https://no-such-host.invalid"), timeout=SHORT)


async def test_an_untrusted_certificate_is_not_sent(
    transport: AiohttpTransport, self_signed: tuple[ssl.SSLContext, Path]
) -> None:
    async with RawServer(context=self_signed[0]) as server:
        with pytest.raises(NotSentError, match=r"certificate is not trusted .*self-signed"):
            await transport.send(post(server.url))
        assert server.requests == []


async def test_a_certificate_trusted_by_the_callers_context_is_accepted(
    self_signed: tuple[ssl.SSLContext, Path],
) -> None:
    context = ssl.create_default_context(cafile=self_signed[1])
    transport = AiohttpTransport(timeout=AMPLE, ssl=context)
    async with RawServer(context=self_signed[0]) as server:
        assert (await transport.send(post(server.url))).status == 200
        await transport.aclose()


async def test_a_server_that_does_not_speak_tls_is_not_sent(transport: AiohttpTransport) -> None:
    async with RawServer(lambda peer: _write_and_close(peer, b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        with pytest.raises(NotSentError, match="no TLS connection"):
            await transport.send(post(server.url.replace("http:", "https:")))


async def _write_and_close(peer: Any, data: bytes) -> None:
    peer.write(data)
    peer.close()


async def test_a_stalled_tls_handshake_is_not_sent_and_has_a_limit_of_its_own() -> None:
    transport = AiohttpTransport(timeout=Timeout(connect=30, tls=0.05, read=30, total=60))
    async with RawServer(lambda peer: peer.stall()) as server, asyncio.timeout(1):
        with pytest.raises(NotSentError, match="within the time limit"):
            await transport.send(post(server.url.replace("http:", "https:")))
        await server.all_closed()
        await transport.aclose()


async def test_a_connection_that_is_never_accepted_is_limited_by_the_connect_timeout_alone() -> None:
    transport = AiohttpTransport(timeout=Timeout(connect=0.05, tls=30, read=30, total=60))
    with socket.socket() as full, socket.socket() as first:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        first.setblocking(False)
        fillers = []
        for _ in range(3):  # a backlog of zero admits one or two connections, further ones hang
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
            fillers.append(filler)
        async with asyncio.timeout(1):
            with pytest.raises(NotSentError, match="within the time limit"):
                await transport.send(post(f"http://127.0.0.1:{full.getsockname()[1]}"))
        for filler in fillers:
            filler.close()
    await transport.aclose()


async def test_waiting_for_a_free_connection_is_not_sent() -> None:
    transport = AiohttpTransport(timeout=Timeout(connect=0.03, tls=0.02, read=1, total=1), connections=1)
    async with RawServer(never_answer) as server:
        busy = asyncio.create_task(transport.send(post(server.url)))
        await server.arrived.wait()
        with pytest.raises(NotSentError, match="within the time limit"):
            await transport.send(post(server.url))
        assert len(server.requests) == 1
        busy.cancel()
        await asyncio.wait({busy})
        await transport.aclose()


async def test_the_total_timeout_before_a_byte_was_written_is_not_sent() -> None:
    transport = AiohttpTransport(timeout=Timeout(total=0.05))
    async with RawServer(lambda peer: peer.stall()) as server:
        with pytest.raises(NotSentError):
            await transport.send(post(server.url.replace("http:", "https:")))
        await transport.aclose()


# --- unknown ----------------------------------------------------------------------------------------------------------

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"

LOST = [
    pytest.param(reset_before_reading, "connection", None, id="reset before reading"),
    pytest.param(reset_after_reading, "connection broke", None, id="reset after reading the body"),
    pytest.param(close_after_reading, "closed without an answer", None, id="closed after reading the body"),
    pytest.param(never_answer, "read timeout", None, id="stalls before the answer"),
    pytest.param(reply(b"HTTP/1.1 200 OK\r\nContent-", then="stall"), "read timeout", None, id="stalls in the headers"),
    pytest.param(reply(_HEAD + b"{", then="stall"), "read timeout", 200, id="stalls in the body"),
    pytest.param(reply(answer(length=99), then="close"), "cut off", 200, id="truncated"),
    pytest.param(reply(answer(length=99), then="reset"), "connection broke|cut off", 200, id="reset within the body"),
    pytest.param(reply(b"SSH-2.0-OpenSSH\r\n", then="close"), "not HTTP", None, id="invalid HTTP"),
    pytest.param(reply(answer(200, b"x" * 64 * 1024 + b"y")), "larger than 65536 bytes", 200, id="huge"),
    pytest.param(
        reply(answer(200, gzip.compress(bytes(10_000_000)), headers={"Content-Encoding": "gzip"})),
        "larger than 65536 bytes",
        200,
        id="decompression bomb",
    ),
    pytest.param(
        reply(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\n{}"),
        "cut off",
        200,
        id="not the compression it claims",
    ),
]


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize(("step", "reason", "status"), LOST)
async def test_once_bytes_were_written_a_missing_answer_is_unknown_and_the_next_request_works(
    transport: AiohttpTransport, step: Step, reason: str, status: int | None, method: str
) -> None:
    async with RawServer(step) as server:
        with pytest.raises(AnswerLostError, match=reason) as caught:
            await transport.send(post(server.url, method=method), timeout=SHORT if reason == "read timeout" else None)
        assert caught.value.http_status == status
        assert len(server.requests) <= 1, "the request was repeated"
        assert (await transport.send(post(server.url))).status == 200
        await transport.aclose()
        await server.all_closed()


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("ending", [reset_before_reading, reset_after_reading, close_after_reading])
async def test_a_kept_alive_connection_that_breaks_while_we_write_is_unknown_and_never_repeated(
    transport: AiohttpTransport, ending: Step, method: str
) -> None:
    async with RawServer(reply(), ending) as server:
        await transport.send(post(server.url))
        with pytest.raises(AnswerLostError):
            await transport.send(post(server.url, method=method))
        assert len(server.requests) <= 2
        assert server.connections == 1
        assert (await transport.send(post(server.url))).status == 200


async def test_a_kept_alive_connection_known_to_be_closed_is_not_used(transport: AiohttpTransport) -> None:
    async with RawServer(reply(then="close"), reply(answer(close=True)), reply()) as server:
        for _ in range(3):
            assert (await transport.send(post(server.url))).status == 200
            await server.all_closed() if server.connections < 3 else None
            await asyncio.sleep(0.01)
        assert (len(server.requests), server.connections) == (3, 3)


async def test_a_slow_answer_is_cut_by_the_total_timeout() -> None:
    transport = AiohttpTransport(timeout=Timeout(read=5, total=0.08))
    async with RawServer(drip(answer(), pause_s=0.01)) as server:
        with pytest.raises(AnswerLostError, match="total timeout"):
            await transport.send(post(server.url))
        await transport.aclose()


async def test_a_slow_answer_within_the_limits_is_an_answer(transport: AiohttpTransport) -> None:
    async with RawServer(drip(answer(body=b"{}"), pause_s=0)) as server:
        assert (await transport.send(post(server.url))).body == b"{}"


async def test_the_timeout_of_a_call_replaces_the_transports_own() -> None:
    transport = AiohttpTransport()
    async with RawServer(never_answer) as server, asyncio.timeout(1):
        with pytest.raises(AnswerLostError, match="read timeout"):
            await transport.send(post(server.url), timeout=Timeout(read=0.05))
        await transport.aclose()


async def test_an_error_quotes_neither_answer_nor_headers_in_any_link_of_its_chain(transport: AiohttpTransport) -> None:
    async with RawServer(reply(b"HTTP/1.1 abc 4242424242424242\r\n\r\n", then="close")) as server:
        with pytest.raises(AnswerLostError) as caught:
            await transport.send(post(server.url))
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "4242" not in str(caught.value)


# --- cancellation, life and ownership ---------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [never_answer, reply(_HEAD, then="stall")])
async def test_cancelling_a_request_propagates_and_frees_its_connection(step: Step) -> None:
    transport = AiohttpTransport(timeout=AMPLE, connections=1)
    async with RawServer(step) as server:
        sending = asyncio.create_task(transport.send(post(server.url), timeout=Timeout()))
        await server.arrived.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await server.all_closed()
        assert (await transport.send(post(server.url))).status == 200
        await transport.aclose()
        assert len(asyncio.all_tasks()) <= 2  # this test and at most the server's farewell


async def test_closing_twice_is_harmless_and_sending_afterwards_is_refused(transport: AiohttpTransport) -> None:
    async with RawServer() as server:
        await transport.send(post(server.url))
        await transport.aclose()
        await transport.aclose()
        with pytest.raises(ConfigurationError, match="closed"):
            await transport.send(post(server.url))
        await server.all_closed()


async def test_a_borrowed_session_is_used_and_never_closed() -> None:
    async with RawServer() as server, aiohttp.ClientSession() as session:
        transport = AiohttpTransport(session, timeout=AMPLE)
        assert (await transport.send(post(server.url))).status == 200
        await transport.aclose()
        assert not session.closed


async def test_a_borrowed_session_that_was_closed_is_a_configuration_error() -> None:
    session = aiohttp.ClientSession()
    transport = AiohttpTransport(session)
    await session.close()
    with pytest.raises(ConfigurationError, match="closed"):
        await transport.send(post("http://127.0.0.1:1"))


async def test_proxies_of_the_environment_are_used_only_if_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer() as server, RawServer() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        for trust_env in (False, True):
            transport = AiohttpTransport(timeout=AMPLE, trust_env=trust_env)
            await transport.send(post(server.url))
            await transport.aclose()
        assert (len(server.requests), len(proxy.requests)) == (1, 1)


# --- with a mocked session --------------------------------------------------------------------------------------------


class _MockedResponse(aiohttp.ClientResponse):
    """aioresponses 0.7.9 does not know the ``stream_writer`` that aiohttp 3.14 requires."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, stream_writer=SimpleNamespace(output_size=0), **kwargs)  # type: ignore[arg-type]


@pytest.fixture
def mocked_bank() -> Callable[[], HttpRequest]:
    return lambda: post("https://demo.bank131.ru")


async def test_the_request_goes_to_the_session_as_given(
    transport: AiohttpTransport, mocked_bank: Callable[[], HttpRequest]
) -> None:
    request = mocked_bank()
    with aioresponses() as bank:
        bank.post(request.url, status=400, body=b'{"status":"error"}', response_class=_MockedResponse)
        got = await transport.send(request)
        ((call,),) = bank.requests.values()
    assert (got.status, got.body) == (400, b'{"status":"error"}')
    assert call.kwargs["allow_redirects"] is False
    assert request.headers.items() <= dict(call.kwargs["headers"]).items()


async def test_an_error_before_the_session_asked_for_the_bytes_is_not_sent(
    transport: AiohttpTransport, mocked_bank: Callable[[], HttpRequest]
) -> None:
    request = mocked_bank()
    with aioresponses() as bank:
        bank.post(request.url, exception=aiohttp.ServerDisconnectedError())
        with pytest.raises(NotSentError, match="before anything was written"):
            await transport.send(request)
