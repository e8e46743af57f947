"""Payouts: to whom, how they end, what the merchant must confirm, and money that comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.bank_ways import AMOUNT, DELIVERIES, account, by_phone, to_card, wallet
from tests.support.raw_merchant import RawMerchant, RefusedError, card
from tests.support.raw_payouts import paid_out, payout, start

Make = Callable[..., RawMerchant]
PAYLOADS = Path(__file__).parent.parent / "payloads"


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("kind", DELIVERIES)
def test_a_payout_by_every_way_is_confirmed_and_arrives(make_merchant: Make, kind: str, version: str) -> None:
    merchant = make_merchant(version=version)
    session_id = start(merchant, DELIVERIES[kind])
    assert merchant.events() == ["ready_to_confirm"]
    assert merchant.status(session_id)["next_action"] == "confirm"
    assert payout(merchant, session_id)["status"] == "pending"

    merchant.call("session/confirm", session_id=session_id)

    assert merchant.events() == ["payment_finished"]
    assert merchant.status(session_id)["status"] == "accepted"
    arrived = payout(merchant, session_id)
    assert arrived["status"] == "succeeded"
    assert arrived["amount_details"] == AMOUNT
    assert arrived["payout_details" if version == "v2" else "payment_method"]["type"] == DELIVERIES[kind]["type"]
    assert merchant.bank.wallet().balance == 1_000_000_000 - 12_000


def test_a_payout_shows_no_card_number(merchant: RawMerchant) -> None:
    shown = payout(merchant, paid_out(merchant, to_card()))["payout_details"]

    assert shown == {"type": "card", "card": {"brand": "visa", "last4": "4242", "bin": "424242"}}


@pytest.mark.parametrize(
    "name",
    ["payout-card-php-1", "payout-fps-php-1", "payout-ru-account-php-1", "payout-tax-short-php-1", "payout-v2-php-1"],
)
def test_the_documented_payouts_are_made(merchant: RawMerchant, name: str) -> None:
    body = (PAYLOADS / f"request-session-init-{name}.json").read_bytes()

    session = merchant.send("session/init/payout", body)["session"]

    assert session["status"] == "in_progress"
    assert session["payout_list"][0]["status"] == "in_progress"
    assert merchant.events() == ["ready_to_confirm"]


def test_the_documented_start_of_a_payout_is_taken_by_v1(make_merchant: Make) -> None:
    merchant = make_merchant(version="v1")
    body = json.loads((PAYLOADS / "request-session-start-payout-ru-account-docs-1.json").read_bytes())
    body["session_id"] = merchant.call("session/create")["id"]

    session = merchant.call("session/start/payout", **body)

    assert session["payments"][0]["payment_method"] == body["payment_method"]


@pytest.mark.parametrize(
    ("details", "code"),
    [
        (to_card("4000000000000192"), "provider_issuer_unavailable"),
        (account(account="40817810000000000432"), "account_not_found"),
        (by_phone("79261230168"), "provider_exceeds_amount_limit"),
        (wallet("yoomoney", "410010000000184"), "provider_internal_error"),
    ],
)
def test_a_payout_ends_by_the_last_digits_of_its_destination(
    merchant: RawMerchant, details: dict[str, Any], code: str
) -> None:
    session_id = paid_out(merchant, details)

    assert payout(merchant, session_id)["error"]["code"] == code
    assert merchant.status(session_id)["status"] == "cancelled"
    assert merchant.bank.wallet().balance == 1_000_000_000


def test_an_unknown_payout_takes_the_money_only_if_it_turns_out_to_have_gone(merchant: RawMerchant) -> None:
    for result, left in (("failure", 1_000_000_000), ("success", 1_000_000_000 - 12_000)):
        session_id = paid_out(merchant, to_card("4000000000000309"))
        assert merchant.status(session_id)["status"] == "error"

        merchant.bank.resolve_error(session_id, result)  # type: ignore[arg-type]

        assert merchant.bank.wallet().balance == left


def test_a_payout_over_the_balance_is_not_completed(make_merchant: Make) -> None:
    merchant = make_merchant(opening_balance=11_999, no_funds_code="sandbox_no_money")

    session_id = paid_out(merchant, to_card())

    assert payout(merchant, session_id)["error"]["code"] == "sandbox_no_money"
    assert merchant.bank.wallet().balance == 11_999


def test_a_payout_can_be_cancelled_instead_and_ends_when_nobody_confirms(merchant: RawMerchant) -> None:
    cancelled, forgotten = start(merchant, to_card()), start(merchant, to_card())
    merchant.call("session/cancel", session_id=cancelled)
    merchant.bank.advance(240 * 60)

    assert "error" not in payout(merchant, cancelled)
    assert payout(merchant, forgotten)["error"]["code"] == "confirm_timeout"
    assert {merchant.status(item)["status"] for item in (cancelled, forgotten)} == {"cancelled"}


def test_a_payout_is_returned_as_a_refund_of_the_payout(merchant: RawMerchant) -> None:
    session_id = paid_out(merchant, account())
    merchant.events()

    merchant.bank.return_payout(session_id, 2_000)
    merchant.bank.return_payout(session_id)

    assert merchant.events() == ["payment_refunded", "payment_refunded"]
    returned = payout(merchant, session_id)
    assert returned["status"] == "succeeded"
    assert [item["amount_details"]["amount"] for item in returned["refunds"]] == [2_000, 10_000]
    assert merchant.bank.wallet().balance == 1_000_000_000
    with pytest.raises(ValueError, match="0 minor units"):
        merchant.bank.return_payout(session_id)


def test_a_payout_to_the_returning_card_comes_back_by_itself(merchant: RawMerchant) -> None:
    session_id = paid_out(merchant, to_card("4000000000000424"))
    merchant.events()
    merchant.bank.advance(60)

    assert merchant.events() == ["payment_refunded"]
    assert payout(merchant, session_id)["refunds"][0]["status"] == "accepted"


def test_a_payout_by_fps_never_comes_back_and_none_is_refunded_by_the_merchant(merchant: RawMerchant) -> None:
    session_id = paid_out(merchant, by_phone())

    with pytest.raises(ValueError, match="never comes back"):
        merchant.bank.return_payout(session_id)
    with pytest.raises(RefusedError, match="its payout: succeeded; session/refund expects"):
        merchant.call("session/refund", session_id=session_id)


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"type": "cheque"}, "payout_details.type: expected one of card, bank_account"),
        ({"type": "bank_account", "bank_account": {"system_type": "swift"}}, "system_type: expected one of ru"),
        (account(bik=None), "bank_account.ru.bik: missing"),
        (account(account="4081"), "bank_account.ru.account: expected the digits of an account"),
        (account(description="Why?"), "bank_account.ru.description: expected up to 210 characters without ? and !"),
        (account(description="x" * 211), "bank_account.ru.description: expected up to 210"),
        (account(is_fast="yes"), "bank_account.ru.is_fast: expected true or false"),
        (account(token="nobody gave this out"), "bank_account.ru.token: no such token"),
        (by_phone("seven"), "faster_payment_system.phone: expected a phone number"),
        (wallet("yoomoney", "12345"), "wallet.yoomoney.account: expected 11 to 20 digits"),
        ({"type": "tax", "tax": {"type": "tax_short"}}, "tax.tax_details: missing"),
        (
            {"type": "tax", "tax": {"type": "tax_short", "tax_details": {"period": {"type": "quarter", "number": 5}}}},
            "period.number: expected a number from 1 to 4",
        ),
        ({"type": "recurrent", "recurrent": {"token": "x"}}, "recurrent.token: no such token"),
    ],
)
def test_a_destination_that_does_not_fit_is_named(
    merchant: RawMerchant, details: dict[str, Any], expected: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        merchant.call("session/init/payout", payout_details=details, amount_details=AMOUNT)

    assert expected in refused.value.description


def test_payments_and_payouts_are_not_started_by_each_others_methods(merchant: RawMerchant) -> None:
    session_id = merchant.call("session/create")["id"]
    with pytest.raises(RefusedError, match="session/start/payment starts a payment"):
        merchant.call("session/start/payout", session_id=session_id, payment_details=card())
    with pytest.raises(RefusedError, match="a payout is started by session/start/payout"):
        merchant.call("session/start/payment", session_id=session_id, payout_details=to_card())
    for missing in ("payout_details", "amount_details"):
        given = {"payout_details": to_card(), "amount_details": AMOUNT}
        del given[missing]
        with pytest.raises(RefusedError, match=f"{missing}: missing"):
            merchant.call("session/start/payout", session_id=session_id, **given)


def test_what_create_gave_need_not_be_given_again(merchant: RawMerchant) -> None:
    body = json.loads((PAYLOADS / "request-session-create-payout-ru-account-php-2.json").read_bytes())
    session_id = merchant.call("session/create", **body)["id"]

    merchant.call("session/start/payout", session_id=session_id, amount_details=AMOUNT)

    assert payout(merchant, session_id)["payout_details"] == body["payout_details"]


def test_whether_the_recipient_must_be_named_is_a_switch(make_merchant: Make) -> None:
    strict = make_merchant(payout_recipient_required=True)
    with pytest.raises(RefusedError, match="recipient: missing"):
        start(strict, to_card())
    start(strict, to_card(), participant_details={"recipient": {"first_name": "A", "last_name": "B"}})
    start(make_merchant(), to_card())


def test_accounts_are_looked_at_closely_only_on_request(make_merchant: Make) -> None:
    strict = make_merchant(check_accounts=True)
    start(strict, account())
    for number in ("123131", "40101810000000000001", "4081781000000000000"):
        with pytest.raises(RefusedError, match="account: expected 20 digits that begin with 40817810"):
            start(strict, account(account=number))
        start(make_merchant(), account(account=number))


# -- the Faster Payment System's check ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phone", "status"),
    [("79261234567", "succeeded"), ("79261230432", "failed"), ("79261230309", "succeeded"), ("79261230317", "failed")],
)
def test_a_check_of_an_account_answers_later_and_moves_no_money(merchant: RawMerchant, phone: str, status: str) -> None:
    system = "faster_payment_system_verification"
    details = {
        "type": "bank_account",
        "bank_account": {"system_type": system, system: {"phone": phone, "bank_id": "100000000069"}},
    }
    people = {"recipient": {"first_name": "Ivan", "last_name": "Ivanov", "middle_name": "Ivanovich"}}

    session = merchant.call("fps/customer_verification", payout_details=details, participant_details=people)
    documented = json.loads((PAYLOADS / "response-fps-customer-verification-php-1.json").read_bytes())["session"]
    asked = session["payout_list"][0]
    assert set(documented["payout_list"][0]) <= set(asked)
    assert {"amount_details", "amounts"}.isdisjoint(asked)
    assert asked["status"] == "in_progress"

    merchant.bank.advance(600)
    assert payout(merchant, session["id"])["status"] == status
    assert merchant.bank.wallet().balance == 1_000_000_000
