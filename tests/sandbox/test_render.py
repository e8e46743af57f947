"""The wire shapes of sessions, compared with documented payloads and with the SDK's own strict reading."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from bank131_async.core.codec import decode
from bank131_async.core.models import SessionAnswer
from bank131_async.sandbox.render import dumps
from tests.support.bank_ways import DELIVERIES, WAYS
from tests.support.raw_merchant import APPROVE, CHALLENGE, RawMerchant, card, order, payments_of

Make = Callable[..., RawMerchant]
PAYLOADS = Path(__file__).parent.parent / "payloads"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def shape(value: Any) -> Any:
    """Keys and types, without values."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value).__name__


def lacks(documented: Any, ours: Any, path: str = "") -> list[str]:
    """Paths of the documented shape that ours does not have, or has with another type."""
    if isinstance(documented, dict) and isinstance(ours, dict):
        return [
            problem
            for name, item in documented.items()
            for problem in (lacks(item, ours[name], f"{path}.{name}") if name in ours else [f"{path}.{name}"])
        ]
    if isinstance(documented, list) and isinstance(ours, list):
        return [problem for at, item in enumerate(documented) for problem in lacks(item, ours[at], f"{path}[{at}]")]
    return [] if documented == ours else [path]


def documented(name: str) -> Any:
    return shape(json.loads((PAYLOADS / f"{name}.json").read_bytes()))


def test_the_answers_to_confirm_cancel_and_refund_have_the_documented_shape(merchant: RawMerchant) -> None:
    body = order(metadata='{"key":"value"}')
    answers = {}
    for command in ("confirm", "cancel"):
        session_id = merchant.call("session/init/payment", **body, payment_details=card())["id"]
        answers[command] = merchant.call(f"session/{command}", version="v1", session_id=session_id)
    session_id = merchant.paid(metadata='{"key":"value"}')
    answers["refund"] = merchant.call("session/refund", version="v1", session_id=session_id, metadata='{"key":"value"}')

    for command, session in answers.items():
        ours = shape({"status": "ok", "session": session})
        assert lacks(documented(f"response-session-{command}-php-1"), ours) == []


def test_a_chargeback_has_the_documented_shape(make_merchant: Make) -> None:
    merchant = make_merchant(webhook_names="v1")
    session_id = merchant.paid(metadata="m")
    merchant.events()
    merchant.bank.chargeback(session_id)

    (webhook,) = merchant.webhooks()
    session = documented("response-session-chargeback-php-1")["session"]
    del session["acquiring_payments"][0]["refunds"][0]["metadata"]  # the merchant's; a chargeback has none
    assert lacks(session, shape(webhook["session"])) == []
    assert lacks(documented("webhook-payment_refunded-php-1"), shape(webhook)) == []


def test_a_token_answer_has_the_documented_shape(merchant: RawMerchant) -> None:
    answer = merchant.call("token", version="v1", acquiring_widget={"session_id": merchant.create()})

    assert shape(answer) == documented("response-token-php-1")


def test_every_body_of_a_payments_life_is_read_strictly_and_without_unknown_fields(make_merchant: Make) -> None:
    merchant = make_merchant(two_stage=True)
    session_id = merchant.create(payment_options={"return_url": "https://shop.example/", "recurrent": True})
    merchant.start(session_id, CHALLENGE)
    merchant.call("session/confirm", session_id=session_id)
    merchant.bank.payer_pass(session_id)
    merchant.call("session/capture", session_id=session_id)
    merchant.call("session/refund", session_id=session_id)

    bodies = [{"status": "ok", "session": webhook["session"]} for webhook in merchant.webhooks()]
    assert len(bodies) == 5
    for body in bodies:
        session = decode(SessionAnswer, json.dumps(body).encode()).session
        assert session is not None
        assert not session.extra
        (payment,) = session.payment_list
        assert not payment.extra
    assert payment.recurrent is not None
    assert payment.transaction_info is not None


