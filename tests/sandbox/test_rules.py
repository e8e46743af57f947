"""How payments go on at the bank: orders of steps, ends, time limits, refunds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bank131_async.sandbox.cards import CARDS
from tests.support.raw_merchant import APPROVE, CHALLENGE, RawMerchant, RefusedError, card, order, payments_of

Make = Callable[..., RawMerchant]

NOT_ENROLLED = "4000000000000036"
LIMBO_SUCCESS = "4000000000000309"
LIMBO_FAILURE = "4000000000000317"
DECLINED = "4000000000000192"


# -- the usual orders --------------------------------------------------------------------------------------------------


def test_open_card_with_3d_secure_goes_confirm_then_payer_then_end(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    assert merchant.status(session_id)["status"] == "created"
    assert merchant.events() == []

    answer = merchant.start(session_id, CHALLENGE)
    assert answer["status"] == "in_progress"
    assert "next_action" not in answer
    assert payments_of(answer)[0]["status"] == "in_progress"
    assert merchant.events() == ["ready_to_confirm"]
    assert merchant.status(session_id)["next_action"] == "confirm"
    assert merchant.payment(session_id)["status"] == "pending"

    answer = merchant.call("session/confirm", session_id=session_id)
    assert answer["status"] == "in_progress"
    assert "next_action" not in answer
    assert payments_of(answer)[0]["status"] == "pending"
    assert "customer_interaction" not in payments_of(answer)[0]
    assert merchant.events() == ["action_required"]
    assert merchant.payment(session_id)["customer_interaction"]["type"] == "redirect"

    merchant.bank.payer_pass(session_id)
    assert merchant.events() == ["payment_finished"]
    assert merchant.status(session_id)["status"] == "accepted"
    assert merchant.payment(session_id)["status"] == "succeeded"
    assert "customer_interaction" not in merchant.payment(session_id)


def test_in_the_form_the_payer_acts_before_the_merchant_confirms(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    token = merchant.call("token", version="v1", acquiring_widget={"session_id": session_id})["public_token"]

    merchant.bank.pay_form(token, CHALLENGE)
    assert merchant.events() == ["action_required"]
    merchant.bank.payer_pass(session_id)
    assert merchant.events() == ["ready_to_confirm"]
    merchant.call("session/confirm", session_id=session_id)

    assert merchant.events() == ["payment_finished"]
    assert merchant.payment(session_id)["status"] == "succeeded"


def test_two_stages_hold_the_money_until_it_is_captured(make_merchant: Make) -> None:
    merchant = make_merchant(two_stage=True)
    session_id = merchant.create()
    merchant.start(session_id, APPROVE)
    merchant.call("session/confirm", session_id=session_id)

    assert merchant.events() == ["ready_to_confirm", "ready_to_capture"]
    assert merchant.status(session_id)["next_action"] == "capture"
    assert merchant.payment(session_id)["status"] == "pending"

    answer = merchant.call(
        "session/capture", session_id=session_id, amount_details={"amount": 4_000, "currency": "RUB"}
    )
    assert answer["status"] == "in_progress"
    assert merchant.events() == ["payment_finished"]
    payment = merchant.payment(session_id)
    assert payment["amounts"]["gross"] == {"amount": 4_000, "currency": "rub"}
    assert payment["amount_details"]["amount"] == 10_000
    assert set(merchant.status(session_id)["actions"]) == {"confirm", "capture"}
    ledger = merchant.bank.session(session_id).attempts[0].ledger
    assert (ledger.captured, ledger.released, ledger.held) == (4_000, 6_000, 0)


def test_automatic_confirmation_skips_the_merchants_step(make_merchant: Make) -> None:
    merchant = make_merchant(auto_confirm=True)
    session_id = merchant.create()
    merchant.start(session_id, CHALLENGE)
    merchant.bank.payer_pass(session_id)

    assert merchant.events() == ["action_required", "payment_finished"]


def test_a_card_that_is_not_enrolled_reaches_the_hold_without_the_payer(make_merchant: Make) -> None:
    merchant = make_merchant(two_stage=True)
    session_id = merchant.create()
    merchant.start(session_id, NOT_ENROLLED)
    merchant.call("session/confirm", session_id=session_id)

    assert merchant.events() == ["ready_to_confirm", "ready_to_capture"]


def test_a_card_that_is_not_enrolled_may_be_held_in_one_stage_and_goes_through(make_merchant: Make) -> None:
    merchant = make_merchant(not_enrolled_holds=True)
    session_id = merchant.create()
    merchant.start(session_id, NOT_ENROLLED)
    merchant.call("session/confirm", session_id=session_id)
    assert merchant.events() == ["ready_to_confirm", "ready_to_capture"]

    merchant.bank.advance(5 * 86_400)

    assert merchant.payment(session_id)["status"] == "succeeded"


def test_init_payment_creates_and_starts_in_one_call(merchant: RawMerchant) -> None:
    session = merchant.call("session/init/payment", **order(), payment_details=card())

    assert session["status"] == "in_progress"
    assert payments_of(session)[0]["status"] == "in_progress"
    assert merchant.events() == ["ready_to_confirm"]


def test_what_start_gives_replaces_what_create_gave(merchant: RawMerchant) -> None:
    session_id = merchant.create(metadata="old")
    merchant.call(
        "session/start/payment",
        session_id=session_id,
        payment_details=card(),
        amount_details={"amount": 1, "currency": "usd"},
        metadata="new",
    )

    payment = merchant.payment(session_id)
    assert payment["amount_details"] == {"amount": 1, "currency": "usd"}
    assert payment["metadata"] == "new"
    assert payment["customer"] == {"reference": "customer-1"}


def test_the_banks_working_time_separates_the_steps(make_merchant: Make) -> None:
    merchant = make_merchant(step_delay_s=2.0)
    session_id = merchant.create()
    merchant.start(session_id)
    assert merchant.events() == []

    merchant.bank.advance(1.9)
    assert merchant.events() == []
    merchant.bank.advance(0.2)

    assert merchant.events() == ["ready_to_confirm"]


# -- synchronous payments ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "status", "session_status"),
    [
        (APPROVE, "succeeded", "accepted"),
        (DECLINED, "failed", "cancelled"),
        (CHALLENGE, "pending", "in_progress"),
    ],
)
def test_a_synchronous_payment_answers_with_its_result_and_sends_no_webhook(
    make_merchant: Make, number: str, status: str, session_status: str
) -> None:
    merchant = make_merchant(two_stage=True)  # immediate capture even so

    session = merchant.call("session/init/payment/sync", **order(), payment_details=card(number))

    assert session["status"] == session_status
    assert payments_of(session)[0]["status"] == status
    assert merchant.events() == []


def test_a_synchronous_payment_with_3d_secure_ends_by_status_alone(merchant: RawMerchant) -> None:
    session = merchant.call("session/init/payment/sync", **order(), payment_details=card(CHALLENGE))
    assert payments_of(session)[0]["customer_interaction"]["type"] == "redirect"

    merchant.bank.payer_pass(session["id"])

    assert merchant.payment(session["id"])["status"] == "succeeded"
    assert merchant.events() == []


def test_a_synchronous_payment_needs_a_return_url_and_the_managers_consent(make_merchant: Make) -> None:
    with pytest.raises(RefusedError, match="return_url"):
        make_merchant().call("session/init/payment/sync", **order(payment_options={}), payment_details=card())
    with pytest.raises(RefusedError) as refused:
        make_merchant(sync_enabled=False).call("session/init/payment/sync", **order(), payment_details=card())
    assert refused.value.code == "authorization_error"


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


# -- refunds and chargebacks -------------------------------------------------------------------------------------------


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


# -- commands at the wrong time ----------------------------------------------------------------------------------------


def test_a_command_in_the_wrong_state_says_where_the_session_stands(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    with pytest.raises(RefusedError, match="the session is created; session/confirm expects") as refused:
        merchant.call("session/confirm", session_id=session_id)
    assert (refused.value.status, refused.value.code) == (400, "invalid_request")

    merchant.start(session_id)
    with pytest.raises(RefusedError, match="waits for the merchant's confirm; session/capture expects"):
        merchant.call("session/capture", session_id=session_id)
    merchant.call("session/confirm", session_id=session_id)
    for method in ("confirm", "cancel", "capture"):
        with pytest.raises(RefusedError, match="accepted, its payment: succeeded"):
            merchant.call(f"session/{method}", session_id=session_id)
    with pytest.raises(RefusedError, match="session/start/payment expects"):
        merchant.start(session_id)
