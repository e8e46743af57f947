"""What each field must look like, and that a refusal names the field and never the secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.sandbox.requests.cards import passes_luhn
from tests.support.raw_merchant import RawMerchant, RefusedError, card, order, payments_of

Make = Callable[..., RawMerchant]
PAYLOADS = Path(__file__).parent.parent / "payloads"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"amount_details": 5}, "amount_details: expected an object"),
        ({"amount_details": {"currency": "rub"}}, "amount_details.amount: missing"),
        ({"amount_details": {"amount": 0, "currency": "rub"}}, "amount_details.amount: expected a whole number"),
        ({"amount_details": {"amount": -1, "currency": "rub"}}, "amount_details.amount: expected a whole number"),
        ({"amount_details": {"amount": 1.5, "currency": "rub"}}, "amount_details.amount: expected a whole number"),
        ({"amount_details": {"amount": True, "currency": "rub"}}, "amount_details.amount: expected a whole number"),
        ({"amount_details": {"amount": "1", "currency": "rub"}}, "amount_details.amount: expected a whole number"),
        ({"amount_details": {"amount": 1}}, "amount_details.currency: missing"),
        ({"amount_details": {"amount": 1, "currency": "rubles"}}, "amount_details.currency: expected 3 to 5 letters"),
        ({"customer": {}}, "customer.reference: missing"),
        ({"customer": {"reference": ""}}, "customer.reference: expected a non-empty string"),
        ({"customer": {"reference": 7}}, "customer.reference: expected a non-empty string"),
        ({"customer": {"reference": "a", "contacts": {}}}, "customer.contacts: expected a list"),
        ({"customer": {"reference": "a", "contacts": [{"email": 1}]}}, "customer.contacts[0].email: expected"),
        ({"payment_options": {"return_url": "shop.example"}}, "payment_options.return_url: expected an absolute"),
        ({"payment_options": {"return_url": "javascript:alert(1)"}}, "payment_options.return_url: expected"),
        ({"payment_options": {"return_url": "https://a\r\nX: y"}}, "payment_options.return_url: expected"),
        ({"payment_options": {"return_url": 'https://a/"><script>'}}, "payment_options.return_url: expected"),
        ({"payment_options": {"return_url": "https://a:99999/"}}, "payment_options.return_url: expected"),
        ({"payment_options": {"recurrent": "yes"}}, "payment_options.recurrent: expected true or false"),
        ({"payment_options": {"expiration_at": "2026-01-01"}}, "payment_options.expiration_at: expected YYYY"),
        ({"payment_options": {"platform_details": {"type": "tv"}}}, "platform_details.type: expected one of desktop"),
        ({"participant_details": {"sender": {"full_name": 1}}}, "participant_details.sender.full_name: expected"),
        ({"participant_details": {"sender": {"identity_document": {}}}}, "identity_document.id_type: missing"),
        ({"payment_details": {}}, "payment_details.type: missing; expected one of card"),
        ({"payment_details": {"type": "cash"}}, "payment_details.type: expected one of card"),
        ({"payment_details": {"type": "card"}}, "payment_details.card: missing"),
        ({"payment_details": {"type": "card", "card": {"type": "bank_card"}}}, "card.bank_card: missing"),
        ({"payment_details": card("4242")}, "bank_card.number: expected 14 to 19 digits"),
        ({"payment_details": card("4242424242424241")}, "bank_card.number: expected a number with a valid check"),
        ({"payment_details": card(expiration_month="13")}, "expiration_month: expected two digits, 01 to 12"),
        ({"payment_details": card(expiration_year="2030")}, "expiration_year: expected two digits"),
        ({"payment_details": card(security_code="12")}, "security_code: expected 3 or 4 digits"),
        ({"payment_details": card(number="٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢")}, "bank_card.number: expected 14 to 19 digits"),
        ({"payout_details": {}}, "payout_details.type: missing; expected one of card"),
    ],
)
def test_a_field_that_does_not_fit_is_named_with_what_was_expected(
    merchant: RawMerchant, fields: dict[str, Any], expected: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        merchant.call("session/create", **fields)

    assert expected in refused.value.description
    assert (refused.value.status, refused.value.code) == (400, "invalid_request")


@pytest.mark.parametrize(
    "secret", ["4242424242424241", "42424242424242424242424242", "token-without-digits-at-its-end"]
)
def test_a_refusal_never_quotes_a_secret(merchant: RawMerchant, secret: str) -> None:
    token = {"type": "card", "card": {"type": "tokenized_card", "tokenized_card": {"token": secret}}}
    for details in (card(secret), card(security_code=secret), token):
        with pytest.raises(RefusedError) as refused:
            merchant.call("session/create", payment_details=details)
        assert secret not in str(refused.value)


@pytest.mark.parametrize("missing", ["payment_details", "amount_details", "customer"])
@pytest.mark.parametrize("method", ["session/start/payment", "session/init/payment", "session/init/payment/sync"])
def test_a_payment_lacking_a_mandatory_part_is_refused(merchant: RawMerchant, method: str, missing: str) -> None:
    fields = order(payment_details=card())
    del fields[missing]
    if method == "session/start/payment":
        fields["session_id"] = merchant.call("session/create")["id"]

    with pytest.raises(RefusedError, match=f"{missing}: missing; expected an object"):
        merchant.call(method, **fields)


@pytest.mark.parametrize("method", ["start/payment", "confirm", "cancel", "capture", "refund", "status"])
@pytest.mark.parametrize("session_id", [None, "", 17, "ps_0"])
def test_a_method_needs_the_id_of_a_session(merchant: RawMerchant, method: str, session_id: object) -> None:
    with pytest.raises(RefusedError, match="session_id: "):
        merchant.call(f"session/{method}", session_id=session_id)


def test_null_counts_as_absent(merchant: RawMerchant) -> None:
    session_id = merchant.create(participant_details=None, metadata=None, payment_options={"return_url": None})
    merchant.start(session_id)

    payment = merchant.payment(session_id)
    assert "metadata" not in payment
    assert payment["payment_options"] == {}


def test_unknown_fields_are_ignored_or_refused_as_the_switch_says(make_merchant: Make) -> None:
    make_merchant().create(surprise=1)
    strict = make_merchant(unknown_request_fields="refuse")
    for fields in ({"surprise": 1}, {"customer": {"reference": "a", "surprise": 1}}):
        with pytest.raises(RefusedError, match="surprise: unknown field"):
            strict.create(**fields)
    session_id = strict.create(metadata={"anything": 1}, payment_metadata={"device_session_id": "d"})
    strict.start(session_id)


def test_cards_can_be_given_as_hash_or_token_that_end_with_a_test_number(merchant: RawMerchant) -> None:
    for kind, name in (("encrypted_card", "number_hash"), ("tokenized_card", "token")):
        inner = {"type": kind, kind: {name: "any-5555555555554444"}}
        session = merchant.call("session/init/payment", **order(), payment_details={"type": "card", "card": inner})
        shown = payments_of(session)[0]["payment_details"]
        assert shown == {"type": "card", "card": {"brand": "mastercard", "last4": "4444", "bin": "555555"}}


def test_the_documented_requests_for_card_payments_are_accepted(merchant: RawMerchant) -> None:
    created = (PAYLOADS / "request-session-create-docs-1.json").read_bytes()
    assert merchant.send("session/create", created, version="v1")["session"]["status"] == "created"

    init = (PAYLOADS / "request-session-init-payment-php-1.json").read_bytes()
    session = merchant.send("session/init/payment", init)["session"]
    sent, payment = json.loads(init), payments_of(session)[0]
    for name in ("customer", "metadata", "payment_options", "participant_details", "amount_details"):
        assert payment[name] == sent[name]


@pytest.mark.parametrize("name", ["request-session-capture-php-2", "request-session-refund-php-1"])
def test_the_documented_commands_get_as_far_as_their_unknown_session(merchant: RawMerchant, name: str) -> None:
    body = (PAYLOADS / f"{name}.json").read_bytes()

    with pytest.raises(RefusedError, match="session_id: no such session"):
        merchant.send("session/capture" if "capture" in name else "session/refund", body)


@pytest.mark.parametrize(
    "name", ["platform-request-token-2", "platform-request-token-3", "request-token-acquiring-php-1"]
)
def test_the_documented_token_requests_are_read(merchant: RawMerchant, name: str) -> None:
    body = json.loads((PAYLOADS / f"{name}.json").read_bytes())
    body["acquiring_widget"]["session_id"] = merchant.create()

    token = merchant.call("token", version="v1", **body)

    assert token["status"] == "ok"
    assert len(token["public_token"]) == 64


@given(st.text("0123456789", min_size=13, max_size=18))
def test_exactly_one_check_digit_passes_luhn(digits: str) -> None:
    passing = [digit for digit in "0123456789" if passes_luhn(digits + digit)]

    assert len(passing) == 1
