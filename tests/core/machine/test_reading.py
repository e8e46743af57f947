"""How one snapshot is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bank131_async.core.machine import Cancelled, Facts, Failed, Phase, Succeeded, Trouble
from tests.support.journals import OPENED, Stream, folded, hook, item, redirect, refund, session, told, webhook

_ERROR = {"code": "3DS_error", "description": "failed"}


def _status(made: dict[str, Any]) -> Facts:
    return folded(OPENED, told(made, 1))


@pytest.mark.parametrize(
    ("made", "phase"),
    [
        (session("created"), Phase.CREATED),
        (session("in_progress"), Phase.IN_PROGRESS),
        (session("dreaming", item("dreaming")), Phase.IN_PROGRESS),
        (session("created", item("in_progress")), Phase.IN_PROGRESS),
        (session("in_progress", item("in_progress"), next_action="confirm"), Phase.READY_TO_CONFIRM),
        (session("in_progress", item(customer_interaction=redirect()), next_action="confirm"), Phase.READY_TO_CONFIRM),
        (session("in_progress", item(), next_action="capture"), Phase.READY_TO_CAPTURE),
        (session("in_progress", item(), next_action="dance"), Phase.IN_PROGRESS),
        (session("in_progress", item(customer_interaction=redirect())), Phase.ACTION_REQUIRED),
        (session("in_progress", item("failed", customer_interaction=redirect())), Phase.IN_PROGRESS),
        (session("accepted", item("pending")), Phase.IN_PROGRESS),
        (session("error", item("failed")), Phase.OUTCOME_UNKNOWN),
        (session("error", item("failed", error={"code": "provider_timeout"})), Phase.OUTCOME_UNKNOWN),
        (session("error", item("pending")), Phase.OUTCOME_UNKNOWN),
        (session("error"), Phase.OUTCOME_UNKNOWN),
    ],
)
def test_the_phase_that_an_answer_shows(made: dict[str, Any], phase: Phase) -> None:
    assert _status(made).phase is phase
    assert _status(made).outcome is None


@pytest.mark.parametrize(
    ("made", "outcome"),
    [
        (session("accepted", item("succeeded")), Succeeded(attempt="pm_1")),
        (session("in_progress", item("succeeded")), Succeeded(attempt="pm_1")),
        (session(None, item("succeeded", None)), Succeeded(attempt="#0")),
        (session("error", item("succeeded")), Succeeded(attempt="pm_1")),
        (session("cancelled"), Cancelled("unknown")),
        (session("canceled", item("pending")), Cancelled("unknown")),
        (session("cancelled", item("failed")), Cancelled("unknown")),
        (session("cancelled", item("failed", error={"code": "confirm_timeout"})), Cancelled("time_limit")),
        (session("cancelled", item("failed"), error={"code": "capture_timeout"}), Cancelled("time_limit")),
        (session("cancelled", error={"code": "confirm_timeout"}), Cancelled("time_limit")),
    ],
)
def test_the_end_that_an_answer_shows(made: dict[str, Any], outcome: object) -> None:
    assert _status(made).outcome == outcome


@pytest.mark.parametrize("status", ["cancelled", "accepted", "error"])
def test_a_failed_item_of_a_session_that_ended_has_failed_with_the_banks_reason(status: str) -> None:
    outcome = _status(session(status, item("failed", error=_ERROR))).outcome
    assert isinstance(outcome, Failed)
    assert (outcome.error and outcome.error.code, outcome.attempt) == ("3DS_error", "pm_1")


def test_the_sessions_error_stands_in_where_the_item_has_none() -> None:
    outcome = _status(session("cancelled", item("failed"), error=_ERROR)).outcome
    assert isinstance(outcome, Failed)
    assert outcome.error is not None


def test_failed_beats_cancelled() -> None:
    plain, because = session("cancelled", item("failed")), session("cancelled", item("failed", error=_ERROR))
    assert isinstance(folded(OPENED, told(plain, 1), told(because, 2)).outcome, Failed)
    assert isinstance(folded(OPENED, told(because, 1), told(plain, 2)).outcome, Failed)


def test_an_error_session_marks_no_attempt_failed_so_that_a_later_success_is_no_conflict() -> None:
    unknown = session("error", item("failed", error={"code": "provider_timeout"}), t=1)
    facts = folded(OPENED, told(unknown, 1), told(session("accepted", item("succeeded"), t=2), 2))
    assert facts.outcome == Succeeded(attempt="pm_1")
    assert facts.conflict is None
    assert facts.attempts[0].error is None


def test_the_live_item_is_the_one_that_the_bank_is_at_wherever_it_stands_in_the_list() -> None:
    facts = _status(session("in_progress", item("pending", "pm_2"), item("failed"), next_action="confirm"))
    assert (facts.phase, facts.attempt) == (Phase.READY_TO_CONFIRM, "pm_2")


@pytest.mark.parametrize(
    ("event_type", "made"),
    [
        ("ready_to_confirm", session("in_progress", item("succeeded"))),
        ("ready_to_confirm", session("in_progress", item("failed"))),
        ("ready_to_confirm", session("in_progress", item(), next_action="capture")),
        ("ready_to_confirm", session("cancelled", item("pending"))),
        ("ready_to_capture", session("in_progress", item(), next_action="confirm")),
        ("ready_to_capture", session("accepted", item("succeeded"))),
        ("action_required", session("in_progress", item("failed", customer_interaction=redirect()))),
        ("action_required", session("in_progress", item("pending", refunds=[refund("rf_1")]))),
        ("payment_finished", session("in_progress", item("pending"))),
        ("payment_finished", session("created")),
        ("payment_finished", session("in_progress", item("failed"), item("pending", "pm_2"))),
        ("payment_refunded", session("accepted", item("succeeded"))),
        ("payment_refunded", session("created")),
    ],
)
def test_what_type_and_body_disagree_on_is_not_believed_and_asked(event_type: str, made: dict[str, Any]) -> None:
    before = folded(OPENED)
    facts = folded(OPENED, hook(event_type, made))
    assert facts.growing == before.growing
    assert facts.question_open
    assert not facts.readings


@pytest.mark.parametrize(
    ("event_type", "made"),
    [
        ("ready_to_confirm", session("in_progress", item())),
        ("action_required", session("in_progress", item())),
        ("action_required", session("in_progress", item(), next_action="confirm")),
        ("ready_to_capture", session("in_progress", item("in_progress"))),
        ("ready_to_capture", session("in_progress", item(customer_interaction=redirect()))),
    ],
)
def test_a_type_that_says_more_than_its_body_is_asked_about(event_type: str, made: dict[str, Any]) -> None:
    facts = folded(OPENED, hook(event_type, made))
    assert facts.question_open
    assert facts.attempts != ()


def test_a_snapshot_that_tells_nothing_settles_nothing() -> None:
    assert folded(OPENED, told(session(None), 1)).question_open
    assert folded(OPENED, hook("odd", session(None))).question_open


def test_an_unknown_type_is_read_by_its_body() -> None:
    assert folded(OPENED, hook("brand_new", session("accepted", item("succeeded")))).has_succeeded


def test_both_kinds_in_one_session_are_a_conflict() -> None:
    made = session("in_progress", item())
    made["payout_list"] = [item("pending", "po_1")]
    facts = folded(OPENED, hook("brand_new", made))
    assert facts.troubles == (Trouble.OTHER_KIND,)
    assert facts.attempt == "pm_1"


def test_an_unknown_refund_status_counts_as_under_way() -> None:
    facts = _status(session("accepted", item("succeeded", refunds=[refund("rf_1", "dreaming")])))
    assert facts.refund_under_way


def test_a_repeated_refund_list_of_a_minimal_client_body_is_read_without_ids() -> None:
    bare = {"status": "accepted", "amount_details": {"amount": 1, "currency": "rub"}}
    assert [one.id for one in _status(session("accepted", item("succeeded", refunds=[bare]))).refunds] == ["pm_1#0"]


# bodies as they were met


def test_bodies_that_were_met_in_the_wild(repository: Path) -> None:
    def read(name: str, event_type: str) -> Facts:
        body = (repository / "tests" / "payloads" / name).read_bytes()
        return Stream(OPENED, webhook(event_type, body)).facts

    assert read("webhook-payment_finished-client-2.json", "payment_finished").outcome == Succeeded(attempt="#0")
    assert read("webhook-payment_finished-fps-client-1.json", "payment_finished").outcome == Succeeded(
        attempt="pm_400003"
    )
    assert read("webhook-payment_finished-php-1.json", "payment_finished").question_open
    assert read("webhook-payment_refunded-php-1.json", "payment_refunded").question_open
    assert read("webhook-ready_to_confirm-client-2.json", "ready_to_confirm").question_open
    assert read("platform-webhook-ready_to_confirm-2.json", "ready_to_confirm").phase is Phase.READY_TO_CONFIRM