def unknown_fields(value: object, path: str = "session") -> list[str]:
    """Where the SDK's models, which read strictly, found fields that they do not know."""
    if isinstance(value, tuple):
        return [found for at, item in enumerate(value) for found in unknown_fields(item, f"{path}[{at}]")]
    if not attrs.has(type(value)):
        return []
    here = [path] if getattr(value, "extra", None) else []
    inner = [unknown_fields(getattr(value, item.name), f"{path}.{item.name}") for item in attrs.fields(type(value))]
    return [*here, *(found for some in inner for found in some)]


def strictly_read(webhook: Any) -> tuple[str, list[str]]:
    """The webhook's type, and what in its session was unknown."""
    answer = decode(SessionAnswer, json.dumps({"status": "ok", "session": webhook["session"]}).encode())
    return webhook["type"], unknown_fields(answer.session)


@pytest.mark.parametrize("names", ["v1", "v2"])
@pytest.mark.parametrize("way", WAYS)
def test_a_payment_by_every_way_is_read_strictly(make_merchant: Make, way: str, names: str) -> None:
    merchant = make_merchant(webhook_names=names, auto_confirm=True)
    details, interaction = WAYS[way]
    options = {"platform_details": {"type": "desktop"}}
    session = merchant.call("session/init/payment", **order(payment_options=options), payment_details=details)
    if interaction is not None:
        merchant.bank.payer_pass(session["id"])

    asked = [("action_required", [])] if interaction is not None else []
    assert [strictly_read(webhook) for webhook in merchant.webhooks()] == [*asked, ("payment_finished", [])]


@pytest.mark.parametrize("names", ["v1", "v2"])
@pytest.mark.parametrize("way", DELIVERIES)
def test_a_payout_by_every_way_is_read_strictly(make_merchant: Make, way: str, names: str) -> None:
    merchant = make_merchant(webhook_names=names)
    total = {"amount": 1, "currency": "rub"}
    session = merchant.call("session/init/payout", payout_details=DELIVERIES[way], amount_details=total)
    merchant.call("session/confirm", session_id=session["id"])
    comes_back = not way.startswith("fps")
    if comes_back:
        merchant.bank.return_payout(session["id"])

    returned = [("payment_refunded", [])] if comes_back else []
    assert [strictly_read(webhook) for webhook in merchant.webhooks()] == [
        ("ready_to_confirm", []), ("payment_finished", []), *returned
    ]  # fmt: skip


def test_ids_and_times_look_like_the_banks(merchant: RawMerchant) -> None:
    session_id = merchant.paid()
    merchant.call("session/refund", session_id=session_id)
    session = merchant.status(session_id)
    payment = payments_of(session)[0]
    refund = payment["refunds"][0]

    assert re.fullmatch(r"ps_\d+", session["id"])
    assert re.fullmatch(r"pm_\d+", payment["id"])
    assert re.fullmatch(r"rf_\d+", refund["id"])
    for item in (session, payment, refund):
        for name in ("created_at", "finished_at"):
            assert TIME.fullmatch(item[name])
    assert TIME.fullmatch(session["actions"]["confirm"])


