"""Payouts: a worker takes a list from a queue, pays each once however often it is delivered, and hears how each ended.

python examples/payouts.py
"""

from __future__ import annotations

import asyncio

from bank131_async import (
    Amount,
    Bank131Client,
    Confirm,
    FpsAccount,
    Later,
    Participant,
    ParticipantDetails,
    PayoutFlow,
    Policy,
    ReadyToConfirm,
    RuBankAccount,
    Succeeded,
)
from bank131_async.testing import Sandbox

QUEUE: list[tuple[str, str, str, RuBankAccount | FpsAccount]] = [
    (
        "salary-2026-11/1",
        "Ivan Ivanov",
        "900.00",
        RuBankAccount(
            bik="044525974", account="40817810500000000016", full_name="Ivan Ivanov", description="Salary, VAT free"
        ),
    ),
    ("salary-2026-11/2", "Petr Petrov", "850.00", FpsAccount(phone="79161234567", bank_id="100000000008")),
    ("salary-2026-11/2", "Petr Petrov", "850.00", FpsAccount(phone="79161234567", bank_id="100000000008")),
    ("salary-2026-11/3", "Sidor Sidorov", "700.00", FpsAccount(phone="79160000192", bank_id="100000000008")),
]


class Treasury(Policy):
    """Confirms payouts up to a limit; the rest waits for somebody to look."""

    limit = Amount.rub("1000.00")

    async def payout_ready_to_confirm(self, flow: PayoutFlow, step: ReadyToConfirm) -> Confirm | Later:
        """The bank asks before it pays."""
        del flow  # here the step says enough; flow.confirm_information() has the fees of a settlement account
        small = step.amount is not None and step.amount.amount <= self.limit.amount
        return Confirm() if small else Later(after_s=3600)


async def pay(bank: Bank131Client, order: str, name: str, amount: str, account: RuBankAccount | FpsAccount) -> None:
    """One message of the queue. The order's name makes a second delivery find the first one's payout."""
    flow = await bank.payouts.create(
        order=order,
        amount=Amount.rub(amount),
        method=account,
        participants=ParticipantDetails(recipient=Participant(full_name=name)),
    )
    if flow.phase == "created":
        await flow.start()
    outcome = await asyncio.wait_for(flow, timeout=60)
    told = "paid" if isinstance(outcome, Succeeded) else f"not paid: {outcome}"
    print(f"{order}: {name}, {Amount.rub(amount)}: {told} ({flow.session_id})")


async def main() -> None:
    async with Sandbox() as sandbox, sandbox.client() as bank:
        stop = asyncio.Event()
        worker = asyncio.create_task(bank.payments.run(Treasury(), stop=stop))
        for message in QUEUE:
            await pay(bank, *message)
        stop.set()
        await worker


asyncio.run(main())
