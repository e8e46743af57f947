"""Signatures, project header, envelope, versions and idempotency keys of the sandbox's API."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.core.signing import Signer, new_private_key_pem
from bank131_async.sandbox import Answer, SandboxBank
from tests.support.raw_merchant import RawMerchant, RefusedError, card, order, payments_of

Make = Callable[..., RawMerchant]
CREATE = "/api/v2/session/create"


def error_of(answer: Answer) -> tuple[int, str]:
    parsed = json.loads(answer.body)
    assert answer.headers["Content-Type"] == "application/json"
    assert parsed["status"] == "error"
    return answer.status, parsed["error"]["code"]


# -- signatures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b"",
        b' {\n "metadata" : "x"\t}',
        b'{"payment_options":{"return_url":"https:\\/\\/shop.example\\/back"}}',
        b'{"payment_options":[],"participant_details":[]}',
        '{"metadata":"Заказ № 7 ☃"}'.encode(),
        b'{"metadata":"\\u0417\\u0430\\u043a\\u0430\\u0437 \\ud83d\\ude00"}',
        b'{"metadata":1,"metadata":{"a":123456789012345678901234567890}}',
    ],
)
def test_any_spelling_of_a_body_is_accepted_when_its_exact_bytes_are_signed(merchant: RawMerchant, body: bytes) -> None:
    assert merchant.send("session/create", body)["session"]["status"] == "created"


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5)))
def test_metadata_of_any_kind_comes_back_unchanged(metadata: dict[str, object]) -> None:
    merchant = RawMerchant(SandboxBank(auto_confirm=True))

    session = merchant.call("session/init/payment", **order(metadata=metadata), payment_details=card())

    assert payments_of(session)[0]["metadata"] == metadata


def test_one_changed_byte_makes_the_signature_wrong(merchant: RawMerchant) -> None:
    headers = merchant.headers(b'{"metadata":"a"}')

    answer = merchant.bank.handle("POST", CREATE, headers, b'{"metadata":"b"}')

    assert error_of(answer) == (401, "authentication_error")
    assert "exact bytes" in json.loads(answer.body)["error"]["description"]


@pytest.mark.parametrize("signature", ["", "garbage", "é", "QUJD", base64.b64encode(b"\0" * 256).decode()])
def test_a_signature_of_any_other_kind_is_an_authentication_error(merchant: RawMerchant, signature: str) -> None:
    headers = merchant.headers(b"{}") | {"X-PARTNER-SIGN": signature}

    assert error_of(merchant.bank.handle("POST", CREATE, headers, b"{}")) == (401, "authentication_error")


def test_a_missing_signature_is_named(merchant: RawMerchant) -> None:
    answer = merchant.bank.handle("POST", CREATE, {"X-PARTNER-PROJECT": "sandbox"}, b"{}")

    assert json.loads(answer.body)["error"]["description"].startswith("X-PARTNER-SIGN: missing")


def test_the_key_of_another_merchant_does_not_fit(merchant: RawMerchant) -> None:
    stranger = Signer.from_pem(new_private_key_pem())
    merchant.bank.add_project("other", stranger.public_pem())

    headers = merchant.headers(b"{}")
    assert error_of(merchant.bank.handle("POST", CREATE, headers | {"X-PARTNER-PROJECT": "other"}, b"{}"))[0] == 401
    theirs = {"X-PARTNER-PROJECT": "other", "X-PARTNER-SIGN": stranger.sign(b"{}")}
    assert merchant.bank.handle("POST", CREATE, theirs, b"{}").status == 200


@pytest.mark.parametrize("project", [None, "", "nobody"])
def test_an_unknown_project_is_not_identified(merchant: RawMerchant, project: str | None) -> None:
    headers = merchant.headers(b"{}")
    del headers["X-PARTNER-PROJECT"]
    if project is not None:
        headers["x-partner-project"] = project

    assert error_of(merchant.bank.handle("POST", CREATE, headers, b"{}")) == (401, "identification_error")


def test_header_names_may_be_spelled_in_any_case(merchant: RawMerchant) -> None:
    headers = {name.lower(): value for name, value in merchant.headers(b"{}").items()}

    assert merchant.bank.handle("POST", CREATE, headers, b"{}").status == 200


def test_a_session_of_another_project_is_out_of_reach(merchant: RawMerchant) -> None:
    merchant.bank.add_project("other", merchant.bank.keys.merchant.public_pem())
    body = json.dumps({"session_id": merchant.create()}).encode()

    headers = merchant.headers(body) | {"X-PARTNER-PROJECT": "other"}

    assert error_of(merchant.bank.handle("POST", "/api/v2/session/status", headers, body)) == (
        403,
        "authorization_error",
    )


# -- paths and bodies --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/api/v3/session/create", 404),
        ("POST", "/api/v2/session/nothing", 404),
        ("POST", "/api/v2/token", 404),
        ("POST", "/api/", 404),
        ("GET", "/api/v2/session/status", 405),
    ],
)
def test_what_is_not_a_method_of_the_api_is_refused_in_its_own_words(
    merchant: RawMerchant, method: str, path: str, status: int
) -> None:
    answer = merchant.bank.handle(method, path, merchant.headers(b"{}"), b"{}")

    assert error_of(answer) == (status, "invalid_request")


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/api/v2/session/init/paymnt", "is it /api/v2/session/init/payment?"),
        ("/api/v2/wallets/balance", "is it /api/v1/wallet/balance?"),
        ("/api/v3/session/create", "is it /api/v2/session/create?"),
        ("/api/v2/nonsense", "expected /api/v1/... or /api/v2/..."),
    ],
)
def test_a_path_that_is_nearly_right_is_told_which_one_is_meant(merchant: RawMerchant, path: str, meant: str) -> None:
    answer = json.loads(merchant.bank.handle("POST", path, merchant.headers(b"{}"), b"{}").body)

    assert answer["error"]["description"] == f"path: no such method; {meant}"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"null",
        b'"text"',
        b"[1]",
        b"\xff",
        b'{"metadata":NaN}',
        b'{"metadata":1e999}',
        b'{"metadata":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"metadata":' + b"[" * 150 + b"]" * 150 + b"}",
        b'{"metadata":' + b"9" * 5_000 + b"}",
    ],
)
def test_a_body_that_is_not_an_object_is_refused(merchant: RawMerchant, body: bytes) -> None:
    with pytest.raises(RefusedError, match="body: expected") as refused:
        merchant.send("session/create", body)
    assert (refused.value.status, refused.value.code) == (400, "invalid_request")


def test_another_content_type_is_refused_and_a_charset_is_not(merchant: RawMerchant) -> None:
    for value, status in (("text/plain", 400), ("application/json; charset=utf-8", 200)):
        headers = merchant.headers(b"{}") | {"Content-Type": value}
        assert merchant.bank.handle("POST", CREATE, headers, b"{}").status == status


def test_half_a_surrogate_pair_does_not_break_the_answer(merchant: RawMerchant) -> None:
    session_id = merchant.send("session/create", b'{"metadata":"\\ud800"}')["session"]["id"]
    merchant.call("session/start/payment", session_id=session_id, **order(), payment_details=card())

    assert merchant.payment(session_id)["metadata"] == "\ud800"


# -- versions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "name"), [("v1", "acquiring_payments"), ("v2", "payment_list")])
def test_each_version_has_its_own_name_for_payments(make_merchant: Make, version: str, name: str) -> None:
    merchant = make_merchant(version=version)
    session = merchant.call("session/init/payment", **order(), payment_details=card())

    assert name in session
    assert not {"acquiring_payments", "payment_list", "payments", "payout_list"} - {name} & set(session)


@pytest.mark.parametrize(
    ("names", "made_by", "expected"),
    [
        ("v1", "v2", "acquiring_payments"),
        ("v2", "v1", "payment_list"),
        ("session", "v1", "acquiring_payments"),
        ("session", "v2", "payment_list"),
    ],
)
def test_the_names_in_webhooks_are_a_setting(make_merchant: Make, names: str, made_by: str, expected: str) -> None:
    merchant = make_merchant(webhook_names=names)
    merchant.call("session/init/payment", version=made_by, **order(), payment_details=card())

    (webhook,) = merchant.webhooks()
    assert expected in webhook["session"]


def test_a_name_of_the_other_version_is_refused_with_the_right_one(merchant: RawMerchant) -> None:
    with pytest.raises(RefusedError, match="payment_method: v2 calls this field payout_details"):
        merchant.call("session/create", payment_method={})
    with pytest.raises(RefusedError, match="payout_details: v1 calls this field payment_method"):
        merchant.call("session/create", version="v1", payout_details={})


def test_a_name_of_the_other_version_may_be_taken_all_the_same(make_merchant: Make) -> None:
    merchant = make_merchant(version="v1", other_versions_names="accept")
    total = {"amount": 1, "currency": "rub"}
    session = merchant.call("session/init/payout", payout_details=card(), amount_details=total)

    assert session["payments"][0]["payment_method"]["type"] == "card"


# -- idempotency keys --------------------------------------------------------------------------------------------------


def test_a_repeated_key_is_refused_and_not_replayed(merchant: RawMerchant) -> None:
    merchant.call("session/create", key="k-1")

    with pytest.raises(RefusedError) as refused:
        merchant.call("session/create", key="k-1")

    assert (refused.value.status, refused.value.code) == (400, "idempotency_key_already_exists")
    assert len(merchant.bank._rules.sessions) == 1


def test_keys_are_scoped_by_project_not_by_method(merchant: RawMerchant) -> None:
    session_id = merchant.call("session/create", key="k-1", **order())["id"]
    with pytest.raises(RefusedError, match="already in progress or processed"):
        merchant.call("session/cancel", key="k-1", session_id=session_id)

    merchant.bank.add_project("other", merchant.bank.keys.merchant.public_pem())
    headers = merchant.headers(b"{}", "k-1") | {"X-PARTNER-PROJECT": "other"}
    assert merchant.bank.handle("POST", CREATE, headers, b"{}").status == 200


def test_a_status_call_uses_no_key_up(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    answers = [merchant.call("session/status", key="k-1", session_id=session_id) for _ in range(2)]
    assert [answer["id"] for answer in answers] == [session_id] * 2


def test_a_key_is_forgotten_after_its_lifetime(make_merchant: Make) -> None:
    merchant = make_merchant(key_lifetime_s=100)
    merchant.call("session/create", key="k-1")
    merchant.bank.advance(99)
    with pytest.raises(RefusedError):
        merchant.call("session/create", key="k-1")
    merchant.bank.advance(1)

    merchant.call("session/create", key="k-1")


@pytest.mark.parametrize("burns", [False, True])
def test_whether_a_refused_request_uses_its_key_up_is_a_switch(make_merchant: Make, burns: bool) -> None:
    merchant = make_merchant(refused_request_burns_key=burns)
    with pytest.raises(RefusedError, match="expected a whole number"):
        merchant.call("session/create", key="k-1", amount_details={"amount": 0, "currency": "rub"})

    if burns:
        with pytest.raises(RefusedError) as refused:
            merchant.call("session/create", key="k-1")
        assert refused.value.code == "idempotency_key_already_exists"
    else:
        merchant.call("session/create", key="k-1")


def test_a_forged_request_never_uses_a_key_up(merchant: RawMerchant) -> None:
    headers = merchant.headers(b"{}", "k-1") | {"X-PARTNER-SIGN": "QUJD"}
    assert merchant.bank.handle("POST", CREATE, headers, b"{}").status == 401

    assert merchant.call("session/create", key="k-1")["status"] == "created"


def test_a_blank_key_is_no_key_and_a_huge_one_is_refused(merchant: RawMerchant) -> None:
    for _ in range(2):
        merchant.call("session/create", key=" ")
    with pytest.raises(RefusedError, match="at most 255"):
        merchant.call("session/create", key="k" * 256)
