"""What the iterator of a flow yields."""

from __future__ import annotations

import pytest

from bank131_async.core.machine import (
    ActionRequired,
    Answered,
    AttemptFailed,
    Command,
    OutcomeUnknown,
    ReadyToCapture,
    ReadyToConfirm,
    TokenGiven,
    steps_of,
)
from bank131_async.core.models import Amount, Inform, Redirect
from tests.support.journals import OPENED, Stream, folded, hook, item, redirect, session, told


def test_each_phase_that_needs_somebody_is_a_step() -> None:
    (confirm,) = steps_of(folded(OPENED, told(session("in_progress", item(), next_action="confirm"), 1)))
    assert confirm == ReadyToConfirm("pm_1", Amount.minor(10_000, "RUB"), key=confirm.key)
    (capture,) = steps_of(folded(OPENED, told(session("in_progress", item(), next_action="capture"), 1)))
    assert capture == ReadyToCapture("pm_1", Amount.minor(10_000, "RUB"), key=capture.key)
    (unknown,) = steps_of(folded(OPENED, told(session("error", item("failed")), 1)))
    assert unknown == OutcomeUnknown("pm_1", key=unknown.key)


@pytest.mark.parametrize("sent", [{"amount": -5, "currency": "RUB"}, {"amount": 100, "currency": "643"}])
@pytest.mark.parametrize("asked", ["confirm", "capture"])
def test_a_sum_that_we_would_not_send_is_shown_as_the_bank_sent_it(sent: dict[str, object], asked: str) -> None:
    (step,) = steps_of(
        folded(OPENED, told(session("in_progress", item(amount_details=sent), next_action=asked), 1)),
    )
    assert isinstance(step, ReadyToConfirm | ReadyToCapture)
    assert step.amount is not None
    assert {"amount": step.amount.amount, "currency": step.amount.currency} == sent


def test_the_payers_action_matches_on_what_is_to_be_done() -> None:
    (step,) = steps_of(folded(OPENED, told(session("in_progress", item(customer_interaction=redirect("u"))), 1)))
    match step:
        case ActionRequired(Redirect(url), handled_by):
            assert (url, handled_by) == ("u", "merchant")
        case _:
            raise AssertionError(step)
    inform = {"type": "inform", "inform": {"qr": {"content": "https://qr.example"}}}
    (shown,) = steps_of(folded(OPENED, told(session("in_progress", item(customer_interaction=inform)), 1)))
    assert isinstance(shown, ActionRequired)
    assert isinstance(shown.interaction, Inform)


def test_once_a_token_was_given_the_form_handles_the_action() -> None:
    action = told(session("in_progress", item(customer_interaction=redirect())), 2)
    (step,) = steps_of(folded(OPENED, TokenGiven(widget="acquiring"), action))
    assert isinstance(step, ActionRequired)
    assert step.handled_by == "widget"


def test_a_card_given_to_the_shop_after_all_makes_the_redirect_the_shops_again() -> None:
    stream = Stream(OPENED, TokenGiven(widget="acquiring"))
    stream.intend(Command.start)
    stream.add(Answered(intent="i1"))
    stream.status(session("in_progress", item(customer_interaction=redirect())))
    (step,) = steps_of(stream.facts)
    assert isinstance(step, ActionRequired)
    assert step.handled_by == "merchant"


def test_nothing_is_to_be_done_while_the_bank_works_and_after_the_end() -> None:
    assert steps_of(folded(OPENED)) == ()
    assert steps_of(folded(OPENED, told(session("in_progress", item("in_progress")), 1))) == ()
    assert steps_of(folded(OPENED, told(session("cancelled", item("failed", error={"code": "x"})), 1))) == ()


def test_a_second_redirect_is_a_new_step_and_the_same_one_is_not() -> None:
    stream = Stream(OPENED)
    keys = []
    for t, url in ((1, "a"), (2, "a"), (3, "b")):
        stream.add(hook("action_required", session("in_progress", item(customer_interaction=redirect(url)), t=t)))
        keys.append(steps_of(stream.facts)[0].key)
    assert keys[0] == keys[1] != keys[2]


def test_a_failed_attempt_comes_before_the_step_that_is_due() -> None:
    failed = item("failed", error={"code": "3DS_error"})
    facts = folded(OPENED, told(session("in_progress", failed, item("pending", "pm_2"), next_action="confirm"), 1))
    first, second = steps_of(facts)
    assert isinstance(first, AttemptFailed)
    assert first.attempt == "pm_1"
    assert isinstance(second, ReadyToConfirm)
    assert second.attempt == "pm_2"
    assert first.key != second.key


def test_an_attempt_that_failed_without_a_reason_is_a_step_too() -> None:
    (step,) = steps_of(folded(OPENED, told(session("in_progress", item("failed")), 1)))
    assert step == AttemptFailed(None, "pm_1", key=step.key)


def test_every_entry_into_the_unknown_is_a_step_of_its_own() -> None:
    stream = Stream(OPENED)
    stream.status(session("error", item("failed"), t=1))
    first = steps_of(stream.facts)[0].key
    stream.status(session("in_progress", item("pending"), t=2))
    stream.status(session("error", item("failed"), t=3))
    assert steps_of(stream.facts)[0].key != first
    assert stream.facts.unknown_entries == 2
