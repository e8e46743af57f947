"""How payments end at the bank unless all goes well: declines, session error, cancelling, time limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bank131_async.sandbox.cards import CARDS
from tests.support.raw_merchant import APPROVE, CHALLENGE, DECLINED, RawMerchant, RefusedError, card, order, payments_of

Make = Callable[..., RawMerchant]

LIMBO_SUCCESS = "4000000000000309"
LIMBO_FAILURE = "4000000000000317"


# -- how payments fail -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("test_card", [item for item in CARDS if item.declined], ids=lambda item: item.outcome)
def test_each_declining_card_fails_with_its_code(merchant: RawMerchant, test_card: Any) -> None:
    session_id = merchant.paid(test_card.number)

    payment = merchant.payment(session_id)
    assert payment["status"] == "failed"
    assert payment["error"]["code"] == test_card.declined
    assert merchant.status(session_id)["status"] == "cancelled"
    assert merchant.bank.session(session_id).attempts[0].ledger.captured == 0


@pytest.mark.parametrize("test_card", CARDS, ids=lambda item: f"{item.outcome}-{item.last4}")
def test_every_card_of_the_table_does_what_its_outcome_says(merchant: RawMerchant, test_card: Any) -> None:
    session_id = merchant.create()
    merchant.start(session_id, test_card.number)
    merchant.call("session/confirm", session_id=session_id)
    asked = "customer_interaction" in merchant.payment(session_id)
    assert asked == (test_card.outcome == "challenge")
    if asked:
        merchant.bank.payer_pass(session_id)

    ends = {"decline": "cancelled", "error_then_success": "error", "error_then_failure": "error"}
    assert merchant.status(session_id)["status"] == ends.get(test_card.outcome.partition(":")[0], "accepted")


def test_a_payer_who_fails_3d_secure_ends_the_payment(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    merchant.start(session_id, CHALLENGE)
    merchant.call("session/confirm", session_id=session_id)
    merchant.bank.payer_fail(session_id)

    assert merchant.payment(session_id)["error"]["code"] == "3DS_error"
    assert merchant.status(session_id)["status"] == "cancelled"


def test_a_project_may_show_a_decline_as_session_error(make_merchant: Make) -> None:
    merchant = make_merchant(declined_session="error")
    session_id = merchant.paid(DECLINED)

    assert merchant.status(session_id)["status"] == "error"
    assert merchant.payment(session_id)["status"] == "failed"


@pytest.mark.parametrize(("error_on", "levels"), [("payment", "p"), ("session", "s"), ("both", "sp")])
def test_the_error_is_shown_where_the_switch_says(make_merchant: Make, error_on: str, levels: str) -> None:
    merchant = make_merchant(error_on=error_on)
    session_id = merchant.paid(DECLINED)

    session = merchant.status(session_id)
    assert ("error" in session) == ("s" in levels)
    assert ("error" in payments_of(session)[0]) == ("p" in levels)


def test_where_a_failed_attempt_leaves_the_session_open_another_may_follow(make_merchant: Make) -> None:
    merchant = make_merchant(failed_attempt_ends_session=False)
    session_id = merchant.paid(DECLINED)
    session = merchant.status(session_id)
    assert session["status"] == "in_progress"
    assert "next_action" not in session
    assert payments_of(session)[0]["status"] == "failed"

    merchant.start(session_id, APPROVE)
    merchant.call("session/confirm", session_id=session_id)

    session = merchant.status(session_id)
    assert session["status"] == "accepted"
    assert [payment["status"] for payment in payments_of(session)] == ["failed", "succeeded"]


def test_the_error_of_a_failed_attempt_leaves_the_session_with_the_next(make_merchant: Make) -> None:
    merchant = make_merchant(failed_attempt_ends_session=False, error_on="session")
    session_id = merchant.paid(DECLINED)
    assert merchant.status(session_id)["error"]["code"] == "provider_issuer_unavailable"

    merchant.start(session_id, APPROVE)

    assert "error" not in merchant.status(session_id)


def test_an_open_session_without_a_further_attempt_is_cancelled_in_the_end(make_merchant: Make) -> None:
    merchant = make_merchant(failed_attempt_ends_session=False, action_limit_s=100)
    session_id = merchant.paid(DECLINED)

    merchant.bank.advance(101)

    assert merchant.status(session_id)["status"] == "cancelled"


def test_past_cards_are_declined_only_if_the_switch_says_so(make_merchant: Make) -> None:
    details = card(expiration_month="01", expiration_year="22")
    for switch, status in ((False, "succeeded"), (True, "failed")):
        merchant = make_merchant(auto_confirm=True, check_expiry=switch)
        session_id = merchant.call("session/init/payment", **order(), payment_details=details)["id"]
        assert merchant.payment(session_id)["status"] == status


# -- session error -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "status", "session_status"),
    [(LIMBO_SUCCESS, "succeeded", "accepted"), (LIMBO_FAILURE, "failed", "cancelled")],
)
def test_a_session_in_error_gets_its_end_later(
    merchant: RawMerchant, number: str, status: str, session_status: str
) -> None:
    session_id = merchant.paid(number)
    assert merchant.status(session_id)["status"] == "error"
    assert merchant.status(session_id)["error"]["code"] == "provider_timeout"
    assert merchant.payment(session_id)["status"] == "failed"
    assert merchant.events() == ["ready_to_confirm", "payment_finished"]

    merchant.bank.advance(600)

    assert merchant.status(session_id)["status"] == session_status
    assert merchant.payment(session_id)["status"] == status
    assert merchant.events() == ["payment_finished"]
    assert "error" not in merchant.status(session_id)


@pytest.mark.parametrize("result", ["success", "failure"])
def test_a_session_in_error_can_be_resolved_by_hand_and_only_once(merchant: RawMerchant, result: Any) -> None:
    session_id = merchant.paid(LIMBO_FAILURE)
    merchant.bank.resolve_error(session_id, result)
    ended = merchant.status(session_id)["status"]

    merchant.bank.advance(10_000)

    assert merchant.status(session_id)["status"] == ended == ("accepted" if result == "success" else "cancelled")
    with pytest.raises(ValueError, match="not unknown"):
        merchant.bank.resolve_error(session_id, "success")


@pytest.mark.parametrize("item", ["failed", "pending", "in_progress"])
def test_the_payment_of_a_session_in_error_reads_as_the_switch_says(make_merchant: Make, item: str) -> None:
    merchant = make_merchant(unknown_item_status=item)
    session_id = merchant.paid(LIMBO_SUCCESS)

    assert merchant.payment(session_id)["status"] == item
    assert ("error" in merchant.payment(session_id)) == (item == "failed")


def test_nothing_may_be_done_to_a_session_in_error(merchant: RawMerchant) -> None:
    session_id = merchant.paid(LIMBO_SUCCESS)

    for method in ("confirm", "cancel", "capture", "refund"):
        with pytest.raises(RefusedError, match="the session is error"):
            merchant.call(f"session/{method}", session_id=session_id)
    with pytest.raises(RefusedError):
        merchant.start(session_id)


# -- cancelling --------------------------------------------------------------------------------------------------------


def test_a_created_session_is_cancelled_at_once(merchant: RawMerchant) -> None:
    session_id = merchant.create()

    assert merchant.call("session/cancel", session_id=session_id)["status"] == "cancelled"
    assert merchant.events() == []
    with pytest.raises(RefusedError, match="cancelled"):
        merchant.start(session_id)


def test_the_webhook_for_a_cancelled_empty_session_is_a_switch(make_merchant: Make) -> None:
    merchant = make_merchant(finished_webhook_for_unstarted=True)
    merchant.call("session/cancel", session_id=merchant.create())

    (webhook,) = merchant.webhooks()
    assert webhook["type"] == "payment_finished"
    assert payments_of(webhook["session"]) == []


def test_the_answer_to_cancel_is_not_the_end(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    merchant.start(session_id)
    merchant.events()

    answer = merchant.call("session/cancel", session_id=session_id)

    assert answer["status"] == "in_progress"
    assert payments_of(answer)[0]["status"] == "pending"
    assert merchant.events() == ["payment_finished"]
    assert merchant.status(session_id)["status"] == "cancelled"
    assert merchant.payment(session_id)["status"] == "failed"
    assert "error" not in merchant.payment(session_id)


def test_a_hold_can_be_cancelled_and_is_released(make_merchant: Make) -> None:
    merchant = make_merchant(two_stage=True)
    session_id = merchant.create()
    merchant.start(session_id)
    merchant.call("session/confirm", session_id=session_id)
    merchant.call("session/cancel", session_id=session_id)

    ledger = merchant.bank.session(session_id).attempts[0].ledger
    assert (ledger.authorised, ledger.captured, ledger.released) == (10_000, 0, 10_000)
    assert merchant.status(session_id)["status"] == "cancelled"


def test_cancel_is_refused_while_the_payer_acts(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    merchant.start(session_id, CHALLENGE)
    merchant.call("session/confirm", session_id=session_id)

    with pytest.raises(RefusedError, match="waits for the payer"):
        merchant.call("session/cancel", session_id=session_id)


# -- time limits -------------------------------------------------------------------------------------------------------


def test_a_payment_nobody_confirms_is_cancelled_after_240_minutes(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    merchant.start(session_id)

    merchant.bank.advance(240 * 60 - 1)
    assert merchant.status(session_id)["status"] == "in_progress"
    merchant.bank.advance(1)

    assert merchant.status(session_id)["status"] == "cancelled"
    assert merchant.payment(session_id)["error"]["code"] == "confirm_timeout"


@pytest.mark.parametrize("code", [None, "3DS_error"])
def test_a_payer_who_does_not_act_within_60_minutes_is_too_late(make_merchant: Make, code: str | None) -> None:
    merchant = make_merchant(auto_confirm=True, action_timeout_code=code)
    session_id = merchant.create()
    merchant.start(session_id, CHALLENGE)

    merchant.bank.advance(60 * 60)

    assert merchant.status(session_id)["status"] == "cancelled"
    assert merchant.payment(session_id).get("error", {}).get("code") == code
    with pytest.raises(ValueError, match="no payer"):
        merchant.bank.payer_pass(session_id)


@pytest.mark.parametrize(
    ("hold_end", "status", "code"), [("release", "failed", "capture_timeout"), ("debit", "succeeded", None)]
)
def test_a_hold_ends_as_the_project_has_agreed(
    make_merchant: Make, hold_end: str, status: str, code: str | None
) -> None:
    merchant = make_merchant(two_stage=True, auto_confirm=True, hold_end=hold_end, hold_s=100)
    session_id = merchant.create()
    merchant.start(session_id)
    merchant.events()

    merchant.bank.advance(100)

    assert merchant.events() == ["payment_finished"]
    assert merchant.payment(session_id)["status"] == status
    assert merchant.payment(session_id).get("error", {}).get("code") == code


def test_a_time_limit_of_an_earlier_step_does_not_fire_later(make_merchant: Make) -> None:
    merchant = make_merchant(two_stage=True, confirm_limit_s=10, hold_s=1_000)
    session_id = merchant.create()
    merchant.start(session_id)
    merchant.bank.advance(9)
    merchant.call("session/confirm", session_id=session_id)

    merchant.bank.advance(500)

    assert merchant.status(session_id)["next_action"] == "capture"


def test_a_created_session_waits_for_ever_unless_the_switch_limits_it(make_merchant: Make) -> None:
    for limit, status in ((None, "created"), (3_600, "cancelled")):
        merchant = make_merchant(created_limit_s=limit)
        session_id = merchant.create()
        merchant.bank.advance(1_000_000)
        assert merchant.status(session_id)["status"] == status


def test_a_limit_that_passed_unnoticed_is_dated_at_its_own_time(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    merchant.start(session_id)
    started = merchant.bank.session(session_id).updated_at

    merchant.bank.advance(7 * 86_400)

    assert merchant.bank.session(session_id).updated_at - started < timedelta(minutes=241)
