"""Balances and statements: what payouts can be made from, and what has moved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.bank_ways import AMOUNT, SENDERS, account, to_card
from tests.support.raw_merchant import RawMerchant, RefusedError
from tests.support.raw_payouts import paid_out

Make = Callable[..., RawMerchant]
PAYLOADS = Path(__file__).parent.parent / "payloads"


def test_the_wallet_shows_what_payouts_can_be_made_from(make_merchant: Make) -> None:
    merchant = make_merchant(version="v1", opening_balance=20_000)
    asked = (PAYLOADS / "request-wallet-balance-client-1.json").read_bytes()
    paid_out(merchant, to_card())

    answer = merchant.send("wallet/balance", asked)

    assert answer["wallets"] == [{"id": "131", "amount_details": {"amount": 8_000, "currency": "rub"}}]
    for wrong in ({}, {"request_datetime": "yesterday"}, {"request_datetime": "2025-01-02T03:04:05"}):
        with pytest.raises(RefusedError, match="request_datetime: "):
            merchant.call("wallet/balance", **wrong)


def test_an_account_is_topped_up_and_says_so(make_merchant: Make) -> None:
    merchant = make_merchant(version="v1", opening_balance=0)
    number = "40702810000000000002"
    merchant.bank.top_up(5_000, number)

    answer = merchant.call("report/account_balance", account_number=number)
    assert (answer["account_number"], answer["account_currency"]) == (number, "RUB")
    assert answer["balance"] == {"current_balance": 5_000}
    (webhook,) = merchant.webhooks()
    assert (webhook["type"], webhook["amount_details"]["amount"]) == ("nominal_topup", 5_000)


def test_a_statement_adds_up(make_merchant: Make) -> None:
    merchant = make_merchant(version="v1", opening_balance=100_000)
    number = SENDERS["rko"]["account"]

    def statement(day: str, last: str | None = None) -> Any:
        asked = {"account_number": number, "date_from": day, "date_to": last or day}
        return merchant.call("report/account_statement", **asked)

    merchant.bank.top_up(5_000, number)
    merchant.bank.advance(86_400)
    body = {"payment_method": account(), "amount_details": AMOUNT}
    session_id = merchant.call("session/init/payout/rko", **body, participant_details={"sender": SENDERS["rko"]})["id"]
    (webhook,) = [item for item in merchant.webhooks() if item["type"] == "ready_to_confirm"]
    merchant.call("session/confirm", session_id=session_id, confirm_information=webhook["confirm_information"])

    second = statement("2026-03-02")
    assert second["total_balance"] == {"opening": 105_000, "closing": 93_000}
    assert second["total_turnover"] == {"debet": 12_000, "credit": 0}
    (movement,) = second["transactions"]
    assert (movement["type"], movement["amount"], movement["session_id"]) == ("debet", 12_000, session_id)
    assert statement("2026-03-01")["total_balance"] == {"opening": 100_000, "closing": 105_000}
    assert statement("2026-02-01")["total_balance"] == {"opening": 100_000, "closing": 100_000}
    assert statement("2026-04-01")["total_balance"] == {"opening": 93_000, "closing": 93_000}
    with pytest.raises(RefusedError, match="date_to: expected the same day"):
        statement("2026-03-01", "2026-03-02")
    for wrong in ("2026-13-01", "soon"):
        with pytest.raises(RefusedError, match="date_from: expected a day"):
            statement(wrong)


def test_only_accounts_of_some_kinds_can_be_asked_about(merchant: RawMerchant) -> None:
    for number in ("40817810000000000001", "4070281000000000000", None):
        with pytest.raises(RefusedError, match="account_number: "):
            merchant.call("report/account_balance", version="v1", account_number=number)


def test_a_transfer_paid_out_abroad_is_told_with_its_parent_session(merchant: RawMerchant) -> None:
    parent, child = merchant.paid(), paid_out(merchant, to_card())
    merchant.events()

    merchant.bank.register_transaction(parent, child)

    (webhook,) = merchant.webhooks()
    assert (webhook["type"], webhook["session_payment_id"]) == ("transaction_registration", parent)
    assert webhook["session"]["id"] == child
