"""What requests are made of."""

from __future__ import annotations

from typing import assert_type

from bank131_async.core import operations as ops
from bank131_async.core.models import (
    Amount,
    BankCard,
    Customer,
    GooglePay,
    InternetBanking,
    PaymentDetails,
    PayoutDetails,
    Recurrent,
    RuBankAccount,
    SberPay,
    SberPayChannel,
    Tax,
    TaxPeriod,
    TaxPeriodType,
)

assert_type(PaymentDetails.of(BankCard(number="4242424242424242")), PaymentDetails)
assert_type(PaymentDetails.of(SberPay(channel=SberPayChannel.app)), PaymentDetails)
assert_type(PaymentDetails.of(InternetBanking(type="tpay")), PaymentDetails)
assert_type(PaymentDetails.of(GooglePay("token")), PaymentDetails)
assert_type(PayoutDetails.of(RuBankAccount(token="token")), PayoutDetails)
assert_type(Tax.short(period=TaxPeriod(type=TaxPeriodType.quarter, number=1, year="2026")), Tax)
assert_type(Amount.rub("150.00"), Amount)

payment = ops.InitPayment(
    payment_details=PaymentDetails.of(Recurrent(token="token", initiator="merchant")),
    amount_details=Amount.rub(1),
    customer=Customer("payer-1"),
    metadata={"lines": [1, {"two": None}]},
)
several = ops.InitMultiSession(
    payment_list=(payment,),
    payout_list=(
        ops.InitPayout(payout_details=PayoutDetails.of(RuBankAccount(token="token")), amount_details=Amount.rub(1)),
    ),
)
assert_type(several.payment_list, tuple[ops.InitPayment, ...])
