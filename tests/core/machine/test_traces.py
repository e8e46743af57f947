"""Traces that break naive designs; the numbers are those of the list that the design was tried against."""

from __future__ import annotations

from itertools import permutations

import pytest

from bank131_async.core.machine import (
    Answered,
    Append,
    AskPerson,
    AskStatus,
    AttemptFailed,
    Command,
    Conflict,
    Failed,
    Illegal,
    Lost,
    MachineSettings,
    Opened,
    Phase,
    Resend,
    Resolved,
    Stay,
    Succeeded,
    steps_of,
)
from tests.support.journals import OPENED, Stream, folded, hook, item, redirect, refund, session, told

_ACTION = item(customer_interaction=redirect())
_HOUR = 3600.0


def _asks(stream: Stream) -> bool:
    return any(isinstance(order, AskStatus) for order in stream.orders())


def _settled(stream: Stream) -> list[tuple[str, str]]:
    """Resolutions that the planner orders."""
    entries = [order.entry for order in stream.orders() if isinstance(order, Append)]
    return [(entry.intent, entry.how) for entry in entries if isinstance(entry, Resolved)]


# order of news


@pytest.mark.parametrize("t", [None, 5])
def test_trace_1_with_equal_or_missing_times_the_payment_of_the_form_comes_to_be_confirmed(t: int | None) -> None:
    stream = Stream(OPENED, hook("action_required", session("in_progress", _ACTION, t=t)))
    ready = session("in_progress", item(), t=t, next_action="confirm")
    stream.add(hook("ready_to_confirm", ready))
    assert (stream.facts.phase, _asks(stream)) == (Phase.IN_PROGRESS, True)
    stream.status(ready)
    assert stream.facts.phase is Phase.READY_TO_CONFIRM
    assert stream.wish(Command.confirm) == Stay()


@pytest.mark.parametrize("t", [None, 5])
def test_trace_2_with_equal_or_missing_times_the_payer_is_redirected_after_a_confirm_of_unknown_fate(
    t: int | None,
) -> None:
    stream = Stream(OPENED, hook("ready_to_confirm", session("in_progress", item(), t=t, next_action="confirm")))
    stream.intend(Command.confirm)
    stream.add(Lost(intent="i1", reason="timeout"))
    stream.add(hook("action_required", session("in_progress", _ACTION, t=t)))
    stream.status(session("in_progress", _ACTION, t=t))
    assert stream.facts.phase is Phase.ACTION_REQUIRED
    assert steps_of(stream.facts)[0].attempt == "pm_1"
    assert _settled(stream) == [("i1", "done")]


def test_trace_3_times_and_their_lack_are_not_mixed_into_an_order() -> None:
    first = hook("action_required", session("in_progress", _ACTION, t=1))
    second = hook("ready_to_capture", session("in_progress", item()))
    third = hook("ready_to_confirm", session("in_progress", item(), t=2, next_action="confirm"))
    ways = [folded(OPENED, *order) for order in permutations([first, second, third])]
    assert {facts.phase for facts in ways} == {Phase.IN_PROGRESS}
    assert all(facts.question_open for facts in ways)
    assert all(facts.growing == ways[0].growing for facts in ways)
    for order in permutations([first, second, third]):
        facts = folded(OPENED, *order, told(session("in_progress", item(), t=2, next_action="confirm"), 4))
        assert facts.phase is Phase.READY_TO_CONFIRM


def test_trace_4_ready_to_confirm_with_a_succeeded_payment_inside_is_no_success() -> None:
    body = session(None, item("succeeded", None))
    stream = Stream(OPENED, hook("ready_to_confirm", body))
    assert stream.facts.outcome is None
    assert stream.facts.attempts == ()
    assert _asks(stream)


def test_trace_5_payment_finished_without_items_is_no_result() -> None:
    stream = Stream(OPENED, hook("payment_finished", session("created", t=1)))
    assert stream.facts.outcome is None
    assert _asks(stream)
    stream.status(session("created", t=1))
    assert stream.facts.phase is Phase.CREATED
    assert not _asks(stream)


def test_trace_6_failure_and_success_in_either_order_are_one_success_with_a_conflict() -> None:
    failed = hook("payment_finished", session("cancelled", item("failed", error={"code": "x"}), t=1))
    succeeded = hook("payment_finished", session("accepted", item("succeeded"), t=2))
    one, other = folded(OPENED, failed, succeeded), folded(OPENED, succeeded, failed)
    assert one.growing == other.growing
    assert one.outcome == Succeeded(attempt="pm_1")
    assert one.conflict is not None
    assert isinstance(Stream(OPENED, failed, succeeded).verdict, Conflict)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_trace_7_a_hold_known_by_type_survives_a_newer_silent_answer(order: tuple[int, ...]) -> None:
    stream = Stream(OPENED)
    news = [hook("ready_to_capture", session("in_progress", item(), t=1)), None]
    for at in order:
        entry = news[at]
        if entry is None:
            stream.status(session("in_progress", item(), t=2))
        else:
            stream.add(entry)
    assert stream.facts.phase is Phase.READY_TO_CAPTURE
    assert stream.wish(Command.capture) == Stay()
    stream.intend(Command.capture)
    stream.add(Answered(intent="i1"))
    stream.status(session("in_progress", item(), t=3))
    assert stream.facts.phase is Phase.IN_PROGRESS


def test_trace_7_with_the_webhook_lost_capture_is_still_possible() -> None:
    stream = Stream(OPENED)
    stream.status(session("in_progress", item(), t=2))
    assert stream.facts.phase is Phase.IN_PROGRESS
    assert stream.wish(Command.capture) == Stay()
    assert stream.wish(Command.cancel) == Stay()


