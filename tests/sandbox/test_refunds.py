"""Refunds and chargebacks: sums that never exceed what was captured, and who is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.raw_merchant import RawMerchant, RefusedError, payments_of

Make = Callable[..., RawMerchant]


def test_a_refund_takes_the_session_back_to_in_progress_and_to_accepted_again(make_merchant: Make) -> None:
    merchant = make_merchant(refund_delay_s=5)
    session_id = merchant.paid()
    merchant.events()

    answer = merchant.call("session/refund", session_id=session_id, metadata={"tag": 1})
    assert answer["status"] == "in_progress"
    payment = payments_of(answer)[0]
    assert payment["status"] == "succeeded"
    assert payment["refunds"][0]["status"] == "in_progress"
    assert payment["refunds"][0]["metadata"] == {"tag": 1}
    assert merchant.events() == []

    merchant.bank.advance(5)
    assert merchant.events() == ["payment_refunded"]
    assert merchant.status(session_id)["status"] == "accepted"
    assert merchant.payment(session_id)["refunds"][0]["status"] == "accepted"


def test_refunds_in_parts_send_a_webhook_each_and_never_exceed_the_sum(merchant: RawMerchant) -> None:
    session_id = merchant.paid()
    merchant.events()
    for _ in range(2):
        merchant.call("session/refund", session_id=session_id, amount_details={"amount": 4_000, "currency": "rub"})

    assert merchant.events() == ["payment_refunded", "payment_refunded"]
    with pytest.raises(RefusedError, match="at most 2000"):
        merchant.call("session/refund", session_id=session_id, amount_details={"amount": 2_001, "currency": "rub"})
    with pytest.raises(RefusedError, match="at most 2000"):
        merchant.call("session/refund", session_id=session_id)  # without an amount: the whole payment
    assert merchant.bank.session(session_id).attempts[0].ledger.refunded == 8_000


def test_only_what_was_captured_can_be_refunded(make_merchant: Make) -> None:
    merchant = make_merchant(two_stage=True, auto_confirm=True)
    session_id = merchant.create()
    merchant.start(session_id)
    with pytest.raises(RefusedError, match="succeeded"):
        merchant.call("session/refund", session_id=session_id)
    merchant.call("session/capture", session_id=session_id, amount_details={"amount": 3_000, "currency": "rub"})

    merchant.call("session/refund", session_id=session_id)

    assert merchant.payment(session_id)["refunds"][0]["amount_details"]["amount"] == 3_000


@pytest.mark.parametrize("method", ["capture", "refund"])
def test_the_currency_must_be_that_of_the_payment(make_merchant: Make, method: str) -> None:
    merchant = make_merchant(two_stage=True, auto_confirm=True)
    session_id = merchant.create()
    merchant.start(session_id)
    if method == "refund":
        merchant.call("session/capture", session_id=session_id)

    with pytest.raises(RefusedError, match="currency: expected rub"):
        merchant.call(f"session/{method}", session_id=session_id, amount_details={"amount": 1, "currency": "usd"})


def test_capture_of_more_than_is_held_is_refused(make_merchant: Make) -> None:
    merchant = make_merchant(two_stage=True, auto_confirm=True)
    session_id = merchant.create()
    merchant.start(session_id)

    with pytest.raises(RefusedError, match="at most 10000"):
        merchant.call("session/capture", session_id=session_id, amount_details={"amount": 10_001, "currency": "rub"})


def test_refund_rules_of_the_project_are_switches(make_merchant: Make) -> None:
    merchant = make_merchant(partial_refunds=False)
    with pytest.raises(RefusedError, match="whole payments only"):
        merchant.call("session/refund", session_id=merchant.paid(), amount_details={"amount": 1, "currency": "rub"})
    merchant = make_merchant(concurrent_refunds=False, refund_delay_s=5, refund_metadata_echoed=False)
    session_id = merchant.paid()
    part = {"amount": 1, "currency": "rub"}
    merchant.call("session/refund", session_id=session_id, amount_details=part, metadata="m")
    assert "metadata" not in merchant.payment(session_id)["refunds"][0]
    with pytest.raises(RefusedError, match="refund under way"):
        merchant.call("session/refund", session_id=session_id, amount_details=part)


def test_a_refund_may_be_declined_and_gives_its_money_back(merchant: RawMerchant) -> None:
    session_id = merchant.paid("4000000000000408")
    merchant.events()
    for _ in range(2):
        merchant.call("session/refund", session_id=session_id)

    assert merchant.events() == ["payment_refunded", "payment_refunded"]
    assert [refund["status"] for refund in merchant.payment(session_id)["refunds"]] == ["declined", "declined"]
    assert merchant.status(session_id)["status"] == "accepted"


def test_a_chargeback_comes_without_a_request_and_says_so(merchant: RawMerchant) -> None:
    session_id = merchant.paid()
    merchant.events()

    merchant.bank.chargeback(session_id, 1_000)
    merchant.bank.chargeback(session_id)

    first, second = merchant.webhooks()
    assert first["type"] == second["type"] == "payment_refunded"
    refunds = payments_of(second["session"])[0]["refunds"]
    assert [refund["is_chargeback"] for refund in refunds] == [True, True]
    assert [refund["amount_details"]["amount"] for refund in refunds] == [1_000, 9_000]
    with pytest.raises(ValueError, match="0 minor units"):
        merchant.bank.chargeback(session_id)


def test_a_session_that_was_never_paid_cannot_be_charged_back(merchant: RawMerchant) -> None:
    with pytest.raises(ValueError, match="0 minor units"):
        merchant.bank.chargeback(merchant.create())
