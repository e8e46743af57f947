"""The bank on a real socket: raw HTTP in, signed webhooks out, in the right order, never in each other's way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bank131_async.core.signing import Verifier
from bank131_async.errors import ConfigurationError
from bank131_async.sandbox import SandboxBank, SandboxServer
from tests.support.raw_merchant import CHALLENGE, RawMerchant, card, order, payments_of
from tests.support.sandbox import until

JSON = {"Content-Type": "application/json"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Shop:
    """Receives webhooks and answers them with the statuses it was given, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.received: list[tuple[bytes, str]] = []
        self.arrived = asyncio.Event()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        assert request.content_type == "application/json"
        self.received.append((await request.read(), request.headers["X-PARTNER-SIGN"]))
        self.arrived.set()
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, text="seen", headers={"Location": str(request.url)})

    async def wait_for(self, count: int) -> list[str]:
        async with asyncio.timeout(5):
            while len(self.received) < count:
                self.arrived.clear()
                await self.arrived.wait()
        return [json.loads(body)["type"] for body, _ in self.received]


@asynccontextmanager
async def listening(handler: Handler) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


async def call(session: aiohttp.ClientSession, server: SandboxServer, method: str, **fields: Any) -> Any:
    body = json.dumps(fields).encode()
    headers = RawMerchant(server.bank).headers(body)
    async with session.post(f"{server.url}/api/v2/{method}", data=body, headers=headers) as response:
        answer = await response.json()
        assert response.status == 200, answer
        return answer["session"]


