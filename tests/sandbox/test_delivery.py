"""When webhooks are sent again, and what is recorded of each sending."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from bank131_async.sandbox import OutgoingWebhook, Settings, delivery
from bank131_async.sandbox.delivery import pause_before
from tests.support.raw_merchant import RawMerchant, card, order, payments_of

Make = Callable[..., RawMerchant]


def first_webhook(merchant: RawMerchant) -> OutgoingWebhook:
    merchant.call("session/init/payment", **order(), payment_details=card())
    (webhook,) = merchant.bank.take_outbox()
    return webhook


def test_an_answer_of_200_ends_a_delivery(merchant: RawMerchant) -> None:
    webhook = first_webhook(merchant)

    merchant.bank.delivered(webhook, 200, answer=b"ok")
    merchant.bank.advance(3_600)

    assert merchant.bank.take_outbox() == []
    (record,) = merchant.bank.webhook_log
    assert (record.webhook, record.status, record.error, record.answer) == (webhook, 200, None, b"ok")


@pytest.mark.parametrize("status", [None, 201, 204, 301, 400, 404, 500, 503])
def test_anything_but_200_is_sent_again_with_the_same_bytes(merchant: RawMerchant, status: int | None) -> None:
    webhook = first_webhook(merchant)
    merchant.bank.delivered(webhook, status, error=None if status else "no answer")

    merchant.bank.advance(9.9)
    assert merchant.bank.take_outbox() == []
    merchant.bank.advance(0.1)

    (again,) = merchant.bank.take_outbox()
    assert (again.number, again.attempt) == (webhook.number, 2)
    assert (again.body, again.signature) == (webhook.body, webhook.signature)


def test_pauses_grow_up_to_15_minutes_and_end_after_30(merchant: RawMerchant) -> None:
    webhook = first_webhook(merchant)
    sent_at = [merchant.bank.now()]
    while True:
        merchant.bank.delivered(webhook, 500)
        merchant.bank.advance(15 * 60)
        waiting = merchant.bank.take_outbox()
        if not waiting:
            break
        (webhook,) = waiting
        sent_at.append(webhook.due_at)

    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(sent_at)]
    assert len(pauses) == len(merchant.bank.webhook_log) - 1
    assert sum(pauses) <= 30 * 60


def test_the_schedule_is_ten_seconds_doubled_and_capped() -> None:
    settings = Settings()

    pauses = [pause_before(attempt, settings) for attempt in range(2, 12)]

    assert pauses == [10, 20, 40, 80, 160, 320, 640, 900, 900, 900]
    assert pause_before(10_000, settings) == 900


def test_nothing_is_sent_after_the_end(make_merchant: Make) -> None:
    merchant = make_merchant(resend_first_s=60, resend_factor=1, resend_end_s=150)
    webhook = first_webhook(merchant)
    attempts = []
    for _ in range(10):
        merchant.bank.delivered(webhook, 500)
        merchant.bank.advance(60)
        for webhook in merchant.bank.take_outbox():
            attempts.append(webhook.attempt)

    assert 2 in attempts
    assert max(attempts) == 3


def test_a_repetition_may_be_rendered_anew(make_merchant: Make) -> None:
    for resend_body, status in (("same", "pending"), ("fresh", "succeeded")):
        merchant = make_merchant(resend_body=resend_body)
        webhook = first_webhook(merchant)
        merchant.call("session/confirm", session_id=webhook.session_id)
        merchant.bank.take_outbox()
        merchant.bank.delivered(webhook, None)
        merchant.bank.advance(10)

        (again,) = merchant.bank.take_outbox()
        body = merchant.read(again)
        assert body["type"] == "ready_to_confirm"
        assert payments_of(body["session"])[0]["status"] == status


def test_webhooks_of_a_session_can_be_sent_once_more(merchant: RawMerchant) -> None:
    first, second = merchant.paid(), merchant.paid()
    merchant.events()

    assert merchant.bank.resend_webhooks(first) == 2
    assert merchant.events() == ["ready_to_confirm", "payment_finished"]
    assert merchant.bank.resend_webhooks() == 4
    assert [webhook.session_id for webhook in merchant.bank.take_outbox()] == [first, first, second, second]


def test_a_project_without_webhooks_sends_none(make_merchant: Make) -> None:
    merchant = make_merchant(webhooks=False)
    session_id = merchant.paid()

    assert merchant.events() == []
    assert merchant.status(session_id)["status"] == "accepted"


def test_a_webhook_shows_the_session_as_it_was_at_its_event(merchant: RawMerchant) -> None:
    merchant.paid()

    first, second = merchant.webhooks()
    assert payments_of(first["session"])[0]["status"] == "pending"
    assert payments_of(second["session"])[0]["status"] == "succeeded"


def test_the_headers_are_the_banks_and_the_repr_shows_no_signature(merchant: RawMerchant) -> None:
    webhook = first_webhook(merchant)

    headers: dict[str, Any] = webhook.headers
    assert headers == {"Content-Type": "application/json", "X-PARTNER-SIGN": webhook.signature}
    assert webhook.signature not in repr(webhook)


def test_of_very_many_webhooks_the_last_ones_are_kept(merchant: RawMerchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "KEPT", 3)
    merchant.paid()
    merchant.paid()
    merchant.bank.resend_webhooks()

    assert list(merchant.bank.webhooks) == [2, 3, 4]


def test_a_forged_sending_is_not_repeated_with_the_right_signature(merchant: RawMerchant) -> None:
    webhook = first_webhook(merchant)
    merchant.bank.delivered(webhook, 200)
    merchant.bank.send_webhooks([webhook.number], forged=True)
    (forged,) = merchant.bank.take_outbox()
    assert forged.signature != webhook.signature
    merchant.bank.delivered(forged, 401)
    merchant.bank.advance(86_400)

    assert [item for item in merchant.bank.take_outbox() if item.number == webhook.number] == []
