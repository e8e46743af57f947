"""The life of a client: closing, cancelling, and the loop and process that it belongs to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

import pytest

from bank131_async.client.api import ApiClient
from bank131_async.client.config import Bank131Config
from bank131_async.core.operations import ConfirmSession, GetSessionStatus
from bank131_async.core.signing import Signer
from bank131_async.errors import AnswerLostError, ConfigurationError
from bank131_async.transport import Timeout
from tests.support.bank_answers import StubbornTransport, session
from tests.support.raw_server import RawServer, never_answer

pytestmark = pytest.mark.asyncio

Serve = Callable[..., Awaitable[RawServer]]
ClientOf = Callable[..., ApiClient]

STATUS = GetSessionStatus(session_id="ps_1")
CONFIRM = ConfirmSession(session_id="ps_1")


def _config(signer: Signer) -> Bank131Config:
    return Bank131Config(project_id="shop", private_key=signer)


async def test_a_transport_that_was_given_is_not_closed(signer: Signer) -> None:
    transport = StubbornTransport()
    async with ApiClient(_config(signer), transport) as client:
        await client.execute(STATUS)
    assert transport.closed == 0


async def test_closing_frees_the_connections_and_is_idempotent(serve: Serve, client_of: ClientOf) -> None:
    server = await serve()
    client = client_of(server)
    with pytest.raises(AnswerLostError):  # the server answers without a session
        await client.execute(CONFIRM)
    await client.aclose()
    await client.aclose()
    await server.all_closed()
    with pytest.raises(ConfigurationError, match="closed"):
        await client.execute(CONFIRM)


async def test_several_clients_live_in_one_process(serve: Serve, client_of: ClientOf) -> None:
    server = await serve(*[session()] * 4)
    clients = [client_of(server, project_id=f"shop-{number}") for number in range(4)]
    await asyncio.gather(*(client.execute(STATUS) for client in clients))
    projects = sorted(request.headers["x-partner-project"] for request in server.requests)
    assert projects == ["shop-0", "shop-1", "shop-2", "shop-3"]


async def test_cancelling_a_call_propagates_and_the_client_goes_on(serve: Serve, client_of: ClientOf) -> None:
    server = await serve(never_answer, session())
    client = client_of(server)
    call = asyncio.create_task(client.execute(CONFIRM, timeout=Timeout()))
    await server.arrived.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (await client.execute(STATUS)).session is not None


async def test_a_client_stays_with_the_loop_that_first_used_it(signer: Signer) -> None:
    client = ApiClient(_config(signer), StubbornTransport())
    await client.execute(STATUS)

    def elsewhere() -> None:
        with pytest.raises(ConfigurationError, match="one client for each loop"):
            asyncio.run(client.execute(STATUS))

    await asyncio.to_thread(elsewhere)
    await client.aclose()


async def test_a_client_stays_with_the_process_that_first_used_it(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = ApiClient(_config(signer), StubbornTransport())
    await client.execute(STATUS)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(ConfigurationError, match="after the fork"):
        await client.execute(STATUS)
    monkeypatch.undo()
    await client.aclose()


async def test_a_client_may_be_made_where_no_loop_runs(signer: Signer) -> None:
    client = await asyncio.to_thread(ApiClient, _config(signer), StubbornTransport())
    assert (await client.execute(STATUS)).session is not None
    await client.aclose()