@pytest.mark.asyncio
async def test_a_payment_over_sockets_with_webhooks_the_banks_key_verifies() -> None:
    shop = Shop()
    async with (
        listening(shop.handle) as url,
        SandboxServer(SandboxBank(webhook_url=url)) as server,
        aiohttp.ClientSession() as session,
    ):
        started = await call(session, server, "session/init/payment", **order(), payment_details=card(CHALLENGE))
        assert started["status"] == "in_progress"
        assert await shop.wait_for(1) == ["ready_to_confirm"]
        await call(session, server, "session/confirm", session_id=started["id"])
        await shop.wait_for(2)
        payment = payments_of(json.loads(shop.received[-1][0])["session"])[0]
        redirect = payment["customer_interaction"]["redirect"]["url"]
        assert redirect.startswith(f"{server.url}/3ds?id=")
        async with session.post(redirect, data={"result": "pass"}, allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (303, "https://shop.example/back")

        assert await shop.wait_for(3) == ["ready_to_confirm", "action_required", "payment_finished"]
        verifier = Verifier.from_pem(server.bank_public_key_pem)
        for body, signature in shop.received:
            verifier.verify(body, signature)
        await until(server.bank, lambda: len(server.bank.webhook_log) == 3)
        assert [(record.status, record.answer) for record in server.bank.webhook_log] == [(200, b"seen")] * 3


@pytest.mark.asyncio
async def test_a_webhook_that_is_not_taken_is_sent_again_on_the_banks_clock() -> None:
    shop = Shop(500, 302)
    bank = SandboxBank(resend_first_s=60)
    async with listening(shop.handle) as url, SandboxServer(bank) as server, aiohttp.ClientSession() as session:
        bank.configure(webhook_url=url)
        await call(session, server, "session/init/payment", **order(), payment_details=card())
        for sent in (1, 2):
            await until(bank, lambda sent=sent: len(bank.webhook_log) == sent)  # type: ignore[misc]
            bank.advance(120)
        await shop.wait_for(3)
        await until(bank, lambda: len(bank.webhook_log) == 3)

    assert [record.status for record in bank.webhook_log] == [500, 302, 200]
    assert len(set(shop.received)) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "advice"), [(302, "redirects are not followed"), (401, "this bank's public key"), (404, "nothing takes")]
)
async def test_a_webhook_that_is_not_taken_is_a_warning_with_advice(
    status: int, advice: str, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop(status)
    bank = SandboxBank()
    async with listening(shop.handle) as url, SandboxServer(bank) as server, aiohttp.ClientSession() as session:
        bank.configure(webhook_url=url)
        await call(session, server, "session/init/payment", **order(), payment_details=card())
        await until(bank, lambda: len(bank.webhook_log) == 1)

    (warning,) = [record for record in caplog.records if record.name == "bank131.sandbox"]
    assert f"sending 1: {status} (" in warning.getMessage()
    assert advice in warning.getMessage()


@pytest.mark.asyncio
@pytest.mark.parametrize("port", [-1, 65_536])
async def test_a_port_that_cannot_be_is_told_before_anything_is_opened(port: int) -> None:
    with pytest.raises(ConfigurationError, match="port: expected a number from 0 to 65535"):
        await SandboxServer(SandboxBank(), port=port).start()


@pytest.mark.asyncio
async def test_repetitions_come_by_themselves_on_a_fast_schedule() -> None:
    shop = Shop(500, 500)
    bank = SandboxBank(resend_first_s=0.02)
    async with listening(shop.handle) as url, SandboxServer(bank) as server, aiohttp.ClientSession() as session:
        bank.configure(webhook_url=url)
        await call(session, server, "session/init/payment", **order(), payment_details=card())

        await shop.wait_for(3)
        assert len(set(shop.received[:3])) == 1


@pytest.mark.asyncio
async def test_a_receiver_that_stalls_or_is_not_there_is_recorded_and_blocks_nobody() -> None:
    free = asyncio.Event()

    async def stall(request: web.Request) -> web.StreamResponse:
        await free.wait()
        return web.Response()

    bank = SandboxBank(webhook_timeout_s=0.1, auto_confirm=True)
    async with listening(stall) as url, SandboxServer(bank) as server, aiohttp.ClientSession() as session:
        bank.configure(webhook_url=url)
        for _ in range(3):
            session_id = (await call(session, server, "session/init/payment", **order(), payment_details=card()))["id"]
            assert bank.session(session_id).status == "accepted"
        bank.configure(webhook_url="http://127.0.0.1:1/")
        await call(session, server, "session/init/payment", **order(), payment_details=card())
        await until(bank, lambda: len(bank.webhook_log) == 4)
        free.set()

    errors = sorted(record.error or "" for record in bank.webhook_log)
    assert [error.partition(":")[0] for error in errors] == ["ClientConnectorError", *["no answer within 0.1 s"] * 3]
    assert {record.status for record in bank.webhook_log} == {None}


@pytest.mark.asyncio
async def test_a_webhook_never_overtakes_the_answer_of_its_call() -> None:
    order_of_events: list[str] = []

    async def receive(request: web.Request) -> web.StreamResponse:
        order_of_events.append(json.loads(await request.read())["session"]["id"])
        return web.Response()

    bank = SandboxBank()
    async with listening(receive) as url, SandboxServer(bank) as server:
        bank.configure(webhook_url=url)
        written: list[str] = []
        original = web.Response.write_eof

        async def slow(self: web.Response, data: bytes = b"") -> None:
            await asyncio.sleep(0.05)
            written.append("answer" if not order_of_events else "too late")
            await original(self, data)

        async with aiohttp.ClientSession() as session:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(web.Response, "write_eof", slow)
                started = await call(session, server, "session/init/payment", **order(), payment_details=card())
            assert written[0] == "answer"
            await until(bank, lambda: len(bank.webhook_log) == 1)
            assert order_of_events == [started["id"]]


@pytest.mark.asyncio
async def test_time_limits_fire_without_a_request() -> None:
    bank = SandboxBank(confirm_limit_s=0.02)
    async with SandboxServer(bank) as server, aiohttp.ClientSession() as session:
        session_id = (await call(session, server, "session/init/payment", **order(), payment_details=card()))["id"]

        await until(bank, lambda: bank.session(session_id).status == "cancelled")
        assert (await call(session, server, "session/status", session_id=session_id))["status"] == "cancelled"


@pytest.mark.asyncio
async def test_what_is_done_to_the_bank_in_the_program_sends_webhooks_too() -> None:
    shop = Shop()
    bank = SandboxBank()
    merchant = RawMerchant(bank)
    async with listening(shop.handle) as url, SandboxServer(bank):
        bank.configure(webhook_url=url)
        bank.chargeback(merchant.paid())

        assert await shop.wait_for(3) == ["ready_to_confirm", "payment_finished", "payment_refunded"]


@pytest.mark.asyncio
async def test_a_port_that_is_taken_is_a_configuration_error() -> None:
    async with SandboxServer() as server:
        port = int(server.url.rpartition(":")[2])
        expected = f"port: cannot listen on 127.0.0.1:{port}: Address already in use; choose another one"
        with pytest.raises(ConfigurationError, match=expected):
            await SandboxServer(port=port).start()


@pytest.mark.asyncio
async def test_a_body_beyond_the_limit_is_refused_in_the_banks_words() -> None:
    async with (
        SandboxServer() as server,
        aiohttp.ClientSession() as session,
        session.post(f"{server.url}/api/v2/session/create", data=BytesIO(b"x" * (1024 * 1024 + 1))) as response,
    ):
        assert response.status == 413
        assert (await response.json())["error"]["code"] == "invalid_request"


@pytest.mark.asyncio
async def test_a_body_is_taken_as_it_was_sent_whatever_its_encoding_is_said_to_be() -> None:
    signature = (bank := SandboxBank()).keys.merchant.sign(b"{}")
    headers = {"X-PARTNER-PROJECT": "sandbox", "X-PARTNER-SIGN": signature, "Content-Encoding": "gzip"}
    async with (
        SandboxServer(bank) as server,
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.post(f"{server.url}/api/v2/session/create", data=b"{}", headers=JSON | headers) as response,
    ):
        assert (response.status, (await response.json())["status"]) == (200, "ok")


@asynccontextmanager
async def sending(server: SandboxServer, data: bytes) -> AsyncIterator[asyncio.StreamReader]:
    """What comes back over a connection on which ``data`` was sent; at the end the client goes away."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    writer.write(data)
    yield reader
    writer.close()
    await writer.wait_closed()


@pytest.mark.asyncio
async def test_a_client_that_goes_away_in_the_middle_of_its_body_leaves_no_trace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    head = b"POST /api/v2/session/create HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
    async with SandboxServer() as server:
        async with sending(server, head):
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.05)

    assert caplog.messages == []


@pytest.mark.asyncio
async def test_the_server_says_who_may_call_it() -> None:
    async with SandboxServer(SandboxBank(project_id="mine")) as server:
        assert server.project_id == "mine"
        assert server.url.startswith("http://127.0.0.1:")
        assert b"PRIVATE KEY" in server.private_key_pem
        assert b"PUBLIC KEY" in server.bank_public_key_pem
