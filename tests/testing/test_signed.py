"""Webhooks signed for the test of a route."""

from __future__ import annotations

import pytest

from bank131_async.core.models import WebhookType
from bank131_async.core.signing import Verifier
from bank131_async.core.webhook import read_webhook
from bank131_async.errors import WebhookSignatureError
from bank131_async.sandbox.keyring import process_keys
from bank131_async.testing import factories, sign_webhook

KEYS = process_keys()
VERIFIER = Verifier.from_pem(KEYS.bank_public_pem)


@pytest.mark.parametrize("type_", [*WebhookType, "a_type_of_tomorrow"])
def test_a_webhook_of_any_type_reads_as_the_banks(type_: str) -> None:
    webhook = sign_webhook(KEYS.bank, type_)
    event = read_webhook(webhook.body, webhook.headers["X-PARTNER-SIGN"], VERIFIER)

    assert (event.type, event.session_id) == (type_, "ps_1001")


def test_type_and_session_agree() -> None:
    sessions = {
        type_: read_webhook((made := sign_webhook(KEYS.bank, type_)).body, made.signature, VERIFIER).session
        for type_ in WebhookType
    }

    assert sessions[WebhookType.ready_to_confirm].next_action == "confirm"
    assert sessions[WebhookType.ready_to_capture].next_action == "capture"
    assert sessions[WebhookType.action_required].payment_list[0].customer_interaction is not None
    assert sessions[WebhookType.payment_refunded].payment_list[0].refunds[0].status == "accepted"
    assert sessions[WebhookType.payment_finished].status == "accepted"


def test_a_session_of_ones_own_and_further_fields_are_taken() -> None:
    webhook = sign_webhook(
        KEYS.bank,
        "ready_to_confirm",
        factories.session(id="ps_7"),
        confirm_information=factories.confirm_information(),
    )
    event = read_webhook(webhook.body, webhook.signature, VERIFIER)

    assert event.session_id == "ps_7"
    assert event.confirm_information == factories.confirm_information()


def test_a_forged_webhook_is_refused_and_no_repr_shows_a_signature() -> None:
    webhook = sign_webhook(KEYS.bank, "payment_finished")
    forged = webhook.forged()

    with pytest.raises(WebhookSignatureError):
        read_webhook(forged.body, forged.signature, VERIFIER)
    assert webhook.signature not in repr(webhook)
