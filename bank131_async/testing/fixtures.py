"""The fixtures of the pytest plugin. Each test has a bank, a client, a journal and a clock of its own.

What is heavy is imported by the first test that asks for it. Keys are made once per run: workers of pytest-xdist share
them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from collections.abc import Callable

    from bank131_async.flow import Bank131Client
    from bank131_async.sandbox.keyring import SandboxKeys
    from bank131_async.testing.clock import MovableClock
    from bank131_async.testing.deliveries import Deliveries
    from bank131_async.testing.sandbox import Sandbox
    from bank131_async.testing.signed import SignedWebhook


@pytest.fixture
def bank131_clock() -> MovableClock:
    """The clock of this test's bank and client; ``advance(seconds)`` moves both."""
    from bank131_async.testing.clock import MovableClock

    return MovableClock()


@pytest.fixture(scope="session")
def _bank131_keys(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SandboxKeys:
    """The keys of all sandboxes of this run."""
    from bank131_async.sandbox.keyring import process_keys, run_keys

    if hasattr(request.config, "workerinput"):  # a worker, whose folder lies in that of the run
        return run_keys(tmp_path_factory.getbasetemp().parent / "bank131-keys")
    return process_keys()


@pytest_asyncio.fixture
async def bank131_sandbox(
    request: pytest.FixtureRequest, bank131_clock: MovableClock, _bank131_keys: SandboxKeys
) -> AsyncIterator[Sandbox]:
    """A sandbox bank, without sockets unless ``@pytest.mark.bank131(server=True)``; other arguments are switches."""
    from bank131_async.testing.sandbox import Sandbox

    options: dict[str, Any] = {"keys": _bank131_keys, **_sandbox_options(request)}
    async with Sandbox(clock=bank131_clock.now, **options) as sandbox:
        bank131_clock.on_advance(sandbox.bank.run_due)
        yield sandbox


@pytest_asyncio.fixture
async def bank131_client(bank131_sandbox: Sandbox, bank131_clock: MovableClock) -> AsyncIterator[Bank131Client]:
    """A client of ``bank131_sandbox``, which gets its webhooks. It polls at short intervals, as tests are short."""
    from bank131_async.flow import FlowSettings, PollSchedule

    polling = PollSchedule(first_s=0.05, share=0.2, max_s=0.5)
    async with bank131_sandbox.client(clock=bank131_clock, settings=FlowSettings(polling=polling)) as client:
        yield client


@pytest.fixture
def bank131_webhooks(bank131_sandbox: Sandbox) -> Deliveries:
    """The webhooks that the bank has sent in this test, with their answers."""
    from bank131_async.testing.deliveries import Deliveries

    return Deliveries(bank131_sandbox.bank)


@pytest.fixture
def sign_webhook(bank131_sandbox: Sandbox) -> Callable[..., SignedWebhook]:
    """Makes signed webhooks for the test of a route: ``sign_webhook("payment_finished", session=...)``."""
    from bank131_async.testing.signed import sign_webhook

    return partial(sign_webhook, bank131_sandbox.bank.keys.bank)


def _sandbox_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The arguments of the nearest marker win over those of the class and the module."""
    options: dict[str, Any] = {"server": False}
    for marker in reversed(list(request.node.iter_markers("bank131"))):
        options |= marker.kwargs
    return {"sockets": options.pop("server"), **options}