def test_updated_at_grows_with_every_change(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    times = [merchant.status(session_id)["updated_at"]]
    merchant.start(session_id, CHALLENGE)
    times += [webhook["session"]["updated_at"] for webhook in merchant.webhooks()]
    merchant.call("session/confirm", session_id=session_id)
    times += [webhook["session"]["updated_at"] for webhook in merchant.webhooks()]
    merchant.bank.payer_pass(session_id)
    times += [webhook["session"]["updated_at"] for webhook in merchant.webhooks()]
    merchant.call("session/refund", session_id=session_id)
    times.append(merchant.status(session_id)["updated_at"])

    assert times == sorted(set(times))
    assert len(times) == 5


@pytest.mark.parametrize(
    ("mode", "check"),
    [
        ("coarse", lambda session: session["updated_at"] == "2026-03-01T12:00:00Z"),
        ("equal", lambda session: session["updated_at"] == session["created_at"]),
        ("missing", lambda session: "updated_at" not in session and "updated_at" not in payments_of(session)[0]),
    ],
)
def test_updated_at_can_be_made_useless(make_merchant: Make, mode: str, check: Callable[[Any], bool]) -> None:
    merchant = make_merchant(updated_at=mode)

    assert check(merchant.status(merchant.paid()))


@pytest.mark.parametrize("in_webhook", [False, True])
@pytest.mark.parametrize("in_status", [False, True])
def test_next_action_of_a_hold_is_shown_where_the_switches_say(
    make_merchant: Make, in_webhook: bool, in_status: bool
) -> None:
    merchant = make_merchant(
        two_stage=True,
        auto_confirm=True,
        next_action_in_ready_to_capture=in_webhook,
        next_action_in_held_status=in_status,
    )
    session_id = merchant.create()
    merchant.start(session_id)

    (webhook,) = merchant.webhooks()
    assert webhook["type"] == "ready_to_capture"
    assert ("next_action" in webhook["session"]) == in_webhook
    assert ("next_action" in merchant.status(session_id)) == in_status
    merchant.call("session/capture", session_id=session_id)  # possible all the same
    assert merchant.payment(session_id)["status"] == "succeeded"


def test_the_status_between_steps_is_a_switch(make_merchant: Make) -> None:
    for switch in ("pending", "in_progress"):
        merchant = make_merchant(between_steps_status=switch)
        session_id = merchant.create()
        merchant.start(session_id)
        answer = merchant.call("session/confirm", session_id=session_id)
        assert payments_of(answer)[0]["status"] == switch


def test_actions_amounts_and_the_captured_amount_are_switches(make_merchant: Make) -> None:
    merchant = make_merchant(two_stage=True, show_actions=False, show_amounts=False, capture_changes_amount=True)
    session_id = merchant.create()
    merchant.start(session_id)
    merchant.call("session/confirm", session_id=session_id)
    merchant.call("session/capture", session_id=session_id, amount_details={"amount": 1, "currency": "rub"})

    session = merchant.status(session_id)
    assert "actions" not in session
    assert "amounts" not in payments_of(session)[0]
    assert payments_of(session)[0]["amount_details"]["amount"] == 1


def test_the_redirect_leads_by_get_with_a_query_or_by_post_with_params(make_merchant: Make) -> None:
    for method in ("GET", "POST"):
        merchant = make_merchant(auto_confirm=True, redirect_method=method)
        session_id = merchant.create()
        merchant.start(session_id, CHALLENGE)
        interaction = merchant.payment(session_id)["customer_interaction"]
        assert interaction["type"] == "redirect"
        redirect = interaction["redirect"]
        assert redirect["method"] == method
        assert redirect["base_url"] == "http://bank131.test/3ds"
        if method == "GET":
            assert redirect["url"] == f"{redirect['base_url']}?id={redirect['qs']['id']}"
        else:
            assert redirect["url"] == redirect["base_url"]
            assert set(redirect["params"]) == {"MD"}


def test_no_card_number_or_code_is_ever_written(merchant: RawMerchant) -> None:
    session_id = merchant.paid(APPROVE)
    number, code = APPROVE.encode(), b'"123"'

    for webhook in merchant.bank.take_outbox():
        assert number not in webhook.body
        assert code not in webhook.body
    assert APPROVE not in repr(merchant.bank.session(session_id))
    assert APPROVE not in json.dumps(merchant.status(session_id))


def test_a_php_bank_escapes_slashes_and_non_ascii(make_merchant: Make) -> None:
    merchant = make_merchant(json_style="php")
    merchant.call("session/init/payment", **order(metadata="да/нет"), payment_details=card())

    (webhook,) = merchant.bank.take_outbox()
    assert b'"\\u0434\\u0430\\/\\u043d\\u0435\\u0442"' in webhook.body
    assert merchant.read(webhook)["session"]["payment_list"][0]["metadata"] == "да/нет"


def test_plain_json_is_compact_utf8() -> None:
    assert dumps({"a": "я/", "b": [1]}) == '{"a":"я/","b":[1]}'.encode()
