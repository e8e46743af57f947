from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from bank131_async.client.api import ApiClient
from bank131_async.client.config import Bank131Config
from bank131_async.core.retry import RetryPolicy
from bank131_async.core.signing import Signer
from tests.support.keys import OTHER_PRIVATE_PEM
from tests.support.raw_server import RawServer, Step
from tests.support.requests import AMPLE

QUICK = RetryPolicy(attempts=3, first_pause_s=0.001, longest_pause_s=5)


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer.from_pem(OTHER_PRIVATE_PEM)


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[RawServer]]]:
    """Starts a server with a script; it ends with the test."""
    servers: list[RawServer] = []

    async def start(*steps: Step) -> RawServer:
        servers.append(await RawServer(*steps).__aenter__())
        return servers[-1]

    yield start
    for server in servers:
        await server.__aexit__(None, None, None)


@pytest_asyncio.fixture
async def client_of(signer: Signer) -> AsyncIterator[Callable[..., ApiClient]]:
    """Makes clients of a server with numbered idempotency keys; they are closed with the test."""
    clients: list[ApiClient] = []

    def make(server: RawServer | str, **settings: Any) -> ApiClient:
        keys = iter(f"key-{number}" for number in range(1, 100))
        url = server if isinstance(server, str) else server.url
        defaults = {"project_id": "shop", "private_key": signer, "timeout": AMPLE, "retry": QUICK}
        clients.append(ApiClient(Bank131Config(**defaults | {"server": url} | settings), new_key=lambda: next(keys)))
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()
