"""What becomes of webhooks that a fault strikes: on the bank's own clock, without sockets."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from bank131_async.core.signing import Verifier
from bank131_async.errors import WebhookSignatureError
from bank131_async.sandbox import OutgoingWebhook, SandboxBank
from tests.support.raw_merchant import RawMerchant


def types(bank: SandboxBank) -> list[str]:
    return [webhook.type for webhook in bank.take_outbox()]


def is_signed(bank: SandboxBank, webhook: OutgoingWebhook) -> bool:
    try:
        Verifier.from_pem(bank.keys.bank_public_pem).verify(webhook.body, webhook.signature)
    except WebhookSignatureError:
        return False
    return True


def test_a_lost_webhook_is_recorded_and_never_sent_but_by_hand(merchant: RawMerchant) -> None:
    bank = merchant.bank
    bank.faults.add("webhook_lost", method="ready_to_confirm")
    session_id = merchant.paid()

    assert types(bank) == ["payment_finished"]
    (record,) = bank.deliveries(session_id)
    assert (record.webhook.type, record.status, record.error) == ("ready_to_confirm", None, "fault: webhook_lost")
    bank.advance(86_400)
    assert types(bank) == []
    bank.send_webhooks([record.webhook.number])
    assert types(bank) == ["ready_to_confirm"]


def test_a_duplicate_has_the_same_bytes_and_signature(merchant: RawMerchant) -> None:
    merchant.bank.faults.add("webhook_duplicate", count=1)
    merchant.paid()

    first, second, finished = merchant.bank.take_outbox()
    assert (first.type, second.type, finished.type) == ("ready_to_confirm", "ready_to_confirm", "payment_finished")
    assert (first.body, first.signature) == (second.body, second.signature)


def test_a_delayed_webhook_comes_later_on_the_banks_clock_as_it_was(merchant: RawMerchant) -> None:
    bank = merchant.bank
    bank.faults.add("webhook_delayed", method="ready_to_confirm", seconds=60)
    merchant.paid()

    assert types(bank) == ["payment_finished"]
    bank.advance(59.9)
    assert types(bank) == []
    bank.advance(0.1)
    (late,) = bank.take_outbox()
    assert late.type == "ready_to_confirm"
    assert json.loads(late.body)["session"]["next_action"] == "confirm"


def test_a_reordered_webhook_comes_after_the_next_one_of_its_session(merchant: RawMerchant) -> None:
    bank = merchant.bank
    bank.faults.add("webhook_reordered", method="ready_to_confirm", count=1)
    merchant.paid()

    assert types(bank) == ["payment_finished", "ready_to_confirm"]
    bank.advance(60)
    assert types(bank) == []


def test_a_reordered_webhook_without_a_next_one_comes_after_its_time(merchant: RawMerchant) -> None:
    bank = merchant.bank
    bank.faults.add("webhook_reordered", seconds=5)
    merchant.paid()

    assert types(bank) == []
    bank.advance(5)
    assert types(bank) == ["ready_to_confirm", "payment_finished"]


def test_a_wrong_signature_is_followed_by_the_right_one(merchant: RawMerchant) -> None:
    bank = merchant.bank
    bank.faults.add("webhook_wrong_signature", count=1)
    merchant.start(merchant.create())

    (forged,) = bank.take_outbox()
    assert not is_signed(bank, forged)
    bank.delivered(forged, 401)
    bank.advance(10)
    (again,) = bank.take_outbox()
    assert is_signed(bank, again)
    assert (again.number, again.attempt, again.body) == (forged.number, 2, forged.body)


def test_a_webhook_of_an_unknown_type_is_signed_and_comes_before_the_true_one(merchant: RawMerchant) -> None:
    bank = merchant.bank
    bank.faults.add("webhook_unknown_type", count=1)
    session_id = merchant.create()
    merchant.start(session_id)

    unknown, true = bank.take_outbox()
    assert is_signed(bank, unknown)
    assert json.loads(unknown.body)["type"] == unknown.type == "sandbox_unknown_type"
    assert json.loads(unknown.body)["session"]["id"] == session_id
    assert true.type == "ready_to_confirm"


@pytest.mark.parametrize("seconds", [300, -300])
def test_a_skewed_webhook_has_other_times_and_a_right_signature(merchant: RawMerchant, seconds: float) -> None:
    bank = merchant.bank
    bank.faults.add("clock_skew", method="payment_finished", seconds=seconds)
    session_id = merchant.paid()

    _, skewed = bank.take_outbox()
    assert is_signed(bank, skewed)
    shown = datetime.fromisoformat(json.loads(skewed.body)["session"]["updated_at"])
    assert shown == bank.session(session_id).updated_at + timedelta(seconds=seconds)


def test_faults_strike_the_session_they_name(merchant: RawMerchant) -> None:
    first, second = merchant.create(), merchant.create()
    merchant.bank.faults.add("webhook_lost", session_id=second)
    merchant.start(first)
    merchant.start(second)

    assert [webhook.session_id for webhook in merchant.bank.take_outbox()] == [first]
