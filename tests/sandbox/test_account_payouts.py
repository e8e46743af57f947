"""Payouts from escrow and settlement accounts: their senders, and what is confirmed with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.bank_ways import AMOUNT, RU, SENDERS, account, to_card
from tests.support.raw_merchant import RawMerchant, RefusedError, order
from tests.support.raw_payouts import payout

Make = Callable[..., RawMerchant]
PAYLOADS = Path(__file__).parent.parent / "payloads"


@pytest.mark.parametrize("family", SENDERS)
def test_a_payout_from_an_account_is_confirmed_with_what_the_webhook_brought(make_merchant: Make, family: str) -> None:
    merchant = make_merchant(version="v1", webhook_names="v1")
    session_id = merchant.call(f"session/create/{family}", metadata="order-1001")["id"]
    merchant.call(
        f"session/start/payout/{family}",
        session_id=session_id,
        payment_method=account(),
        amount_details=AMOUNT,
        participant_details={"sender": SENDERS[family]},
    )
    (webhook,) = merchant.webhooks()
    transfer = webhook["confirm_information"]["transfer_details"]
    assert transfer["payment_method"] == RU
    assert transfer["amount"] == AMOUNT
    assert transfer["recipient"]["account_number"] == RU["account"]

    with pytest.raises(RefusedError, match="confirm_information: missing"):
        merchant.call("session/confirm", session_id=session_id)
    changed = {"transfer_details": transfer | {"purpose": "something else"}}
    with pytest.raises(RefusedError, match="confirm_information: expected what the webhook"):
        merchant.call("session/confirm", session_id=session_id, confirm_information=changed)
    merchant.call("session/confirm", session_id=session_id, confirm_information=webhook["confirm_information"])

    assert payout(merchant, session_id)["status"] == "succeeded"
    paid_from = merchant.bank.account(*([SENDERS["rko"]["account"]] if family == "rko" else []))
    assert paid_from.balance == 1_000_000_000 - 12_000
    assert merchant.bank.wallet().balance == 1_000_000_000


def test_the_documented_payout_from_a_settlement_account_is_made(make_merchant: Make) -> None:
    merchant = make_merchant(version="v1", confirm_information_required=False)
    created = (PAYLOADS / "request-session-create-rko-docs-1.json").read_bytes()
    body = json.loads((PAYLOADS / "request-session-start-payout-rko-docs-1.json").read_bytes())
    body["session_id"] = merchant.send("session/create/rko", created)["session"]["id"]
    merchant.call("session/start/payout/rko", **body)
    merchant.call("session/confirm", session_id=body["session_id"])

    assert merchant.status(body["session_id"])["status"] == "accepted"


@pytest.mark.parametrize("family", SENDERS)
def test_a_payout_from_an_account_names_its_sender(make_merchant: Make, family: str) -> None:
    merchant = make_merchant(version="v1")
    with pytest.raises(RefusedError, match=f"participant_details.sender.{next(iter(SENDERS[family]))}: missing"):
        merchant.call(f"session/init/payout/{family}", payment_method=account(), amount_details=AMOUNT)


def test_a_session_is_started_by_the_methods_of_its_own_family(make_merchant: Make) -> None:
    merchant = make_merchant(version="v1")
    session_id = merchant.call("session/create/nominal")["id"]

    with pytest.raises(RefusedError, match="made by session/create/nominal"):
        merchant.call("session/start/payout", session_id=session_id, payment_method=account(), amount_details=AMOUNT)


@pytest.mark.parametrize("family", SENDERS)
def test_a_payout_to_a_card_from_an_account_is_a_transfer_and_a_payout_in_one_session(
    make_merchant: Make, family: str
) -> None:
    merchant = make_merchant(version="v1", webhook_names="v1")
    kind = "transfer_from_nominal_account" if family == "nominal" else "transfer_from_bank_account"
    transfer = {"type": kind, kind: {"description": "Transfer under the offer agreement"}}
    session_id = merchant.call(f"session/multi/create/{family}", metadata="good")["id"]
    merchant.call(
        f"session/multi/start/payment/{family}",
        session_id=session_id,
        **order(),
        payment_details={"type": "internal_transfer", "internal_transfer": transfer},
        payment_method=to_card(),
        participant_details={"sender": {"full_name": "Company", "beneficiary_id": "7700000000"}},
    )
    (webhook,) = merchant.webhooks()
    assert webhook["type"] == "ready_to_confirm"
    assert len(webhook["session"]["acquiring_payments"]) == len(webhook["session"]["payments"]) == 1

    merchant.call("session/confirm", session_id=session_id, confirm_information=webhook["confirm_information"])

    session = merchant.status(session_id)
    assert session["status"] == "accepted"
    assert session["acquiring_payments"][0]["status"] == session["payments"][0]["status"] == "succeeded"
