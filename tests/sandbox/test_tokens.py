"""Tokens for cards and accounts, and what the bank tells of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bank131_async.sandbox import Refusal
from tests.support.raw_merchant import APPROVE, RawMerchant, RefusedError, card, order, payments_of

PAYLOADS = Path(__file__).parent.parent / "payloads"
ACCOUNT = {"bik": "049205131", "account": "40702810200000000025"}


def tokenized(token: str) -> dict[str, Any]:
    return {"type": "card", "card": {"type": "tokenized_card", "tokenized_card": {"token": token}}}


def v1(merchant: RawMerchant, method: str, **fields: Any) -> Any:
    return merchant.call(method, version="v1", **fields)


def test_an_account_behind_a_token_is_paid(merchant: RawMerchant) -> None:
    answer = v1(merchant, "tokenize", type="bank_account_ru", bank_account_ru=ACCOUNT)
    assert answer["data"] == {"masked_account": "40702***0025"}
    ru = {"token": answer["token"], "full_name": "Ivanov Ivan", "description": "Payout"}
    details = {"type": "bank_account", "bank_account": {"system_type": "ru", "ru": ru}}

    session = merchant.call(
        "session/init/payout", payout_details=details, amount_details={"amount": 1, "currency": "rub"}
    )

    assert session["payout_list"][0]["payout_details"] == details
    info = v1(merchant, "token/info", type="bank_account_ru", bank_account_ru={"token": answer["token"]})["info"]
    assert info["masked_account"] == "40702***0025"


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        ("tokenize", {}, "type: missing; expected one of bank_account_ru"),
        ("tokenize", {"type": "bank_account_ru", "bank_account_ru": {"bik": "049205131"}}, "account: missing"),
        ("tokenize/elements", {}, "elements: expected a list with at least one"),
        ("tokenize/elements", {"elements": [{"ref": "a", "type": "card_number"}]}, "elements[0].card_number: missing"),
        ("token/info", {"type": "card", "card": {}}, "card.type: missing"),
        ("token/info", {"type": "public_token", "public_token": {"token": "x"}}, "no such token"),
        ("token/info", {"type": "recurrent_token", "recurrent_token": {"token": "x"}}, "no such token"),
        ("recurrent/status", {}, "recurrent: missing"),
        ("recurrent/disable", {"recurrent": {"token": "x"}}, "recurrent.token: no such token"),
    ],
)
def test_a_request_about_tokens_that_does_not_fit_is_named(
    merchant: RawMerchant, method: str, body: dict[str, Any], expected: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        v1(merchant, method, **body)

    assert expected in refused.value.description


def test_card_numbers_are_tokenized_by_name_and_pay(merchant: RawMerchant) -> None:
    numbers = {"first": APPROVE, "second": "4000000000000192"}
    elements = [{"ref": ref, "type": "card_number", "card_number": number} for ref, number in numbers.items()]
    data = v1(merchant, "tokenize/elements", elements=elements)["data"]
    assert data["first"]["info"] == {
        "masked_card_number": "424242******4242",
        "card_network": "visa",
        "card_type": "debit",
    }

    ends = {}
    for ref in numbers:
        session = merchant.call("session/init/payment", **order(), payment_details=tokenized(data[ref]["token"]))
        merchant.call("session/confirm", session_id=session["id"])
        ends[ref] = merchant.payment(session["id"])["status"]

    assert ends == {"first": "succeeded", "second": "failed"}


def test_the_tokenization_widget_gives_a_token_once(merchant: RawMerchant) -> None:
    public = v1(merchant, "token", tokenize_widget={"access": True})["public_token"]
    token = merchant.bank.keep_card(public, "5555555555554444")

    session = merchant.call("session/init/payment", **order(), payment_details=tokenized(token))

    assert payments_of(session)[0]["payment_details"]["card"]["last4"] == "4444"
    with pytest.raises(Refusal, match="used"):
        merchant.bank.keep_card(public)


def test_a_token_allows_no_more_than_it_was_asked_for(merchant: RawMerchant) -> None:
    for widget in ({"tokenize_widget": {"access": False}}, {"self_employed_widget": {"tax_reference": "123456789012"}}):
        public = v1(merchant, "token", **widget)["public_token"]
        with pytest.raises(Refusal, match="not for the tokenization widget"):
            merchant.bank.keep_card(public)
    public = v1(merchant, "token", tokenize_widget={"access": True})["public_token"]
    with pytest.raises(Refusal, match="not for the self-employed widget"):
        merchant.bank.link_taxpayer(public)


def test_a_public_token_tells_whether_it_can_still_be_used(merchant: RawMerchant) -> None:
    public = v1(merchant, "token", acquiring_widget={"session_id": merchant.create()})["public_token"]
    body = json.loads((PAYLOADS / "platform-request-token_info-2.json").read_bytes())
    body["public_token"]["token"] = public
    assert v1(merchant, "token/info", **body)["info"]["is_active"] is True

    merchant.bank.pay_form(public)

    assert v1(merchant, "token/info", **body)["info"]["is_active"] is False


def test_equal_cards_have_equal_hashes_that_tell_nothing(merchant: RawMerchant) -> None:
    def info(number: str) -> Any:
        return v1(merchant, "token/info", type="card", card=card(number)["card"])["info"]

    assert info(APPROVE) == info(APPROVE)
    assert info(APPROVE)["number_hash"] != info("5555555555554444")["number_hash"]
    assert (info(APPROVE)["brand"], info(APPROVE)["last4"]) == ("visa", "4242")
    assert APPROVE not in json.dumps(info(APPROVE))
