"""Every kind of operation can be seen and driven by hand: payouts, several operations, checks, other ways of paying."""

from __future__ import annotations

from typing import Any

import pytest

from bank131_async.sandbox.control import ControlPlane
from tests.support.bank_ways import AMOUNT, DELIVERIES, WAYS
from tests.support.control import Remote
from tests.support.raw_merchant import APPROVE, CHALLENGE, RawMerchant, card, order

PEOPLE = {"Host": "localhost", "Accept": "text/html"}


@pytest.fixture
def remote(merchant: RawMerchant) -> Remote:
    return Remote(merchant.bank)


def names(remote: Remote, session_id: str) -> set[str]:
    return {f"{action['who']}/{action['name']}" for action in remote("GET", f"/sessions/{session_id}")["actions"]}


def page(merchant: RawMerchant, session_id: str) -> str:
    answer = ControlPlane(merchant.bank).handle("GET", f"/_sandbox/sessions/{session_id}", "", PEOPLE, b"")
    assert answer.status == 200
    return answer.body.decode()


def started(merchant: RawMerchant, details: dict[str, Any]) -> str:
    options = {"return_url": "https://shop.example/back", "platform_details": {"type": "desktop"}}
    session_id = merchant.create(payment_options=options)
    merchant.call("session/start/payment", session_id=session_id, payment_details=details)
    if merchant.status(session_id).get("next_action") == "confirm":
        merchant.call("session/confirm", session_id=session_id)
    return session_id


@pytest.mark.parametrize("kind", DELIVERIES)
def test_a_payout_is_shown_and_may_come_back(merchant: RawMerchant, remote: Remote, kind: str) -> None:
    session_id = merchant.call("session/create")["id"]
    merchant.call("session/start/payout", session_id=session_id, payout_details=DELIVERIES[kind], amount_details=AMOUNT)
    merchant.call("session/confirm", session_id=session_id)
    (operation,) = remote("GET", f"/sessions/{session_id}")["operations"]

    assert (operation["kind"], operation["stage"]) == ("payout", "succeeded")
    assert f"Payout {operation['id']}" in page(merchant, session_id)
    assert "bank/chargeback" not in names(remote, session_id)
    if "bank/return" in names(remote, session_id):
        remote("POST", f"/sessions/{session_id}/bank", action="return")
        assert remote("GET", f"/sessions/{session_id}")["ledger"]["refunded"] == AMOUNT["amount"]


@pytest.mark.parametrize("kind", WAYS)
def test_a_payment_by_every_way_is_shown_and_paid_by_hand(merchant: RawMerchant, remote: Remote, kind: str) -> None:
    session_id = started(merchant, WAYS[kind][0])

    assert session_id in page(merchant, session_id)
    open_now = names(remote, session_id) & {"payer/pass", "payer/pay"}
    for action in open_now:
        remote("POST", f"/sessions/{session_id}/payer", action=action.partition("/")[2])
    assert merchant.status(session_id)["status"] == "accepted"


def test_the_payer_of_a_qr_code_is_led_to_its_page(merchant: RawMerchant, remote: Remote) -> None:
    session_id = started(merchant, {"type": "faster_payment_system", "faster_payment_system": {}})
    shown = remote("GET", f"/sessions/{session_id}")

    assert shown["payers_page"] == merchant.payment(session_id)["customer_interaction"]["inform"]["qr"]["content"]
    assert {"payer/pay", "payer/refuse"} <= names(remote, session_id)
    remote("POST", f"/sessions/{session_id}/payer", action="refuse")
    assert remote("GET", f"/sessions/{session_id}")["payers_page"] is None


def test_several_operations_of_one_session_are_shown_each_with_its_money(merchant: RawMerchant, remote: Remote) -> None:
    session_id = merchant.call(
        "session/multi/init",
        payment_list=[order(payment_details=card(APPROVE)), order(payment_details=card(CHALLENGE))],
        payout_list=[{"payout_details": card(APPROVE), "amount_details": AMOUNT}],
    )["id"]
    merchant.call("session/confirm", session_id=session_id)
    shown = remote("GET", f"/sessions/{session_id}")

    assert [(item["kind"], item["ledger"]["captured"]) for item in shown["operations"]] == [
        ("payment", 10_000), ("payment", 0), ("payout", AMOUNT["amount"]),
    ]  # fmt: skip
    assert {"payer/pass", "bank/chargeback", "bank/return"} <= names(remote, session_id)
    assert all(
        f"{item['kind'].capitalize()} {item['id']}" in page(merchant, session_id) for item in shown["operations"]
    )


@pytest.mark.parametrize(("action", "status"), [("accept_refund", "accepted"), ("decline_refund", "declined")])
def test_a_refund_in_error_is_ended_by_hand(merchant: RawMerchant, remote: Remote, action: str, status: str) -> None:
    session_id = merchant.paid("4000000000000416")
    merchant.call("session/refund", session_id=session_id)
    (refund,) = merchant.payment(session_id)["refunds"]
    assert f"bank/{action}" in names(remote, session_id)

    remote("POST", f"/sessions/{session_id}/bank", action=action, refund_id=refund["id"])
    assert merchant.payment(session_id)["refunds"][0]["status"] == status


def test_a_check_of_an_account_has_no_amount(merchant: RawMerchant, remote: Remote) -> None:
    system = "faster_payment_system_verification"
    account = {"system_type": system, system: {"phone": "79261234567", "bank_id": "100000000069"}}
    session_id = merchant.call(
        "fps/customer_verification",
        payout_details={"type": "bank_account", "bank_account": account},
        participant_details={"recipient": {"first_name": "Ivan", "last_name": "Ivanov", "middle_name": "Ivanovich"}},
    )["id"]

    assert remote("GET", f"/sessions/{session_id}")["amount_details"] is None
    assert session_id in page(merchant, session_id)
