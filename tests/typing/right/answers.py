"""Each call has its answer's type, by resource and by ``execute``."""

from __future__ import annotations

from typing import assert_type

from bank131_async import Bank131Client
from bank131_async.client import ApiClient
from bank131_async.core import operations as ops
from bank131_async.core.models import (
    AccountBalanceAnswer,
    AccountStatementAnswer,
    Amount,
    Answer,
    Customer,
    FpsBanksAnswer,
    FpsVerification,
    Participant,
    PaymentDetails,
    PayoutDetails,
    RecurrentAnswer,
    RuBankAccount,
    SavedToken,
    SelfEmployedCheckAnswer,
    SelfEmployedStatusAnswer,
    Session,
    SessionAnswer,
    TokenAnswer,
    TokenInfoAnswer,
    TokenizeAnswer,
    TPay,
    WalletBalanceAnswer,
    YooMoney,
)


async def sessions(bank: Bank131Client, amount: Amount) -> None:
    payment, payout = PaymentDetails.of(TPay()), PayoutDetails.of(YooMoney(account="41001234567890"))
    assert_type(await bank.sessions.create(), SessionAnswer)
    assert_type(await bank.sessions.init_payment(payment, amount, Customer("payer-1")), SessionAnswer)
    assert_type(await bank.sessions.start_payout("ps_1", payout_details=payout), SessionAnswer)
    assert_type((await bank.sessions.status("ps_1")).session, Session | None)
    assert_type(await bank.escrow.create_multi(metadata={"order": 7}), SessionAnswer)
    assert_type(await bank.settlement.start_payout("ps_1", amount_details=amount), SessionAnswer)


async def others(bank: ApiClient, account: RuBankAccount) -> None:
    assert_type(await bank.tokens.acquiring_widget("ps_1"), TokenAnswer)
    assert_type(await bank.tokens.info(SavedToken("token")), TokenInfoAnswer)
    assert_type(await bank.tokens.tokenize(account), TokenizeAnswer)
    assert_type(await bank.recurrents.disable("token"), RecurrentAnswer)
    assert_type(await bank.subscriptions.cancel("sub-1"), Answer)
    assert_type(await bank.wallets.balance(), WalletBalanceAnswer)
    assert_type(await bank.accounts.balance("4" * 20), AccountBalanceAnswer)
    assert_type(await bank.accounts.statement("4" * 20, "2026-03-02"), AccountStatementAnswer)
    assert_type(await bank.fps.banks(), FpsBanksAnswer)
    verified = FpsVerification(phone="79161234567", bank_id="1")
    assert_type(await bank.fps.verify_customer(verified, Participant(first_name="Ivan")), SessionAnswer)
    assert_type(await bank.sberpay.push("ps_1", "79161234567", idempotency_key="key"), Answer)
    assert_type(await bank.self_employed.check("123456789012"), SelfEmployedCheckAnswer)
    assert_type(await bank.self_employed.status("7"), SelfEmployedStatusAnswer)


async def executed(bank: Bank131Client) -> None:
    assert_type(await bank.execute(ops.GetFpsBanks()), FpsBanksAnswer)
    assert_type(await bank.execute(ops.GetSessionStatus(session_id="ps_1")), SessionAnswer)
    assert_type(await bank.execute(ops.GetTokenInfo.of(SavedToken("token"))), TokenInfoAnswer)
    assert_type(await bank.execute(ops.CheckSelfEmployed(tax_reference="1" * 12)), SelfEmployedCheckAnswer)
