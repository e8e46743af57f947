"""Each line that is marked is an error for both type checkers, and no other line is."""

from __future__ import annotations

from typing import assert_never

from bank131_async import Bank131Client
from bank131_async.core import operations as ops
from bank131_async.core.models import (
    Amount,
    BankAccount,
    Card,
    Customer,
    FpsAccount,
    PaymentDetails,
    PayoutDetails,
    RuBankAccount,
    SberPay,
    Tax,
    TPay,
    Wallet,
)

Amount(100.5, "rub")  # error: no floats
Amount.rub(100.5)  # error: no floats
Customer(17)  # error: the reference is text
SberPay("app")  # error: by name only
SberPay()  # error: the channel is mandatory
FpsAccount(phone="79161234567")  # error: the bank is mandatory
PaymentDetails.of(Tax())  # error: one cannot pay with a tax
PaymentDetails.of("card")  # error: no method
PayoutDetails.of(TPay())  # error: one cannot be paid by it
ops.InitPayment(amount_details=Amount.rub(1), customer=Customer("c"))  # error: no method of payment
ops.GetWalletBalance(request_datetime="now")  # error: a datetime
ops.GetSessionStatus("ps_1")  # error: by name only


async def calls(bank: Bank131Client, account: RuBankAccount) -> None:
    token = (await bank.sessions.status("ps_1")).public_token  # error: of another answer
    del token
    await bank.sessions.start_payment("ps_1", payout_details=PayoutDetails())  # error: no field of a payment
    await bank.fps.verify_customer(account, None)  # error: no account in the FPS
    await bank.sessions.capture("ps_1", 100)  # error: a sum has a currency


def not_all(details: PayoutDetails) -> str:
    match details.method:
        case Card() | BankAccount() | Wallet() | Tax():
            return "known"
        case None:
            return "unknown"
        case _ as rest:
            assert_never(rest)  # error: the recurrent token and the FPS are left
