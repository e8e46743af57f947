"""Secrets are found by name and by looks; everything else, and the shape, stays as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.core.codec import decode, loads
from bank131_async.core.models import JsonValue, SessionAnswer, WebhookBody
from bank131_async.core.redact import mask_pan, mask_text, passes_luhn, redact_body, redact_json
from tests.support.keys import OTHER_PRIVATE_PEM

PAN = "4242424242424242"
MASKED = "424242******4242"


def check_digit(digits: str) -> str:
    return next(digit for digit in "0123456789" if passes_luhn(digits + digit))


pans = st.from_regex(r"\A[2-9][0-9]{11,17}\Z").map(lambda digits: digits + check_digit(digits))
gaps = st.sampled_from(["", " ", "-", "\u00a0", "\u2009", "\u2013"])


@pytest.mark.parametrize(
    ("number", "is_right"),
    [
        (PAN, True),
        ("5555555555554444", True),
        ("2200000000000053", True),
        ("378282246310005", True),
        ("79927398713", True),
        ("4242424242424241", False),
        ("4224424242424242", False),
    ],
)
def test_the_check_digit_is_judged_as_the_card_schemes_do(number: str, is_right: bool) -> None:
    assert passes_luhn(number) is is_right


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        (PAN, MASKED),
        ("4242 4242-4242 4242", MASKED),
        ("4111111111111112", "411111******1112"),
        ("6200000000000000003", "620000*********0003"),
        ("4242", "***"),
        ("not a number", "***"),
        (MASKED, MASKED),
        ("****4242", "****4242"),
        ("", ""),
    ],
)
def test_a_card_number_keeps_six_and_four_digits(number: str, masked: str) -> None:
    assert mask_pan(number) == masked
    assert mask_pan(masked) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"paid with {PAN}, thanks", f"paid with {MASKED}, thanks"),
        ("4242 4242 4242 4242 12/30 123", f"{MASKED} 12/30 123"),
        ("99 4242-4242-4242-4242", "99 " + MASKED),
        ("4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2", MASKED),
        (f"{PAN},{PAN}", f"{MASKED},{MASKED}"),
        (f"карта{PAN}конец", f"карта{MASKED}конец"),
        (f'{{"pan":"{PAN}"}}', f'{{"pan":"{MASKED}"}}'),
        (f"before {OTHER_PRIVATE_PEM} after", "before ***\n after"),
        (OTHER_PRIVATE_PEM[:300], "***"),
    ],
)
def test_card_numbers_and_private_keys_are_found_in_free_text(text: str, masked: str) -> None:
    assert mask_text(text) == masked
    assert mask_text(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-01T10:00:00.123456Z",
        "2025-03-01 10:00:00",
        "1732300000004",  # milliseconds since 1970 that happen to pass the check
        "4242424242424241",
        "40817810500000000016",  # a bank account
        "+7 900 123-45-67",
        "ps_3230",
        "123456789012",
        "0070009210199",
        "*" * 16,
        MASKED,
    ],
)
def test_what_is_no_card_number_stays(text: str) -> None:
    assert mask_text(text) == text


@given(pans, st.text(alphabet=st.characters(exclude_categories=["Nd", "Cs"])), st.lists(gaps, min_size=19, max_size=19))
def test_no_card_number_survives_in_any_text(pan: str, around: str, between: list[str]) -> None:
    spaced = "".join(digit + gap for digit, gap in zip(pan, between, strict=False)).rstrip(" -\u00a0\u2009\u2013")
    masked = mask_text(f"{around}x{spaced}x{around}")
    assert masked == f"{around}x{mask_pan(pan)}x{around}"


def in_metadata(value: JsonValue) -> dict[str, JsonValue]:
    return {"session": {"payment_list": [{"metadata": value}]}}


@pytest.mark.parametrize(
    ("value", "redacted"),
    [
        (
            {"bank_card": {"number": PAN, "expiration_month": "12", "expiration_year": "30", "security_code": "123",
                           "cardholder_name": "IVAN IVANOV"}},
            {"bank_card": {"number": MASKED, "expiration_month": "***", "expiration_year": "***",
                           "security_code": "***", "cardholder_name": "***"}},
        ),
        ({"number": "4111111111111112"}, {"number": "411111******1112"}),
        ({"number": int(PAN)}, {"number": "***"}),
        ({"card_number": "4111111111111112"}, {"card_number": "411111******1112"}),
        ({"elements": [{"cardNumber": "0000000000000001"}]}, {"elements": [{"cardNumber": "000000******0001"}]}),
        ({"recurrent": {"token": "a" * 64, "is_active": True}}, {"recurrent": {"token": "***", "is_active": True}}),
        ({"apple_pay": {"token": {"data": ["x", 1, None]}}}, {"apple_pay": {"token": {"data": ["***", "***", None]}}}),
        ({"public_token": "x", "number_hash": "y", "expiration_date_hash": "z"},
         {"public_token": "***", "number_hash": "***", "expiration_date_hash": "***"}),
        ({"transaction_info": {"external_subscription_token": "x", "rrn": "1"}},
         {"transaction_info": {"external_subscription_token": "***", "rrn": "1"}}),
        ({"X-PARTNER-SIGN": "abc=", "X-PARTNER-PROJECT": "p"}, {"X-PARTNER-SIGN": "***", "X-PARTNER-PROJECT": "p"}),
        ({"Number": PAN, "securityCode": "123", "Security-Code": "123", "CVC2": 123, "cvv": ""},
         {"Number": MASKED, "securityCode": "***", "Security-Code": "***", "CVC2": "***", "cvv": ""}),
        ({"token": None, "number_hash": "", "number": None}, {"token": None, "number_hash": "", "number": None}),
        ({"description": f"order 7, card {PAN}"}, {"description": f"order 7, card {MASKED}"}),
        ({PAN: 1}, {MASKED: 1}),
        (in_metadata(int(PAN)), in_metadata(MASKED)),
        (in_metadata([{"a": {"id": PAN}}]), in_metadata([{"a": {"id": MASKED}}])),
        ({"paymentMetadata": [int(PAN)]}, {"paymentMetadata": [MASKED]}),
    ],
)  # fmt: skip
def test_secrets_are_replaced(value: JsonValue, redacted: JsonValue) -> None:
    assert redact_json(value) == redacted
    assert redact_json(redacted) == redacted
    for data in (json.dumps(value).encode(), json.dumps(value, indent="\t").encode()):
        assert loads(redact_body(data)) == redacted


@pytest.mark.parametrize(
    "value",
    [
        {"card": {"card_id": PAN, "last4": "4242", "brand": "visa", "bin": "424242", "country_iso3": "RUS"}},
        {"session": {"id": PAN, "status": "accepted"}, "session_id": PAN},
        {"amount_details": {"amount": int(PAN), "currency": "rub"}},
        {"tax_details": {"period": {"type": "quarter", "number": 2}}},
        {"payment_options": {"expiration_at": "2025-03-01 10:00:00"}, "reject_reasons": [{"expiration_date": "2025"}]},
        {"auth_code": "123456", "swift_bic_code": "TICSRUMM", "account_number": "40817810500000000016"},
        {"type": "tokenized_card", "token_type": "x", "hash_algorithm": "y", "numbers": ["1"]},
        {"type": "public_token"},
        in_metadata({"_b131": PAN, "order": 7, "at": 1732300000004}),
        in_metadata('{"order": 7}'),
        {"is_token": True},
    ],
)
def test_what_only_looks_similar_stays(value: JsonValue) -> None:
    assert redact_json(value) == value


def test_a_body_without_secrets_is_returned_as_the_same_object() -> None:
    body = json.dumps(
        {"session": {"id": "ps_1", "updated_at": "2025-03-01T10:00:00.123456+03:00"}, "note": "оплата https:\\/\\/a"}
    ).encode()
    assert redact_body(body) is body
    assert redact_body(b"") == b""


@pytest.mark.parametrize(
    ("body", "redacted"),
    [
        (b'{"\\u0074oken": "secret"}', {"token": "***"}),
        (b'{"securit\\u0079_code":"secret"}', {"security_code": "***"}),
        (b'{"note": "\\u0034242424242424242"}', {"note": MASKED}),
        (b'{"note": "4242\\u00a04242\\u00a04242\\u00204242"}', {"note": MASKED}),
        (b'{"note": "4242\\u20094242\\u20094242\\u20094242"}', {"note": MASKED}),
        (b'{"token": "secret", "token": null}', {"token": None}),
        (b'{"NUMBER_HASH"\n\t : "secret"}', {"NUMBER_HASH": "***"}),
        (b'{"note": "-----BEGIN RSA PRIVATE KEY-----\\nsecret"}', {"note": "***"}),
    ],
)
def test_no_spelling_hides_a_secret(body: bytes, redacted: JsonValue) -> None:
    assert loads(redact_body(body)) == redacted
    assert b"secret" not in redact_body(body)


@pytest.mark.parametrize(
    "name",
    ["number", "security_code", "cvc", "CVV", "cvc2", "cvv2", "expiration_month", "expiration_year", "cardholder_name",
     "X-PARTNER-SIGN", "token", "public_token", "number_hash", "expirationDateHash", "_-token -_"],
)  # fmt: skip
def test_every_secret_name_is_found_where_it_stands_alone(name: str) -> None:
    assert loads(redact_body(json.dumps({name: "secret"}).encode())) == {name: "***"}


@pytest.mark.parametrize(
    "body",
    [
        b'{"token": "secret"',
        b"<html>" + PAN.encode(),
        b'{"token": "secret\xff"}',
        b'{"a": ' * 300 + b'"token": "secret"',
        b'{"token": "\\ud800 secret"}',
    ],
)
def test_what_cannot_be_parsed_and_may_hold_a_secret_is_hidden_whole(body: bytes) -> None:
    assert loads(redact_body(body)) in (f"*** {len(body)} bytes", {"token": "***"})


def test_text_that_is_no_json_and_holds_no_secret_stays() -> None:
    assert redact_body(b"<html>502 Bad Gateway</html>") == b"<html>502 Bad Gateway</html>"


PAYLOADS = sorted((Path(__file__).parent.parent / "payloads").glob("*.json"))


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_every_documented_body_keeps_its_shape(path: Path) -> None:
    def shape(value: JsonValue) -> object:
        if isinstance(value, dict):
            return {key: shape(item) for key, item in value.items()}
        return [shape(item) for item in value] if isinstance(value, list) else type(value)

    body = path.read_bytes()
    redacted = redact_body(body)
    assert shape(loads(redacted)) == shape(loads(body))
    model = WebhookBody if "webhook" in path.name else SessionAnswer
    if "session" in path.name and "request" not in path.name:
        assert decode(model, redacted).session is not None


names = st.sampled_from(["number", "token", "security_code", "Number_Hash", "CVC", "metadata", "id", "_b131", "note"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | pans
    | pans.map(int),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(values, st.booleans())
def test_the_quick_look_never_misses_what_redaction_would_change(value: JsonValue, escaped: bool) -> None:
    body = json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    try:
        expected = redact_json(loads(body))
    except ValueError:
        return
    assert loads(redact_body(body)) == expected


@given(values)
def test_redacting_again_changes_nothing(value: JsonValue) -> None:
    once = redact_json(value)
    assert redact_json(once) == once
