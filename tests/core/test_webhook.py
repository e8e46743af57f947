"""Reading a webhook has three results, whatever the bytes and the header are."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.core.models import Session, SessionStatus, WebhookType
from bank131_async.core.webhook import WebhookEvent, read_webhook
from bank131_async.errors import WebhookPayloadError, WebhookSignatureError
from tests.support.webhooks import BANK, VERIFIER, webhook_body

PAYLOADS = Path(__file__).parent.parent / "payloads"
ABOUT_A_SESSION = [
    "action_required",
    "ready_to_confirm",
    "ready_to_capture",
    "payment_finished",
    "payment_refunded",
]


def read(body: bytes) -> WebhookEvent:
    return read_webhook(body, BANK.sign(body), VERIFIER)


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*webhook*.json")), ids=lambda path: path.stem)
def test_documented_webhooks_are_read(path: Path) -> None:
    body = path.read_bytes()
    event = read(body)
    assert isinstance(event.type, WebhookType)
    assert isinstance(event.session, Session)
    assert event.session_id == json.loads(body)["session"]["id"]
    assert event.body is body
    assert event.digest == sha256(body).digest()


def test_an_unknown_type_is_an_event_and_what_is_unknown_is_kept() -> None:
    event = read(b'{"type":"planet_aligned","session":{"id":"ps_1","orbit":3},"session_payment_id":"ps_0"}')
    assert event.type == "planet_aligned"
    assert not isinstance(event.type, WebhookType)
    assert event.extra == {"session_payment_id": "ps_0"}
    assert event.session is not None
    assert event.session.extra == {"orbit": 3}


@pytest.mark.parametrize("session", ["", ',"session":null', ',"session":{}', ',"session":{"id":""}'])
@pytest.mark.parametrize("type_", ["nominal_topup", "planet_aligned"])
def test_types_that_are_not_about_a_session_need_none(type_: str, session: str) -> None:
    assert read(f'{{"type":"{type_}"{session}}}'.encode()).session_id is None


def test_statuses_are_typed_where_known() -> None:
    event = read(b'{"type":"payment_finished","session":{"id":"ps_1","status":"accepted"}}')
    assert event.session is not None
    assert event.session.status is SessionStatus.accepted


@pytest.mark.parametrize("type_", ABOUT_A_SESSION)
@pytest.mark.parametrize("session", [None, {}, {"id": None}, {"id": ""}, {"status": "accepted"}])
def test_types_about_a_session_are_unreadable_without_its_id(type_: str, session: object) -> None:
    with pytest.raises(WebhookPayloadError, match=r"\$\.session\.id"):
        read(json.dumps({"type": type_, "session": session}).encode())


SECRET = "4242424242424242"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"\xff\xfe",
        b'{"type":"payment_finished","session":{"id":"\xff"}}',
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"type":"x","a":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
        b"{}",
        b'{"session":{"id":"ps_1"}}',
        b'{"type":null,"session":{"id":"ps_1"}}',
        b'{"type":"","session":{"id":"ps_1"}}',
        b'{"type":["payment_finished"],"session":{"id":"ps_1"}}',
        b'{"type":' + SECRET.encode() + b"}",
        b'{"type":"payment_finished","session":"' + SECRET.encode() + b'"}',
        b'{"type":"payment_finished","session":[{"id":"ps_1"}]}',
        b'{"type":"payment_finished","session":{"id":' + SECRET.encode() + b"}}",
        b'{"type":"planet_aligned","session":"' + SECRET.encode() + b'"}',
        b'{"type":"payment_finished","session":{"id":"ps_1","payment_list":{"a":1}}}',
        b'{"type":"payment_finished","session":{"id":"ps_1","updated_at":"yesterday"}}',
        b'{"type":"payment_finished","session":{"id":"ps_1"},"confirm_information":1}',
        b'{"type":"payment_finished","session":{"id":"ps_1"},"a":NaN}',
        b'{"type":"\\ud800"}',
        webhook_body()[:-1],
        webhook_body() + b"{}",
        webhook_body().decode().encode("utf-16"),
    ],
    ids=range(28),
)
def test_what_is_signed_but_wrong_is_a_payload_error_that_quotes_nothing(body: bytes) -> None:
    with pytest.raises(WebhookPayloadError) as caught:
        read(body)
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_integers_of_any_size_are_read() -> None:
    event = read(b'{"type":"planet_aligned","distance":%d}' % 10**40)
    assert event.extra == {"distance": 10**40}


def test_an_integer_too_long_for_python_is_no_crash() -> None:
    with pytest.raises(WebhookPayloadError):
        read(b'{"type":"planet_aligned","distance":%s}' % (b"9" * 10_000))


@pytest.mark.parametrize("body", [webhook_body(), b"[" * 100_000, b"\xff", b""])
@pytest.mark.parametrize("signature", [None, "", "é", "\ud800", "AAAA", BANK.sign(b"other")])
def test_a_bad_signature_comes_first_whatever_the_body(body: bytes, signature: str | None) -> None:
    with pytest.raises(WebhookSignatureError):
        read_webhook(body, signature, VERIFIER)


@given(st.binary() | st.text().map(str.encode), st.none() | st.text())
def test_no_input_of_a_stranger_ends_in_another_exception(body: bytes, signature: str | None) -> None:
    with pytest.raises(WebhookSignatureError):
        read_webhook(body, signature, VERIFIER)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
sessions = st.dictionaries(
    st.sampled_from(["id", "status", "updated_at", "next_action", "error", "payment_list", "payments", "actions"]),
    json_values,
)
bodies = st.fixed_dictionaries(
    {"type": json_values | st.sampled_from(ABOUT_A_SESSION)},
    optional={"session": json_values | sessions, "confirm_information": json_values},
).map(lambda value: json.dumps(value).encode())


@given(st.binary() | bodies)
def test_no_signed_body_ends_in_another_exception(body: bytes) -> None:
    try:
        event = read(body)
    except WebhookPayloadError:
        return
    assert event.type
    assert event.type not in ABOUT_A_SESSION or event.session_id


def test_the_repr_shows_type_and_session_id_only() -> None:
    event = read(webhook_body(note=SECRET))
    assert repr(event) == "WebhookEvent(type='payment_finished', session_id='ps_3230')"


def test_the_same_bytes_are_the_same_event_and_other_bytes_another() -> None:
    event, again, other = read(webhook_body()), read(webhook_body()), read(webhook_body() + b" ")
    assert event == again
    assert len({event, again, other}) == 2
    assert event != webhook_body()
