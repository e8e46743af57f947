"""Delayed capture: hold the money when the order is placed, take it when the goods are weighed.

    python examples/delayed_capture.py

The bank's manager switches two stages on for a project (docs: payments/payment-hold). The sandbox does it by a switch.
"""

from __future__ import annotations

import asyncio

from bank131_async import (
    Amount,
    Bank131Client,
    BankCard,
    Customer,
    PaymentFlow,
    ReadyToCapture,
    ReadyToConfirm,
    Succeeded,
)
from bank131_async.testing import Sandbox


async def hold(bank: Bank131Client, amount: Amount, order: str) -> PaymentFlow:
    """Place an order: the money is held on the card, and not taken yet."""
    flow = await bank.payments.create(amount=amount, customer=Customer("user-1"), order=order)
    await flow.start(
        BankCard(number="4242424242424242", expiration_month="12", expiration_year="30", security_code="123")
    )
    async for step in flow:
        match step:
            case ReadyToConfirm():
                await flow.confirm()
            case ReadyToCapture():
                print(f"order {order}: {amount} are held")
                return flow
            case _:  # 3-D Secure: see checkout_aiohttp.py
                pass
    raise RuntimeError(f"order {order}: nothing is held: {await flow}")


async def main() -> None:
    # Against the bank: async with Bank131Client.from_env() as bank:
    async with Sandbox(two_stage=True) as sandbox, sandbox.client() as bank:
        apples = await hold(bank, Amount.rub("500.00"), "apples")
        pears = await hold(bank, Amount.rub("300.00"), "pears")

        # A hold lasts for days. The warehouse is another process: it needs the session's id and nothing else.
        weighed = await bank.payments.attach(apples.session_id)
        await weighed.capture(Amount.rub("431.20"))  # never more than is held; the rest goes back to the payer
        outcome = await weighed
        if isinstance(outcome, Succeeded) and outcome.payment is not None and outcome.payment.amounts is not None:
            print("order apples: taken", outcome.payment.amounts.gross)

        await pears.cancel()  # no pears today: the whole hold is released
        print("order pears:", await pears)


asyncio.run(main())
