"""Refunds: pay back in parts without ever paying back twice, and learn of a chargeback that nobody asked for.

python examples/refunds.py
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from bank131_async import Amount, Bank131Client, BankCard, Customer, PaymentFlow, Succeeded, WebhookEvent, WebhookType
from bank131_async.integrations.aiohttp import webhook_handler
from bank131_async.testing import Sandbox


async def paid_order(bank: Bank131Client) -> PaymentFlow:
    """An order that was paid some time ago."""
    flow = await bank.payments.create(amount=Amount.rub("150.00"), customer=Customer("user-1"), order="7")
    await flow.start(
        BankCard(number="4242424242424242", expiration_month="12", expiration_year="30", security_code="123")
    )
    outcome = await asyncio.wait_for(flow, timeout=30)
    if not isinstance(outcome, Succeeded):
        raise RuntimeError(f"the order was not paid: {outcome}")
    return flow


async def take_back(flow: PaymentFlow, amount: Amount, return_id: str) -> None:
    """Pay one return back. Queues deliver twice: the name makes the second call give the first one's refund."""
    refund = await flow.refund(amount, name=return_id)
    settled = await refund  # accepted or declined by the bank; until then it is under way
    print(f"{return_id}: {amount} {settled.status}, refund {settled.id}")


async def main() -> None:
    # The bank confirms by itself in this project, so that the example can begin with an order that is paid.
    async with Sandbox(auto_confirm=True) as sandbox, sandbox.client() as bank:
        chargebacks: asyncio.Queue[str] = asyncio.Queue()

        @bank.router.on(WebhookType.payment_refunded)
        async def book(event: WebhookEvent) -> None:
            """Handlers run at least once, so what they do has to bear repetition: the refund's id is the key."""
            for payment in event.session.payment_list if event.session else ():
                for refund in payment.refunds:
                    if refund.is_chargeback and refund.id:
                        await chargebacks.put(refund.id)

        application = web.Application()
        application.router.add_post("/webhooks/bank131", webhook_handler(bank))
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        # Against the bank: tell its manager the https address of your webhooks.
        sandbox.bank.configure(webhook_url=f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/bank131")

        flow = await paid_order(bank)
        await take_back(flow, Amount.rub("50.00"), "return-17")
        await take_back(flow, Amount.rub("50.00"), "return-17")  # the same message again: nothing more is paid back
        await take_back(flow, Amount.rub("30.00"), "return-18")

        # Weeks later the payer complains to the own bank, which takes the rest.
        sandbox.bank.chargeback(flow.session_id)
        refund_id = await chargebacks.get()
        later = await bank.payments.attach(flow.session_id)
        refund = later.facts.refund(refund_id)
        if refund is not None and refund.amount is not None and refund.currency is not None:
            print("chargeback:", Amount.minor(refund.amount, refund.currency), refund.status)

        await runner.cleanup()


asyncio.run(main())