def test_trace_8_a_refund_takes_the_session_back_and_the_payment_stays_succeeded_in_any_order() -> None:
    finished = hook("payment_finished", session("accepted", item("succeeded"), t=1))
    running = hook(
        "payment_refunded", session("in_progress", item("succeeded", refunds=[refund("rf_1", "in_progress")]), t=2)
    )
    refunded = hook("payment_refunded", session("accepted", item("succeeded", refunds=[refund("rf_1")]), t=3))
    ways = [folded(OPENED, *order) for order in permutations([finished, running, refunded])]
    for facts in ways:
        assert facts.same_facts(ways[0])
        assert facts.outcome == Succeeded(attempt="pm_1")
        assert [(one.id, one.status) for one in facts.refunds] == [("rf_1", "accepted")]


def test_trace_9_a_chargeback_implies_success_even_where_the_item_reads_in_progress() -> None:
    back = refund("rf_101", "in_progress", 10_000, is_chargeback=True)
    stream = Stream(OPENED)
    stream.status(session("in_progress", item("in_progress", refunds=[back]), t=1))
    assert stream.facts.outcome == Succeeded(attempt="pm_1")
    assert stream.facts.refunds[0].is_chargeback
    assert not stream.facts.is_unfinished(stream.settings, stream.now)


# attempts


def _second_attempt(settings: MachineSettings) -> Stream:
    stream = Stream(OPENED, settings=settings)
    stream.add(hook("ready_to_confirm", session("in_progress", item(), t=1, next_action="confirm")))
    stream.intend(Command.confirm)
    stream.add(Answered(intent="i1"))
    stream.status(session("in_progress", item("failed", error={"code": "bank_card_expired"}), t=2))
    return stream


def test_trace_10_a_second_attempt_is_confirmed_though_the_first_ones_confirm_is_settled() -> None:
    stream = _second_attempt(MachineSettings())
    failed = item("failed", error={"code": "bank_card_expired"})
    stream.add(
        hook("ready_to_confirm", session("in_progress", failed, item("pending", "pm_2"), t=3, next_action="confirm"))
    )
    assert (stream.facts.phase, stream.facts.attempt) == (Phase.READY_TO_CONFIRM, "pm_2")
    assert stream.wish(Command.confirm) == Stay()
    assert isinstance(stream.wish(Command.confirm, attempt="pm_1"), Illegal)
    stream.intend(Command.confirm, "i2")
    stream.add(Lost(intent="i2", reason="timeout"))
    stream.status(
        session(
            "in_progress",
            failed,
            item("pending", "pm_2"),
            t=3,
            next_action="confirm",
            actions={"confirm": "2026-11-22T10:00:01.000000Z"},
        )
    )
    assert stream.orders()[0] == Resend("i2")  # the stamp is that of the first attempt


def test_trace_11_a_failed_attempt_is_a_step_and_no_end_while_the_session_is_open() -> None:
    stream = _second_attempt(MachineSettings())
    assert stream.facts.outcome is None
    (step,) = steps_of(stream.facts)
    assert isinstance(step, AttemptFailed)
    assert step.error is not None
    assert step.error.code == "bank_card_expired"


def test_trace_11_unless_the_project_says_so() -> None:
    outcome = _second_attempt(MachineSettings(failed_attempt_ends_session=True)).facts.outcome
    assert isinstance(outcome, Failed)
    assert outcome.attempt == "pm_1"


# the caller's side


@pytest.mark.parametrize("code", ["bank_card_expired", "3DS_error"])
def test_trace_25_a_session_in_error_after_an_ordinary_decline_has_failed(code: str) -> None:
    facts = folded(OPENED, hook("payment_finished", session("error", item("failed", error={"code": code}), t=1)))
    assert isinstance(facts.outcome, Failed)
    assert facts.outcome.error is not None
    assert facts.outcome.error.code == code


def test_trace_25_the_payers_timeout_that_ends_in_error_has_failed_where_its_code_says_so() -> None:
    late = session("error", item("failed"), t=1, error={"code": "confirm_timeout"})
    assert isinstance(folded(OPENED, hook("payment_finished", late)).outcome, Failed)
    stream = Stream(OPENED, hook("payment_finished", session("error", item("failed"), t=1)))
    assert stream.facts.phase is Phase.OUTCOME_UNKNOWN
    stream.later(stream.settings.unknown_limit_s)
    assert not stream.facts.is_unfinished(stream.settings, stream.now)
    assert stream.facts.needs_a_person(stream.settings, stream.now)


def test_trace_26_an_abandoned_basket_leaves_the_list_of_the_unfinished_at_its_horizon() -> None:
    stream = Stream(OPENED)
    assert stream.facts.is_unfinished(stream.settings, stream.now)
    stream.later(stream.settings.created_limit_s + stream.settings.horizon_grace_s)
    assert not stream.facts.is_unfinished(stream.settings, stream.now)
    assert stream.facts.is_abandoned(stream.settings, stream.now)
    assert any(isinstance(order, AskPerson) for order in stream.orders())
    stream.add(hook("payment_finished", session("accepted", item("succeeded"), t=9)))
    assert stream.facts.outcome == Succeeded(attempt="pm_1")


def test_trace_28_webhooks_of_a_session_that_nobody_opened_are_facts_but_allow_no_command() -> None:
    body = session("in_progress", item(), t=1, next_action="confirm")
    stream = Stream(hook("ready_to_confirm", body))
    assert stream.facts.phase is Phase.READY_TO_CONFIRM
    assert not stream.facts.is_unfinished(stream.settings, stream.now)
    assert isinstance(stream.wish(Command.confirm), Illegal)
    stream.add(Opened(managed=False, origin="attach"))
    stream.status(body)
    assert not stream.facts.is_unfinished(stream.settings, stream.now)
    assert stream.wish(Command.confirm) == Stay()
