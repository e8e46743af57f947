"""Payouts: to whom, how they end, what the merchant must confirm, and money that comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bank131_async.sandbox import Taxpayer
from tests.support.bank_ways import AMOUNT, DELIVERIES, RU, account, by_phone, to_card, wallet
from tests.support.raw_merchant import RawMerchant, RefusedError, card, order

Make = Callable[..., RawMerchant]
PAYLOADS = Path(__file__).parent.parent / "payloads"


def start(merchant: RawMerchant, details: dict[str, Any], **fields: Any) -> str:
    name = "payout_details" if merchant.version == "v2" else "payment_method"
    session_id = merchant.call("session/create")["id"]
    body: dict[str, Any] = {"session_id": session_id, name: details, "amount_details": AMOUNT, **fields}
    merchant.call("session/start/payout", **body)
    return session_id


def paid_out(merchant: RawMerchant, details: dict[str, Any], **fields: Any) -> str:
    session_id = start(merchant, details, **fields)
    merchant.call("session/confirm", session_id=session_id)
    return session_id


def payout(merchant: RawMerchant, session_id: str) -> Any:
    session = merchant.status(session_id)
    return (session.get("payout_list") or session["payments"])[-1]


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


# -- receipts of self-employed recipients ------------------------------------------------------------------------------


def receipt(tax_reference: str = "123456789012") -> dict[str, Any]:
    service = {"name": "Test", "amount_details": AMOUNT, "quantity": 1}
    taxpayer = {"services": [service], "tax_reference": tax_reference, "payer_type": "individual"}
    return {"professional_income_taxpayer": taxpayer}


def test_a_payout_with_a_receipt_brings_its_id_and_later_its_link(make_merchant: Make) -> None:
    merchant = make_merchant(receipt_link_delay_s=30)
    body = {"payout_details": to_card(), "amount_details": AMOUNT, "fiscalization_details": receipt()}
    session_id = merchant.call("session/init/payout/fiscalization", **body)["id"]
    merchant.call("session/confirm", session_id=session_id)

    def issued() -> Any:
        return payout(merchant, session_id)["fiscalization_details"]["professional_income_taxpayer"]["receipt"]

    assert set(issued()) == {"id"}
    merchant.bank.advance(30)
    assert issued()["link"].startswith("https://")


@pytest.mark.parametrize(
    ("tax_reference", "code"),
    [
        ("123456780001", "taxpayer_unknown"),
        ("123456780002", "taxpayer_not_bound"),
        ("123456780003", "taxpayer_income_exceeds_amount_limit"),
    ],
)
def test_a_payout_with_a_receipt_fails_where_none_can_be_issued(
    merchant: RawMerchant, tax_reference: str, code: str
) -> None:
    session_id = merchant.call("session/create")["id"]
    body = {"payout_details": to_card(), "amount_details": AMOUNT, "fiscalization_details": receipt(tax_reference)}
    merchant.call("session/start/payout/fiscalization", session_id=session_id, **body)
    merchant.call("session/confirm", session_id=session_id)

    assert payout(merchant, session_id)["error"]["code"] == code


def test_a_receipt_needs_its_details_and_one_to_six_services(merchant: RawMerchant) -> None:
    body = {"payout_details": to_card(), "amount_details": AMOUNT}
    with pytest.raises(RefusedError, match="fiscalization_details: missing"):
        merchant.call("session/init/payout/fiscalization", **body)
    for services in ([], receipt()["professional_income_taxpayer"]["services"] * 7):
        details = {"professional_income_taxpayer": {"services": services, "tax_reference": "123456789012"}}
        with pytest.raises(RefusedError, match="services: expected 1 to 6"):
            merchant.call("session/init/payout/fiscalization", **body, fiscalization_details=details)


def test_a_receipt_is_issued_without_a_payout(merchant: RawMerchant) -> None:
    session_id = merchant.send("session/create", b"{}", version="v1")["session"]["id"]
    merchant.call("fiscalization", version="v1", session_id=session_id, fiscalization_details=receipt())

    assert merchant.events() == ["payment_finished"]
    assert merchant.status(session_id)["status"] == "accepted"
    issued = payout(merchant, session_id)
    assert set(issued["fiscalization_details"]["professional_income_taxpayer"]["receipt"]) == {"id", "link"}
    assert {"amount_details", "payout_details"}.isdisjoint(issued)
    assert merchant.bank.wallet().balance == 1_000_000_000
    for given in ({}, {"fiscalization_details": receipt()}):
        with pytest.raises(RefusedError, match=r"fiscalization_details: missing|expected one that is created"):
            merchant.call("fiscalization", version="v1", session_id=session_id, **given)


def test_a_company_that_pays_names_its_own_tax_number(merchant: RawMerchant) -> None:
    details = receipt()
    details["professional_income_taxpayer"]["payer_type"] = "legal"
    with pytest.raises(RefusedError, match="payer_tax_number: missing"):
        merchant.call("session/create", fiscalization_details=details)


def test_the_tax_offices_answer_may_take_a_while(make_merchant: Make) -> None:
    merchant = make_merchant(npd_delay_s=40, version="v1")
    body = json.loads((PAYLOADS / "request-selfemployed-check-client-1.json").read_bytes())
    request_id = merchant.call("npd/check", **body)["request_id"]
    asked = json.dumps({"request_id": request_id}).encode()

    def status() -> Any:
        answer = merchant.bank.handle("POST", "/api/v1/npd/request/status", merchant.headers(asked), asked)
        return json.loads(answer.body)

    assert status() == {"status": "pending"}
    merchant.bank.advance(40)
    assert status() == {"status": "ok", "is_professional_income_taxpayer": True, "is_linked": True}
    merchant.bank.set_taxpayer(body["tax_reference"], Taxpayer(is_linked=False))
    assert status()["is_linked"] is False
    with pytest.raises(RefusedError, match="request_id: no such request"):
        merchant.call("npd/request/status", request_id="x")


def test_a_person_links_themselves_in_the_widget(merchant: RawMerchant) -> None:
    reference = "123456780002"
    token = merchant.call("token", version="v1", self_employed_widget={"tax_reference": reference})["public_token"]

    merchant.bank.link_taxpayer(token)

    request_id = merchant.call("npd/check", version="v1", tax_reference=reference)["request_id"]
    assert merchant.call("npd/request/status", version="v1", request_id=request_id)["is_linked"] is True


# -- escrow and settlement accounts ------------------------------------------------------------------------------------

SENDERS = {"nominal": {"beneficiary_id": "7700000000"}, "rko": {"account": "40702810000000000002"}}


@pytest.mark.parametrize("family", SENDERS)
def test_a_payout_from_an_account_is_confirmed_with_what_the_webhook_brought(make_merchant: Make, family: str) -> None:
    merchant = make_merchant(version="v1", webhook_names="v1")
    session_id = merchant.call(f"session/create/{family}", metadata="order-1001")["id"]
    merchant.call(
        f"session/start/payout/{family}",
        session_id=session_id,
        payment_method=account(),
        amount_details=AMOUNT,
        participant_details={"sender": SENDERS[family]},
    )
    (webhook,) = merchant.webhooks()
    transfer = webhook["confirm_information"]["transfer_details"]
    assert transfer["payment_method"] == RU
    assert transfer["amount"] == AMOUNT
    assert transfer["recipient"]["account_number"] == RU["account"]

    with pytest.raises(RefusedError, match="confirm_information: missing"):
        merchant.call("session/confirm", session_id=session_id)
    changed = {"transfer_details": transfer | {"purpose": "something else"}}
    with pytest.raises(RefusedError, match="confirm_information: expected what the webhook"):
        merchant.call("session/confirm", session_id=session_id, confirm_information=changed)
    merchant.call("session/confirm", session_id=session_id, confirm_information=webhook["confirm_information"])

    assert payout(merchant, session_id)["status"] == "succeeded"
    paid_from = merchant.bank.account(*([SENDERS["rko"]["account"]] if family == "rko" else []))
    assert paid_from.balance == 1_000_000_000 - 12_000
    assert merchant.bank.wallet().balance == 1_000_000_000


def test_the_documented_payout_from_a_settlement_account_is_made(make_merchant: Make) -> None:
    merchant = make_merchant(version="v1", confirm_information_required=False)
    created = (PAYLOADS / "request-session-create-rko-docs-1.json").read_bytes()
    body = json.loads((PAYLOADS / "request-session-start-payout-rko-docs-1.json").read_bytes())
    body["session_id"] = merchant.send("session/create/rko", created)["session"]["id"]
    merchant.call("session/start/payout/rko", **body)
    merchant.call("session/confirm", session_id=body["session_id"])

    assert merchant.status(body["session_id"])["status"] == "accepted"


@pytest.mark.parametrize("family", SENDERS)
def test_a_payout_from_an_account_names_its_sender(make_merchant: Make, family: str) -> None:
    merchant = make_merchant(version="v1")
    with pytest.raises(RefusedError, match=f"participant_details.sender.{next(iter(SENDERS[family]))}: missing"):
        merchant.call(f"session/init/payout/{family}", payment_method=account(), amount_details=AMOUNT)


def test_a_session_is_started_by_the_methods_of_its_own_family(make_merchant: Make) -> None:
    merchant = make_merchant(version="v1")
    session_id = merchant.call("session/create/nominal")["id"]

    with pytest.raises(RefusedError, match="made by session/create/nominal"):
        merchant.call("session/start/payout", session_id=session_id, payment_method=account(), amount_details=AMOUNT)


@pytest.mark.parametrize("family", SENDERS)
def test_a_payout_to_a_card_from_an_account_is_a_transfer_and_a_payout_in_one_session(
    make_merchant: Make, family: str
) -> None:
    merchant = make_merchant(version="v1", webhook_names="v1")
    kind = "transfer_from_nominal_account" if family == "nominal" else "transfer_from_bank_account"
    transfer = {"type": kind, kind: {"description": "Transfer under the offer agreement"}}
    session_id = merchant.call(f"session/multi/create/{family}", metadata="good")["id"]
    merchant.call(
        f"session/multi/start/payment/{family}",
        session_id=session_id,
        **order(),
        payment_details={"type": "internal_transfer", "internal_transfer": transfer},
        payment_method=to_card(),
        participant_details={"sender": {"full_name": "Company", "beneficiary_id": "7700000000"}},
    )
    (webhook,) = merchant.webhooks()
    assert webhook["type"] == "ready_to_confirm"
    assert len(webhook["session"]["acquiring_payments"]) == len(webhook["session"]["payments"]) == 1

    merchant.call("session/confirm", session_id=session_id, confirm_information=webhook["confirm_information"])

    session = merchant.status(session_id)
    assert session["status"] == "accepted"
    assert session["acquiring_payments"][0]["status"] == session["payments"][0]["status"] == "succeeded"


# -- balances and statements -------------------------------------------------------------------------------------------


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
