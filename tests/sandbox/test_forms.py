"""Public tokens: for which sessions, for how long, for how many payments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bank131_async.sandbox import Refusal
from tests.support.raw_merchant import RawMerchant, RefusedError, card, order

Make = Callable[..., RawMerchant]


def token_for(merchant: RawMerchant, session_id: str, **widget: Any) -> str:
    widget["session_id"] = session_id
    return merchant.call("token", version="v1", acquiring_widget=widget)["public_token"]


def test_a_token_pays_once(merchant: RawMerchant) -> None:
    token = token_for(merchant, merchant.create())
    merchant.bank.pay_form(token)

    with pytest.raises(Refusal, match="has been used"):
        merchant.bank.pay_form(token)


def test_a_token_lives_for_24_hours(merchant: RawMerchant) -> None:
    token = token_for(merchant, merchant.create())
    merchant.bank.advance(86_400)

    with pytest.raises(Refusal, match="expired"):
        merchant.bank.pay_form(token)


def test_a_further_try_in_an_open_session_takes_a_new_token(make_merchant: Make) -> None:
    merchant = make_merchant(failed_attempt_ends_session=False, auto_confirm=True)
    session_id = merchant.create()
    merchant.bank.pay_form(token_for(merchant, session_id), "4000000000000192")

    merchant.bank.pay_form(token_for(merchant, session_id))

    assert merchant.payment(session_id)["status"] == "succeeded"


def test_of_two_tokens_of_a_session_one_pays(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    first, second = token_for(merchant, session_id), token_for(merchant, session_id)
    merchant.bank.pay_form(first)

    with pytest.raises(Refusal, match="expects a session that is created"):
        merchant.bank.pay_form(second)


@pytest.mark.parametrize("missing", ["amount_details", "customer"])
def test_a_form_needs_amount_and_customer_given_at_creation(merchant: RawMerchant, missing: str) -> None:
    session_id = merchant.create(**{missing: None})

    with pytest.raises(RefusedError, match=f"{missing}: missing"):
        token_for(merchant, session_id)


def test_a_session_that_is_under_way_or_over_gets_no_token(merchant: RawMerchant) -> None:
    for session_id in (merchant.paid(), merchant.call("session/init/payment", **_init())["id"]):
        with pytest.raises(RefusedError, match="expected one that is created"):
            token_for(merchant, session_id)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, "acquiring_widget: missing"),
        ({"tokenize_widget": {"access": "yes"}}, "tokenize_widget.access: expected true or false"),
        ({"self_employed_widget": {"tax_reference": "1"}}, "tax_reference: expected 12 digits"),
        ({"acquiring_widget": {}}, "acquiring_widget.session_id: missing"),
        ({"acquiring_widget": {"session_id": "ps_0"}}, "session_id: no such session"),
        ({"acquiring_widget": {"session_id": "x", "success_return_url": "ok"}}, "success_return_url: expected"),
        ({"acquiring_widget": {"session_id": "x", "show_recurrent_checkbox": 1}}, "expected true or false"),
    ],
)
def test_a_wrong_token_request_names_its_field(merchant: RawMerchant, body: Any, expected: str) -> None:
    with pytest.raises(RefusedError, match=expected):
        merchant.call("token", version="v1", **body)


def _init() -> dict[str, Any]:
    return order(payment_details=card())
