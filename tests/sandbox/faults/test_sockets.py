"""Faults on real sockets: what a client that nobody here wrote sees of each."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest

from bank131_async.sandbox import SandboxBank, SandboxServer
from tests.support.raw_merchant import RawMerchant, card
from tests.support.sandbox import until

CREATE = "/api/v2/session/create"
ACTS = ("answer_lost", "stall", "slow_body", "truncated_json", "garbage_json", "clock_skew")
DOES_NOT_ACT = ("connection_reset", "server_error", "rate_limited", "html_error")


@asynccontextmanager
async def serving(fault: str, **fields: Any) -> AsyncIterator[tuple[SandboxServer, aiohttp.ClientSession]]:
    async with SandboxServer(SandboxBank()) as server, aiohttp.ClientSession() as session:
        server.bank.faults.add(fault, **fields)
        yield server, session


async def create(server: SandboxServer, session: aiohttp.ClientSession) -> tuple[aiohttp.ClientResponse, bytes]:
    async with session.post(server.url + CREATE, data=b"{}", headers=RawMerchant(server.bank).headers(b"{}")) as answer:
        return answer, await answer.read()


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", ["answer_lost", "connection_reset"])
async def test_the_connection_is_really_reset(fault: str) -> None:
    async with serving(fault) as (server, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
        headers = {"Host": "sandbox", "Content-Length": "2", **RawMerchant(server.bank).headers(b"{}")}
        lines = [f"POST {CREATE} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write("\r\n".join([*lines, "", "{}"]).encode())
        with pytest.raises(ConnectionResetError):
            async with asyncio.timeout(5):
                await reader.read()
        writer.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", [*ACTS, *DOES_NOT_ACT])
async def test_each_fault_acts_or_not_as_the_table_says_and_is_in_the_record(fault: str) -> None:
    seconds = {"seconds": 0.02} if fault in ("stall", "slow_body") else {}
    async with serving(fault, count=1, **seconds) as (server, session):
        try:
            answer, _ = await create(server, session)
            status = answer.status
        except aiohttp.ClientError:
            status = None
        assert len(server.bank.sessions) == (1 if fault in ACTS else 0)
        entries = server.bank.record.of(next(iter(server.bank.sessions), "") if status == 200 else "")
        if fault not in ("truncated_json", "garbage_json"):  # their answers name no session
            assert [(entry.item.fault, entry.item.status) for entry in entries] == [(fault, status)]  # type: ignore[union-attr]

        again, _ = await create(server, session)
        assert again.status == 200


@pytest.mark.asyncio
async def test_a_lost_answer_still_sends_its_webhooks() -> None:
    received: list[str] = []
    async with serving("answer_lost", method="session/start/payment") as (server, session):
        merchant = RawMerchant(server.bank)
        arrived = asyncio.Event()

        async def receive(body: bytes, _: str) -> tuple[int, bytes]:
            received.append(json.loads(body)["type"])
            arrived.set()
            return 200, b""

        server.deliver_to(receive)
        session_id = merchant.create()
        fields = {"session_id": session_id, "payment_details": card()}
        body = json.dumps(fields).encode()
        with pytest.raises(aiohttp.ClientError):
            await session.post(f"{server.url}/api/v2/session/start/payment", data=body, headers=merchant.headers(body))
        async with asyncio.timeout(5):
            await arrived.wait()

    assert received == ["ready_to_confirm"]


@pytest.mark.asyncio
async def test_a_stalled_answer_comes_late_and_holds_up_nobody() -> None:
    async with serving("stall", count=1, seconds=0.15) as (server, session):
        stalled = asyncio.create_task(create(server, session))
        await until(server.bank, lambda: bool(server.bank.sessions))
        answer, _ = await create(server, session)
        assert answer.status == 200
        assert not stalled.done()
        answer, body = await stalled
        assert json.loads(body)["session"]["id"] == next(iter(server.bank.sessions))


@pytest.mark.asyncio
async def test_a_slow_body_arrives_in_pieces_and_whole() -> None:
    async with (
        serving("slow_body", seconds=0.1) as (server, session),
        session.post(server.url + CREATE, data=b"{}", headers=RawMerchant(server.bank).headers(b"{}")) as answer,
    ):
        pieces = [piece async for piece, _ in answer.content.iter_chunks()]

    assert len(pieces) > 3
    assert json.loads(b"".join(pieces))["status"] == "ok"


@pytest.mark.asyncio
async def test_a_server_error_has_its_status_and_the_banks_shape() -> None:
    async with serving("server_error", status=503) as (server, session):
        answer, body = await create(server, session)

    assert answer.status == 503
    assert json.loads(body)["error"]["code"] == "internal_error"


@pytest.mark.asyncio
async def test_too_many_requests_say_when_to_come_again() -> None:
    async with serving("rate_limited", seconds=7) as (server, session):
        answer, body = await create(server, session)

    assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
    assert json.loads(body)["status"] == "error"


@pytest.mark.asyncio
async def test_an_html_error_page_is_no_json() -> None:
    async with serving("html_error") as (server, session):
        answer, body = await create(server, session)

    assert (answer.status, answer.content_type) == (502, "text/html")
    assert body.startswith(b"<!doctype html>")


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", ["truncated_json", "garbage_json"])
async def test_broken_json_is_an_http_answer_that_cannot_be_parsed(fault: str) -> None:
    async with serving(fault) as (server, session):
        answer, body = await create(server, session)

    assert (answer.status, answer.content_type) == (200, "application/json")
    assert int(answer.headers["Content-Length"]) == len(body)
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


@pytest.mark.asyncio
async def test_a_skewed_clock_shows_in_the_times_and_in_the_date() -> None:
    async with serving("clock_skew", seconds=3_600) as (server, session):
        answer, body = await create(server, session)
        true = next(iter(server.bank.sessions.values())).created_at

    assert datetime.fromisoformat(json.loads(body)["session"]["created_at"]) == true + timedelta(hours=1)
    assert abs(parsedate_to_datetime(answer.headers["Date"]) - true - timedelta(hours=1)) < timedelta(seconds=5)


@pytest.mark.asyncio
async def test_a_rule_for_a_session_strikes_that_session_alone() -> None:
    async with SandboxServer(SandboxBank()) as server, aiohttp.ClientSession() as session:
        merchant = RawMerchant(server.bank)
        first, second = merchant.create(), merchant.create()
        server.bank.faults.add("server_error", method="session/status", session_id=second)
        statuses = []
        for session_id in (first, second):
            body = json.dumps({"session_id": session_id}).encode()
            url = f"{server.url}/api/v2/session/status"
            async with session.post(url, data=body, headers=merchant.headers(body)) as answer:
                statuses.append(answer.status)

    assert statuses == [200, 500]


@pytest.mark.asyncio
async def test_the_payers_pages_and_the_control_plane_are_never_struck() -> None:
    async with serving("connection_reset") as (server, session):
        for path in ("/_sandbox/clock", "/pages/style.css"):
            async with session.get(server.url + path) as answer:
                assert answer.status == 200


@pytest.mark.asyncio
async def test_a_client_that_has_gone_during_a_stall_is_no_error() -> None:
    async with serving("stall", seconds=0.05) as (server, _):
        port = int(server.url.rpartition(":")[2])

        def ask_and_go() -> None:
            body = b"{}"
            with socket.create_connection(("127.0.0.1", port)) as connection:
                head = "".join(f"{name}: {value}\r\n" for name, value in RawMerchant(server.bank).headers(body).items())
                connection.sendall(
                    f"POST {CREATE} HTTP/1.1\r\nHost: x\r\n{head}Content-Length: 2\r\n\r\n".encode() + body
                )

        threading.Thread(target=ask_and_go).start()
        await until(server.bank, lambda: bool(server.bank.sessions))
        await asyncio.sleep(0.08)
        assert server.bank.faults.rules[1].struck == 1
