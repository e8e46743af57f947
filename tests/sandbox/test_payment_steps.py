"""How payments go on at the bank: the orders of steps, and commands at the wrong time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.raw_merchant import APPROVE, CHALLENGE, DECLINED, RawMerchant, RefusedError, card, order, payments_of

Make = Callable[..., RawMerchant]

NOT_ENROLLED = "4000000000000036"


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
