"""Requests and answers as values."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async import errors
from bank131_async.core import codec
from bank131_async.core import operations as ops
from bank131_async.core.models import ERROR_CODES, AcquiringWidget, PayoutDetails, SessionStatus
from bank131_async.core.wire import HttpRequest, HttpResponse, body_of, build_request, read_response, retry_after

STATUS = ops.GetSessionStatus(session_id="ps_1")
REFUND = ops.RefundSession(session_id="ps_1")
OK = b'{"status":"ok","session":{"id":"ps_1","status":"created"}}'


def answer(body: bytes | object, status: int = 200, **headers: str) -> HttpResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, data)


def request(operation: ops.Operation = STATUS, **options: object) -> HttpRequest:
    settings = {"server": "https://demo.example/", "project_id": "shop", "signature": "c2ln", "version": "v2"}
    return build_request(operation, b"{}", **{**settings, **options})


def test_a_request_has_the_address_and_the_headers_of_the_protocol() -> None:
    made = request(idempotency_key="key-1", submerchant="sub-1", headers={"User-Agent": "test"})
    assert (made.method, made.url, made.body) == ("POST", "https://demo.example/api/v2/session/status", b"{}")
    assert made.headers == {
        "User-Agent": "test",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "X-PARTNER-PROJECT": "shop",
        "X-PARTNER-SIGN": "c2ln",
        "X-PARTNER-SUBMERCHANT": "sub-1",
        "X-PARTNER-IDEMPOTENCY-KEY": "key-1",
    }


def test_optional_headers_are_left_out_and_own_ones_cannot_be_replaced() -> None:
    made = request(submerchant=" ", headers=(("X-PARTNER-SIGN", "forged"),))
    assert set(made.headers) == {"Content-Type", "Accept", "X-PARTNER-PROJECT", "X-PARTNER-SIGN"}
    assert made.headers["X-PARTNER-SIGN"] == "c2ln"


def test_a_call_of_version_1_only_is_sent_there() -> None:
    call = ops.CreateToken(acquiring_widget=AcquiringWidget(session_id="ps_1"))
    assert request(call).url == "https://demo.example/api/v1/token"


@pytest.mark.parametrize("key", ["", "a\r\nX: y", "ключ", " padded "])
def test_a_key_that_cannot_be_a_header_is_refused(key: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="X-PARTNER-IDEMPOTENCY-KEY"):
        request(idempotency_key=key)


def test_reprs_show_neither_body_nor_signature() -> None:
    made = build_request(STATUS, b"s3cret", server="https://a", project_id="p", signature="s3cret", version="v2")
    assert "s3cret" not in repr(made)
    assert "s3cret" not in repr(answer(b"s3cret", 200, X_Token="s3cret"))


def test_the_body_has_the_names_of_the_version() -> None:
    call = ops.CreateSession(payout_details=PayoutDetails(type="card"))
    assert body_of(call, "v1") == b'{"payment_method":{"type":"card"}}'
    assert body_of(call, "v2") == b'{"payout_details":{"type":"card"}}'
    assert body_of(ops.CreateSession(), "v2") == b"{}"


def test_a_good_answer_is_typed() -> None:
    read = read_response(STATUS, answer(OK))
    assert read.session is not None
    assert read.session.status is SessionStatus.created
    token = read_response(
        ops.CreateToken(acquiring_widget=AcquiringWidget(session_id="ps_1")),
        answer({"status": "ok", "public_token": "t"}),
    )
    assert token.public_token == "t"


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        (ops.CheckSelfEmployed(tax_reference="123456789012"), {"status": "pending"}),
        (ops.CheckSelfEmployed(tax_reference="123456789012"), {"status": "ok", "request_id": "7"}),
        (ops.GetSelfEmployedStatus(request_id="7"), {"status": "pending"}),
        (ops.GetSelfEmployedStatus(request_id="7"), {"status": "ok", "is_linked": False}),
        (ops.PushSberPay(session_id="ps_1", phone="7916"), {"status": "ok"}),
        (ops.CancelSubscription(subscription_id="7"), {"status": "ok"}),
    ],
)
def test_some_answers_have_a_status_alone_which_may_be_pending(operation: ops.Operation, body: dict[str, str]) -> None:
    read = read_response(operation, answer(body))
    assert codec.unstructure(read) == body
    assert read.is_pending is (body["status"] == "pending")
    for nothing in ({"status": "error"}, {}, {"status": None}):
        with pytest.raises(errors.AnswerLostError):
            read_response(operation, answer(nothing))


def test_the_banks_are_asked_by_get_with_a_body() -> None:
    made = request(ops.GetFpsBanks())
    assert (made.method, made.url, made.body) == ("GET", "https://demo.example/api/v1/fps/banks", b"{}")
    assert body_of(ops.GetFpsBanks(), "v2") == b"{}"


@pytest.mark.parametrize("code", sorted(ERROR_CODES))
@pytest.mark.parametrize("http_status", [200, 400, 500])
@pytest.mark.parametrize("envelope", [{"status": "error"}, {}])
def test_a_refusal_is_the_error_of_its_code_whatever_the_http_status(
    code: str, http_status: int, envelope: dict[str, str]
) -> None:
    body = {**envelope, "error": {"code": code, "description": "no"}}
    with pytest.raises(errors.BankRefusedError) as caught:
        read_response(REFUND, answer(body, http_status))
    error, facts = caught.value, ERROR_CODES[code]
    assert type(error) is facts.error
    assert (error.code, error.description, error.http_status) == (code, "no", http_status)
    assert (error.who, error.may_repeat, error.session_id) == (facts.who, facts.may_repeat, "ps_1")
    assert (error.payer_message, error.merchant_message) == (facts.payer_message, facts.merchant_message)


@pytest.mark.parametrize(
    ("http_status", "expected"), [(400, errors.BankRefusedError), (503, errors.BankUnavailableError)]
)
def test_an_unknown_code_is_kept(http_status: int, expected: type[errors.BankRefusedError]) -> None:
    with pytest.raises(errors.BankRefusedError) as caught:
        read_response(REFUND, answer({"error": {"code": "brand_new"}}, http_status))
    assert type(caught.value) is expected
    assert caught.value.code == "brand_new"
    assert caught.value.may_repeat == "after_status"
    assert caught.value.payer_message
    assert caught.value.merchant_message


def test_a_card_number_in_the_banks_description_is_masked() -> None:
    with pytest.raises(errors.BankRefusedError) as caught:
        read_response(REFUND, answer({"error": {"code": "x", "description": "card 4242424242424242 is bad"}}, 400))
    assert "4242424242424242" not in caught.value.description
    assert "is bad" in caught.value.description


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>"),
        (200, OK[:-5]),
        (200, b"[]"),
        (200, b"{}"),
        (200, b"null"),
        (200, b'{"status":"ok"}'),
        (200, b'{"status":"ok","session":{"id":5}}'),
        (200, b'{"status":"error"}'),
        (200, b'{"status":"error","error":{"code":5}}'),
        (200, b'{"status":"error","error":{"description":"?"}}'),
        (302, OK),
        (400, b"{}"),
        (400, b"Bad Request"),
        (500, OK),
        (502, b"<html>Bad Gateway</html>"),
        (504, b""),
        (200, b"[" * 100_000),
        (200, b"\xff"),
    ],
)
def test_an_answer_that_tells_nothing_is_lost(status: int, body: bytes) -> None:
    with pytest.raises(errors.AnswerLostError) as caught:
        read_response(REFUND, answer(body, status))
    assert caught.value.money_may_have_moved
    assert caught.value.http_status == status
    assert f"HTTP {status}" in str(caught.value)
    assert caught.value.session_id == "ps_1"
    with pytest.raises(errors.AnswerLostError) as caught:
        read_response(STATUS, answer(body, status))
    assert not caught.value.money_may_have_moved


@given(st.binary(max_size=50), st.integers(100, 599))
def test_whatever_comes_is_an_answer_or_one_of_two_errors(body: bytes, status: int) -> None:
    with pytest.raises((errors.AnswerLostError, errors.BankRefusedError)):
        read_response(STATUS, answer(body, status))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT", "Date": "Sun, 06 Nov 1994 08:49:07 GMT"}, 30.0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT", "Date": "Sun, 06 Nov 1994 09:49:07 GMT"}, 0.0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}, None),
        ({"Retry-After": "Sun, 66 Nov 1994 08:49:37 GMT", "Date": "Sun, 06 Nov 1994 08:49:07 GMT"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_the_pause_that_the_bank_asks_for_is_read(headers: dict[str, str], seconds: float | None) -> None:
    response = HttpResponse(429, headers, b"whatever")
    assert retry_after(response.headers) == seconds
    with pytest.raises(errors.RateLimitedError) as caught:
        read_response(STATUS, response)
    assert caught.value.retry_after == seconds


def test_headers_are_found_whatever_their_case() -> None:
    headers = answer(b"", 200, X_Some_Thing="1").headers
    assert headers["x-some-thing"] == headers.get("X-SOME-THING") == "1"
    assert headers.get("other") is None
    assert list(headers) == ["X-Some-Thing"]
    assert len(headers) == 1
