"""What the simulation has found, told in the machine's own words."""

from __future__ import annotations

import json

import pytest

from bank131_async.core.machine import Answered, Append, AskStatus, Command, Lost, Phase, Resolved
from tests.support.journals import OPENED, Stream, hook, item, refund, session

_FAILED = item("failed", error={"code": "bank_card_expired"})
_SILENT = session("in_progress", item(), t=1)


def test_a_lost_second_start_in_a_session_left_open_is_given_up_after_two_silent_answers() -> None:
    # It was asked for without a pause and without an end: the answers never said "created".
    stream = Stream(OPENED)
    stream.status(session("in_progress", _FAILED, t=1))
    stream.intend(Command.start, body=None)
    stream.add(Lost(intent="i1", reason="timeout"))
    stream.status(session("in_progress", _FAILED, t=1))
    assert not any(isinstance(order, AskStatus) for order in stream.orders())
    stream.later(61)
    stream.status(session("in_progress", _FAILED, t=1))
    given_up = [order.entry for order in stream.orders() if isinstance(order, Append)]
    assert [entry.how for entry in given_up if isinstance(entry, Resolved)] == ["superseded"]


def test_a_hold_that_the_webhook_named_in_its_body_survives_a_silent_answer() -> None:
    stream = Stream(OPENED)
    stream.add(hook("ready_to_capture", session("in_progress", item(), t=1, next_action="capture")))
    stream.status(_SILENT)
    assert stream.facts.phase is Phase.READY_TO_CAPTURE


@pytest.mark.parametrize("command", [Command.cancel, Command.capture])
def test_silence_about_a_hold_that_no_answer_has_shown_is_no_effect_of_a_lost_command(command: Command) -> None:
    stream = Stream(OPENED)
    stream.add(hook("ready_to_capture", session("in_progress", item(), t=1, next_action="capture")))
    stream.intend(command)
    stream.add(Lost(intent="i1", reason="timeout"))
    stream.status(_SILENT)
    assert stream.facts.intent("i1").proof is None
    assert stream.facts.open_intent is not None


def test_the_answer_to_a_refund_names_it_although_somebody_has_made_an_equal_one_by_hand() -> None:
    stream = Stream(OPENED)
    stream.status(session("accepted", item("succeeded"), t=1))
    stream.intend(Command.refund, amount=5_000, currency="rub")
    by_hand = refund("rf_1", created_at="2026-11-22T10:00:01Z")
    ours = refund("rf_2", created_at="2026-11-22T10:00:01.500000Z")
    answer = session("in_progress", item("succeeded", refunds=[ours, by_hand]), t=2)
    stream.add(Answered(intent="i1", body=json.dumps({"status": "ok", "session": answer}).encode()))
    assert stream.facts.intent("i1").refund_id == "rf_2"
