"""A background worker: it confirms payments that a web process opened, and ships when one is paid.

    python examples/worker_awaiting.py

The two clients below stand for two processes. All they share is the store. ``MemoryStore`` is enough to show it within
one program; processes of their own need a durable store, behind the same interface.
"""

from __future__ import annotations

import asyncio

from bank131_async import (
    Amount,
    AnyFlow,
    Bank131Client,
    BankCard,
    Cancel,
    Cancelled,
    Confirm,
    Customer,
    Failed,
    Later,
    MemoryStore,
    PaymentFlow,
    Policy,
    ReadyToConfirm,
    Succeeded,
)
from bank131_async.testing import Sandbox

STOCK = {"7": 1, "8": 0}


class ShopPolicy(Policy):
    """What the shop decides. Each method may be called again for the same step, so it must bear that."""

    async def ready_to_confirm(self, flow: PaymentFlow, step: ReadyToConfirm) -> Confirm | Cancel | Later:
        """The last moment to say no: until the shop confirms, nothing is taken."""
        del step
        in_stock = STOCK.get(flow.order or "", 0) > 0
        print(f"worker: order {flow.order} is ready to confirm, {'goods reserved' if in_stock else 'out of stock'}")
        return Confirm() if in_stock else Cancel()

    async def needs_a_person(self, flow: AnyFlow, reason: str) -> None:
        """Page somebody."""
        print(f"worker: look at {flow.session_id}: {reason}")


async def web_request(bank: Bank131Client, order: str) -> str:
    """The web process: takes the payer's card, starts the payment and is done."""
    flow = await bank.payments.create(amount=Amount.rub("150.00"), customer=Customer("user-1"), order=order)
    await flow.start(
        BankCard(number="4242424242424242", expiration_month="12", expiration_year="30", security_code="123")
    )
    print(f"web:    order {order} is started")
    return flow.session_id


async def ship_when_paid(bank: Bank131Client, session_id: str) -> None:
    """The worker process: waits for the end of a payment that another process opened. The id is all it needs."""
    flow = await bank.payments.attach(session_id)
    match await asyncio.wait_for(flow, timeout=900):  # giving up the waiting never touches the payment
        case Succeeded():
            print(f"worker: order {flow.order} is paid, shipping")
        case Failed(error):
            print(f"worker: order {flow.order} is not paid: {error}")
        case Cancelled(by):
            print(f"worker: order {flow.order} is cancelled by {by}")


async def main() -> None:
    store = MemoryStore()
    # Against the bank: Bank131Client.from_env(store=...) in each process.
    async with Sandbox() as sandbox, sandbox.client(store=store) as web, sandbox.client(store=store) as worker:
        stop = asyncio.Event()
        working = asyncio.create_task(worker.payments.run(ShopPolicy(), stop=stop))

        session_ids = [await web_request(web, order) for order in STOCK]
        await asyncio.gather(*(ship_when_paid(worker, session_id) for session_id in session_ids))

        stop.set()  # what a worker does on SIGTERM: it finishes what it has in hand
        await working


asyncio.run(main())
