"""The same protocol at another host: its address and a key are all that is set, and the whole journey works."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from bank131_async import (
    ActionRequired,
    Amount,
    Bank131Client,
    BankCard,
    Customer,
    FlowSettings,
    IbanAccount,
    Participant,
    ParticipantDetails,
    PaymentOptions,
    PollSchedule,
    ReadyToCapture,
    ReadyToConfirm,
    Succeeded,
    WebhookEvent,
)
from bank131_async.integrations.aiohttp import webhook_handler
from bank131_async.testing import Sandbox

CARD = BankCard(number="4000000000000010", expiration_month="12", expiration_year="30", security_code="123")
PRICE = Amount.of("150.00", "usd")
QUIET = FlowSettings(polling=PollSchedule(first_s=30.0))  # it is the webhooks that have to bring the news


@pytest.mark.asyncio
async def test_a_payment_a_refund_and_a_payout_at_the_platform_named_by_its_address() -> None:
    """As the platform's pages have it: API v1, currencies in small letters, accounts abroad by their IBAN."""
    async with Sandbox(two_stage=True) as platform:
        environ = {**platform.environment(), "BANK131_SERVER": platform.url, "BANK131_API_VERSION": "v1"}
        async with Bank131Client.from_env(environ, settings=QUIET) as bank:
            heard = heard_by(bank)
            app = web.Application()
            app.router.add_post("/webhooks", webhook_handler(bank))
            runner = web.AppRunner(app)
            await runner.setup()
            try:
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                platform.bank.configure(webhook_url=f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks")
                async with asyncio.timeout(30):
                    await _pay_and_refund(platform, bank)
                    await _pay_out(bank)
                    told = [await heard.get() for _ in range(3)]
                assert sorted(told) == ["payment_finished", "payment_finished", "payment_refunded"]
            finally:
                await runner.cleanup()


def heard_by(bank: Bank131Client) -> asyncio.Queue[str]:
    """The types of the webhooks about ends, as the shop's handlers get them."""
    heard: asyncio.Queue[str] = asyncio.Queue()

    @bank.router.on("payment_finished", "payment_refunded")
    async def note(event: WebhookEvent) -> None:
        heard.put_nowait(event.type)

    return heard


async def _pay_and_refund(platform: Sandbox, bank: Bank131Client) -> None:
    options = PaymentOptions(return_url="https://shop.example/back")
    flow = await bank.payments.create(amount=PRICE, customer=Customer("user-1"), options=options, order="7")
    await flow.start(CARD)
    async for step in flow:
        match step:
            case ReadyToConfirm():
                await flow.confirm()
            case ActionRequired():
                platform.bank.payer_pass(flow.session_id)
            case ReadyToCapture():
                await flow.capture()
            case _:
                pass
    outcome = await flow
    assert isinstance(outcome, Succeeded)
    assert outcome.payment is not None
    assert outcome.payment.amount_details == PRICE
    refund = await flow.refund(Amount.of("50.00", "usd"), name="return-1")
    assert (await refund).status == "accepted"


async def _pay_out(bank: Bank131Client) -> None:
    flow = await bank.payouts.create(
        order="salary-7",
        amount=PRICE,
        method=IbanAccount(account="DE89370400440532013000"),
        participants=ParticipantDetails(recipient=Participant(full_name="Ivan Ivanov")),
    )
    await flow.start()
    async for step in flow:
        if isinstance(step, ReadyToConfirm):
            await flow.confirm()
    outcome = await flow
    assert isinstance(outcome, Succeeded)
    assert outcome.payout is not None
