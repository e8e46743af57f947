"""Several operations in one session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.raw_merchant import APPROVE, CHALLENGE, RawMerchant, RefusedError, card, order

Make = Callable[..., RawMerchant]

DECLINED = "4000000000000192"
UNKNOWN = "4000000000000309"


def init(merchant: RawMerchant, payments: list[str], payouts: list[str]) -> str:
    total = {"amount": 1_000, "currency": "rub"}
    session = merchant.call(
        "session/multi/init",
        payment_list=[order(payment_details=card(number)) for number in payments],
        payout_list=[{"payout_details": card(number), "amount_details": total} for number in payouts],
    )
    session_id: str = session["id"]
    return session_id


def results(merchant: RawMerchant, session_id: str) -> list[str]:
    session = merchant.status(session_id)
    return [item["status"] for item in (*session["payment_list"], *session["payout_list"])]


def test_one_confirmation_is_for_all_and_each_operation_has_its_own_end(merchant: RawMerchant) -> None:
    session_id = init(merchant, [APPROVE, CHALLENGE], [APPROVE])
    assert merchant.events() == ["ready_to_confirm"]
    assert merchant.status(session_id)["next_action"] == "confirm"

    merchant.call("session/confirm", session_id=session_id)
    assert merchant.events() == ["payment_finished", "action_required", "payment_finished"]
    assert results(merchant, session_id) == ["succeeded", "pending", "succeeded"]
    assert merchant.status(session_id)["status"] == "in_progress"

    merchant.bank.payer_pass(session_id)
    assert merchant.events() == ["payment_finished"]
    assert merchant.status(session_id)["status"] == "accepted"


@pytest.mark.parametrize("mixed", ["accepted", "cancelled", "error"])
def test_how_a_session_ends_of_which_a_part_failed_is_a_switch(make_merchant: Make, mixed: str) -> None:
    merchant = make_merchant(multi_mixed_session=mixed)
    session_id = init(merchant, [APPROVE], [DECLINED])
    merchant.call("session/confirm", session_id=session_id)

    assert results(merchant, session_id) == ["succeeded", "failed"]
    assert merchant.status(session_id)["status"] == mixed


def test_a_session_of_which_nothing_succeeded_is_cancelled(merchant: RawMerchant) -> None:
    session_id = init(merchant, [DECLINED], [DECLINED])
    merchant.call("session/confirm", session_id=session_id)

    assert merchant.status(session_id)["status"] == "cancelled"


def test_only_the_last_end_may_send_its_webhook(make_merchant: Make) -> None:
    merchant = make_merchant(multi_finished_webhooks="last")
    session_id = init(merchant, [APPROVE, APPROVE], [APPROVE])
    merchant.call("session/confirm", session_id=session_id)

    assert merchant.events() == ["ready_to_confirm", "payment_finished"]
    assert merchant.status(session_id)["status"] == "accepted"


def test_a_part_that_is_not_known_makes_the_whole_unknown_until_it_is(merchant: RawMerchant) -> None:
    session_id = init(merchant, [UNKNOWN], [APPROVE])
    merchant.call("session/confirm", session_id=session_id)
    assert merchant.status(session_id)["status"] == "error"
    merchant.bank.advance(600)

    assert results(merchant, session_id) == ["succeeded", "succeeded"]
    assert merchant.status(session_id)["status"] == "accepted"
    assert "error" not in merchant.status(session_id)


def test_each_unknown_part_turns_out_in_its_own_way(merchant: RawMerchant) -> None:
    session_id = init(merchant, [UNKNOWN, DECLINED], ["4000000000000317"])
    merchant.call("session/confirm", session_id=session_id)
    assert merchant.status(session_id)["error"]["code"] == "provider_timeout"
    merchant.bank.advance(600)

    assert results(merchant, session_id) == ["succeeded", "failed", "failed"]
    assert merchant.status(session_id)["status"] == "accepted"


def test_all_that_waits_is_cancelled_together(merchant: RawMerchant) -> None:
    session_id = init(merchant, [APPROVE], [APPROVE])
    merchant.call("session/cancel", session_id=session_id)

    assert results(merchant, session_id) == ["failed", "failed"]
    assert merchant.status(session_id)["status"] == "cancelled"


def test_several_holds_are_captured_whole(make_merchant: Make) -> None:
    merchant = make_merchant(two_stage=True)
    session_id = init(merchant, [APPROVE, APPROVE], [APPROVE])
    merchant.call("session/confirm", session_id=session_id)
    assert merchant.status(session_id)["next_action"] == "capture"
    with pytest.raises(RefusedError, match="amount_details: expected none"):
        merchant.call("session/capture", session_id=session_id, amount_details={"amount": 1, "currency": "rub"})

    merchant.call("session/capture", session_id=session_id)

    assert merchant.status(session_id)["status"] == "accepted"


@pytest.mark.parametrize("missing", ["payment_list", "payout_list"])
@pytest.mark.parametrize("empty", [None, []])
def test_both_lists_must_have_something(merchant: RawMerchant, missing: str, empty: Any) -> None:
    lists: dict[str, Any] = {
        "payment_list": [order(payment_details=card())],
        "payout_list": [{"payout_details": card(), "amount_details": {"amount": 1, "currency": "rub"}}],
    }
    with pytest.raises(RefusedError, match=f"{missing}: expected a list with at least one"):
        merchant.call("session/multi/init", **(lists | {missing: empty}))


def test_a_part_that_does_not_fit_is_named_and_nothing_is_begun(merchant: RawMerchant) -> None:
    with pytest.raises(RefusedError, match=r"payment_list\[0\]\.payment_details\.type: missing"):
        merchant.call(
            "session/multi/init",
            payment_list=[order(payment_details={})],
            payout_list=[{"payout_details": card(), "amount_details": {"amount": 1, "currency": "rub"}}],
        )
    assert merchant.bank.sessions == {}


def test_a_cancelled_session_is_not_started(make_merchant: Make) -> None:
    merchant = make_merchant(version="v1")
    session_id = merchant.call("session/multi/create/nominal")["id"]
    merchant.call("session/cancel", session_id=session_id)
    kind = "transfer_from_nominal_account"
    transfer = {"type": kind, kind: {"description": "Transfer"}}
    with pytest.raises(RefusedError, match="the session is cancelled"):
        merchant.call(
            "session/multi/start/payment/nominal",
            session_id=session_id,
            **order(),
            payment_details={"type": "internal_transfer", "internal_transfer": transfer},
            payment_method=card(),
            participant_details={"sender": {"beneficiary_id": "7700000000"}},
        )
