"""The table of the API's methods, and requests in the ways in which all kinds of clients send them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.sandbox import SandboxBank
from bank131_async.sandbox.methods import ROUTES
from tests.support.raw_merchant import CHALLENGE, RawMerchant, RefusedError, card, order, payments_of

Make = Callable[..., RawMerchant]


def test_no_method_is_listed_twice() -> None:
    paths = [route.path for route in ROUTES]

    assert len(set(paths)) == len(paths)
    assert all(route.versions for route in ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_every_method_answers_in_its_versions_alone(merchant: RawMerchant, route: Any, version: str) -> None:
    answer = merchant.bank.handle(route.http_method, f"/api/{version}/{route.path}", merchant.headers(b"{}"), b"{}")

    assert (answer.status != 404) == (version in route.versions)
    assert json.loads(answer.body)["status"] in ("ok", "error")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_every_method_has_one_verb(merchant: RawMerchant, route: Any) -> None:
    other = "GET" if route.http_method == "POST" else "POST"
    answer = merchant.bank.handle(other, f"/api/{route.versions[0]}/{route.path}", merchant.headers(b"{}"), b"{}")

    assert answer.status == 405
    assert f"expected {route.http_method}" in answer.body.decode()


@pytest.mark.parametrize("body", [b"[]", b"{}", b""])
def test_the_one_get_may_have_a_signed_body_or_none(merchant: RawMerchant, body: bytes) -> None:
    headers = merchant.headers(body)
    del headers["Content-Type"]
    answer = merchant.bank.handle("GET", "/api/v1/fps/banks", headers, body)

    banks = json.loads(answer.body)["banks"]
    assert {"id", "eng_name", "ru_name"} == set(banks[0])
    assert {"100000000069", "100000000197"} <= {bank["id"] for bank in banks}


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
PHP = {"separators": (",", ":"), "ensure_ascii": False}
STYLES: dict[str, Callable[[Any], str]] = {
    "python": json.dumps,
    "python, raw": lambda value: json.dumps(value, ensure_ascii=False),
    "compact": lambda value: json.dumps(value, separators=(",", ":")),
    "php": lambda value: json.dumps(value, **PHP).replace("/", "\\/").replace("{}", "[]"),
    "indented": lambda value: json.dumps(value, indent=4),
    "with a line end": lambda value: json.dumps(value) + "\n",
}


@given(st.sampled_from(sorted(STYLES)), NAMES, NAMES)
def test_whatever_json_a_client_writes_its_exact_bytes_are_signed_and_read(style: str, name: str, note: str) -> None:
    merchant = RawMerchant(SandboxBank())
    body = order(
        payment_details={"type": "faster_payment_system", "faster_payment_system": {}},
        participant_details={"sender": {"full_name": f"Ёж/{name}"}, "recipient": {}},
        metadata={note: f"https://shop.example/{name}"},
    )

    session = merchant.send("session/init/payment", STYLES[style](body).encode())["session"]

    payment = payments_of(session)[0]
    assert payment["participant_details"]["sender"] == body["participant_details"]["sender"]
    assert payment["metadata"] == body["metadata"]


@given(st.binary(min_size=1, max_size=40), st.integers(0, 39))
def test_a_signature_is_of_these_bytes_and_no_others(noise: bytes, at: int) -> None:
    merchant = RawMerchant(SandboxBank())
    body = json.dumps({"metadata": noise.hex()}).encode()
    headers = merchant.headers(body)
    for other in (body + b" ", body[:at] + b" " + body[at:], body[1:]):
        answer = merchant.bank.handle("POST", "/api/v2/session/create", headers, other)
        assert answer.status == 401
        assert json.loads(answer.body)["error"]["code"] == "authentication_error"


# -- keys --------------------------------------------------------------------------------------------------------------


def test_a_key_may_be_scoped_by_method(make_merchant: Make) -> None:
    merchant = make_merchant(key_scope="method")
    session_id = merchant.call("session/create", key="k", **order())["id"]

    merchant.call("session/cancel", key="k", session_id=session_id)

    with pytest.raises(RefusedError) as refused:
        merchant.call("session/create", key="k")
    assert refused.value.code == "idempotency_key_already_exists"


@pytest.mark.parametrize("burns", [True, False])
def test_whether_a_failure_of_the_bank_uses_the_key_up_is_a_switch(make_merchant: Make, burns: bool) -> None:
    merchant = make_merchant(server_error_burns_key=burns)
    path = "/api/v2/session/create"
    answer = merchant.bank.break_down(path, merchant.headers(b"{}", "k"), 503)
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (503, "internal_error")
    assert merchant.bank.sessions == {}

    if burns:
        with pytest.raises(RefusedError, match="already in progress"):
            merchant.call("session/create", key="k")
    else:
        assert merchant.call("session/create", key="k")["status"] == "created"


def test_reading_calls_never_use_a_key_up(merchant: RawMerchant) -> None:
    asked = {"key": "k", "version": "v1", "request_datetime": "2025-01-02T03:04:05.678Z"}
    first, second = merchant.call("wallet/balance", **asked), merchant.call("wallet/balance", **asked)
    assert first["wallets"] == second["wallets"] != []
    assert merchant.call("session/create", key="k")["status"] == "created"
    with pytest.raises(RefusedError, match="already"):  # a writing call does
        merchant.call("session/create", key="k")


# -- how the bank writes -----------------------------------------------------------------------------------------------


def test_a_submerchant_is_asked_for_only_where_the_project_needs_one(make_merchant: Make) -> None:
    merchant = make_merchant(submerchant_required=True)
    with pytest.raises(RefusedError, match="X-PARTNER-SUBMERCHANT: missing"):
        merchant.call("session/create")
    headers = merchant.headers(b"{}") | {"X-PARTNER-SUBMERCHANT": "legal-1"}
    assert merchant.bank.handle("POST", "/api/v2/session/create", headers, b"{}").status == 200


@pytest.mark.parametrize(("names", "expected"), [("called", "payment_list"), ("v1", "acquiring_payments")])
def test_answers_may_have_the_other_versions_names(make_merchant: Make, names: str, expected: str) -> None:
    session = make_merchant(answer_names=names).call("session/init/payment", **order(), payment_details=card())

    assert expected in session


def test_ids_may_be_bare_numbers(make_merchant: Make) -> None:
    merchant = make_merchant(id_prefixes=False)
    session_id = merchant.paid()

    assert session_id.isdigit()
    assert merchant.payment(session_id)["id"].isdigit()
    assert len(merchant.payment(session_id)["transaction_info"]["rrn"]) == 12


def test_fees_and_card_ids_are_shown_where_the_manager_has_switched_them_on(make_merchant: Make) -> None:
    merchant = make_merchant(show_fee=True, show_card_id=True)
    first, second = (merchant.payment(merchant.paid()) for _ in range(2))

    amounts = first["amounts"]
    assert amounts["fee"]["merchant_fee"] == {"amount": 200, "currency": "RUB"}
    assert amounts["net"]["amount"] + amounts["fee"]["merchant_fee"]["amount"] == amounts["gross"]["amount"]
    assert first["payment_details"]["card"]["card_id"] == second["payment_details"]["card"]["card_id"]


def test_fields_and_values_that_no_document_names_appear_on_request(make_merchant: Make) -> None:
    merchant = make_merchant(unknown_fields=True, unknown_values=True)
    session_id = merchant.create()
    merchant.start(session_id, CHALLENGE)
    answer = merchant.call("session/confirm", session_id=session_id)

    assert "sandbox_new_field" in answer
    assert "sandbox_new_field" in payments_of(answer)[0]
    assert payments_of(answer)[0]["status"] == "sandbox_new_value"
    assert merchant.payment(session_id)["status"] == "pending"


def test_a_php_bank_writes_an_empty_object_as_an_empty_list(make_merchant: Make) -> None:
    merchant = make_merchant(json_style="php")
    details = {"type": "faster_payment_system", "faster_payment_system": {}}
    session = merchant.call("session/init/payment", **order(), payment_details=details)

    assert payments_of(session)[0]["payment_details"]["faster_payment_system"] == []


@pytest.mark.parametrize("prefixes", [True, False])
def test_sessions_are_listed_newest_first_from_any_point_on(make_merchant: Make, prefixes: bool) -> None:
    merchant = make_merchant(id_prefixes=prefixes)
    ids = [merchant.paid() for _ in range(7)][::-1]

    assert [session.id for session in merchant.bank.newest_sessions()] == ids
    for at, before in enumerate(ids):
        assert [session.id for session in merchant.bank.newest_sessions(before)] == ids[at + 1 :]
    with pytest.raises(KeyError):
        merchant.bank.newest_sessions("ps_0")
