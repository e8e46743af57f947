"""Recurring payments: a first payment with the payer present saves the card, then a worker charges it every month.

    python examples/recurring.py

The charge of a month has the month in its order's name, so that a scheduler which fires twice charges once. A saved
card can stop working at any time; the error says whose move it is, and the payer is asked for a card again.
"""

from __future__ import annotations

import asyncio

from bank131_async import (
    ActionRequired,
    Amount,
    Bank131Client,
    BankCard,
    Customer,
    Failed,
    Outcome,
    PaymentFlow,
    PaymentOptions,
    ReadyToConfirm,
    Recurrent,
    RecurrentInitiator,
    Redirect,
    Succeeded,
)
from bank131_async.testing import Sandbox

FEE = Amount.rub("299.00")
BACK = "https://shop.example/back"
CARD = BankCard(number="4000000000000010", expiration_month="12", expiration_year="30", security_code="123")


async def subscribe(bank: Bank131Client, sandbox: Sandbox, user: str) -> str:
    """The first payment, by the payer: the bank saves the card and gives a token for it, a secret as the card is."""
    flow = await bank.payments.create(
        amount=FEE,
        customer=Customer(user),
        order=f"{user}/first",
        options=PaymentOptions(recurrent=True, return_url=BACK),
    )
    await flow.start(CARD)
    outcome = await finish(flow, sandbox)
    match outcome:
        case Succeeded(payment=payment) if payment and payment.recurrent and payment.recurrent.token:
            return payment.recurrent.token  # into your own safe; no journal of this package keeps it
        case _:
            raise RuntimeError(f"{user} is not subscribed: {outcome}")


async def charge(bank: Bank131Client, sandbox: Sandbox, user: str, month: str, token: str) -> str:
    """The fee of a month, without the payer (``client`` in place of ``merchant`` would ask them for 3-D Secure)."""
    flow = await bank.payments.create(amount=FEE, customer=Customer(user), order=f"{user}/{month}")
    if flow.phase == "created":
        await flow.start(Recurrent(token=token, initiator=RecurrentInitiator.merchant))
    match await finish(flow, sandbox):
        case Succeeded():
            return f"paid ({flow.session_id})"
        case Failed(error) if error is not None:
            return f"not paid: {error.code}, the move is the {error.who}'s, repeat: {error.may_repeat}"
        case other:
            return f"not paid: {other}"


async def finish(flow: PaymentFlow, sandbox: Sandbox) -> Outcome:
    """What a page and a worker of the shop do, see checkout_aiohttp.py and worker_awaiting.py."""
    async for step in flow:
        match step:
            case ReadyToConfirm():
                await flow.confirm()
            case ActionRequired(Redirect()):
                sandbox.bank.payer_pass(flow.session_id)  # the payer's browser goes to step.interaction.url
            case _:
                pass
    return await flow


async def main() -> None:
    # Against the bank: async with Bank131Client.from_env() as bank:
    async with Sandbox() as sandbox, sandbox.client() as bank:
        token = await subscribe(bank, sandbox, "user-1")
        print("user-1: card saved")
        for month in ("2026-12", "2027-01", "2027-01"):
            print(f"user-1, {month}:", await charge(bank, sandbox, "user-1", month, token))

        await bank.recurrents.disable(token)  # the payer has cancelled
        print("user-1, 2027-02:", await charge(bank, sandbox, "user-1", "2027-02", token))


asyncio.run(main())
