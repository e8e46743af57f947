"""What awaiting a flow brings, and that its cases are all."""

from __future__ import annotations

from typing import assert_never, assert_type

from bank131_async import (
    Amount,
    Bank131Client,
    Cancelled,
    Customer,
    Failed,
    FpsAccount,
    PaymentFlow,
    PayoutFlow,
    SberPay,
    Succeeded,
)
from bank131_async.core.models import BankError


async def pay(bank: Bank131Client) -> str:
    flow = await bank.payments.create(amount=Amount.rub("150.00"), customer=Customer("payer-1"), order="7")
    assert_type(flow, PaymentFlow)
    await flow.start(SberPay(channel="app"))
    match await flow:
        case Succeeded():
            return "paid"
        case Failed(error=error):
            assert_type(error, BankError | None)
            return error.payer_message if error is not None else "failed"
        case Cancelled():
            return "cancelled"
        case _ as never:
            assert_never(never)


async def pay_out(bank: Bank131Client) -> str:
    account = FpsAccount(phone="79161234567", bank_id="100000000004")
    flow = await bank.payouts.create(order="8", amount=Amount.rub("150.00"), method=account)
    assert_type(flow, PayoutFlow)
    match await flow:
        case Succeeded() | Failed():
            return "ended"
        case Cancelled():
            return "cancelled"
        case _ as never:
            assert_never(never)
