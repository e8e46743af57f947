"""The main job over real sockets: signed requests to a bank, signed webhooks from it, and a program that awaits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest
import uvloop
from aiohttp import web

from bank131_async import (
    ActionRequired,
    Amount,
    Bank131Client,
    BankCard,
    Cancelled,
    Customer,
    PaymentFlow,
    PaymentOptions,
    ReadyToCapture,
    ReadyToConfirm,
    Succeeded,
)
from bank131_async.integrations.aiohttp import webhook_handler
from bank131_async.sandbox.ledger import Ledger
from bank131_async.testing import Sandbox

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
CHALLENGE = "4000000000000010"


@asynccontextmanager
async def shop(version: Literal["v1", "v2"], **switches: object) -> AsyncIterator[tuple[Sandbox, Bank131Client]]:
    """A bank, a shop that hears its webhooks, and the shop's client, each on a socket of its own."""
    async with Sandbox(**switches) as sandbox, sandbox.client(config=sandbox.config(api_version=version)) as bank:
        app = web.Application()
        app.router.add_post("/webhooks/bank131", webhook_handler(bank))
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        sandbox.bank.configure(webhook_url=f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/bank131")
        try:
            yield sandbox, bank
        finally:
            await runner.cleanup()


async def take(
    sandbox: Sandbox, bank: Bank131Client, *, part: Amount | None = None, cancel: bool = False
) -> PaymentFlow:
    """A payment with 3-D Secure, up to its end."""
    flow = await bank.payments.create(
        amount=Amount.rub("150.00"),
        customer=Customer("user-1"),
        options=PaymentOptions(return_url="https://shop.example/back"),
    )
    await flow.start(BankCard(number=CHALLENGE, expiration_month="12", expiration_year="30", security_code="123"))
    async for step in flow:
        match step:
            case ReadyToConfirm():
                await flow.confirm()
            case ActionRequired():
                sandbox.bank.payer_pass(flow.session_id)
            case ReadyToCapture() if cancel:
                await flow.cancel()
            case ReadyToCapture():
                await flow.capture(part)
            case _:
                pass
    return flow


def ledger(sandbox: Sandbox, flow: PaymentFlow) -> Ledger:
    """The bank's own account of the payment."""
    (attempt,) = sandbox.bank.session(flow.session_id).attempts
    return attempt.ledger


async def one_stage(version: Literal["v1", "v2"]) -> list[Ledger]:
    """A payment that is refunded in two parts; the bank's webhooks are all taken."""
    async with shop(version) as (sandbox, bank):
        flow = await take(sandbox, bank)
        assert isinstance(await flow, Succeeded)
        refunds = [await (await flow.refund(Amount.rub(amount))) for amount in ("50.00", "70.00")]
        assert [refund.status for refund in refunds] == ["accepted", "accepted"]
        assert bank.receiver.counts["accepted"] >= 4
        assert bank.receiver.counts["accepted"] == bank.receiver.counts.total()
        return [ledger(sandbox, flow)]


async def two_stages(version: Literal["v1", "v2"]) -> list[Ledger]:
    """A payment that is captured in part, and one that is cancelled."""
    async with shop(version, two_stage=True) as (sandbox, bank):
        taken = await take(sandbox, bank, part=Amount.rub("40.00"))
        assert isinstance(await taken, Succeeded)
        cancelled = await take(sandbox, bank, cancel=True)
        assert await cancelled == Cancelled(by="merchant")
        return [ledger(sandbox, taken), ledger(sandbox, cancelled)]


STORIES = {
    one_stage: [Ledger(authorised=15_000, captured=15_000, refunded=12_000)],
    two_stages: [
        Ledger(authorised=15_000, captured=4_000, released=11_000),
        Ledger(authorised=15_000, released=15_000),
    ],
}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("story", STORIES)
def test_a_payment_is_taken_over_sockets_on_any_loop_and_in_either_version(
    story: Callable[[str], Coroutine[Any, Any, list[Ledger]]], version: str, loop: str
) -> None:
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        ledgers = runner.run(asyncio.wait_for(story(version), 20))
    assert ledgers == STORIES[story]
