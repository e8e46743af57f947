"""Which snapshot tells where the bank stands."""

from __future__ import annotations

from itertools import permutations

import attrs
import pytest

from bank131_async.core.machine import Answered, Ask, Cancelled, Command, Illegal, Lost, Phase, Resolved
from bank131_async.errors import StoreCorruptError
from tests.support.journals import OPENED, Stream, folded, hook, item, redirect, session, told

_ACTION = item(customer_interaction=redirect())


def _ready(t: int | None) -> dict[str, object]:
    return session("in_progress", item(), t=t, next_action="confirm")


def test_an_answer_asked_before_the_question_does_not_close_it() -> None:
    stream = Stream(OPENED)
    asked = stream.version
    stream.add(hook("payment_finished", session("created", t=1)))
    stream.status(_ready(2), asked=asked)
    assert (stream.facts.phase, stream.facts.question_open) == (Phase.IN_PROGRESS, True)
    stream.status(_ready(2))
    assert stream.facts.phase is Phase.READY_TO_CONFIRM


def test_an_answer_that_lags_behind_closes_no_question() -> None:
    stream = Stream(OPENED)
    stream.status(_ready(5))
    stream.add(hook("payment_finished", session("created", t=6)))
    stream.status(session("in_progress", item("in_progress"), t=4))
    assert stream.facts.question_open


def test_an_answer_outranks_what_was_known_when_it_was_asked_and_no_more() -> None:
    stream = Stream(OPENED, hook("action_required", session("in_progress", _ACTION)))
    asked = stream.version
    stream.add(hook("ready_to_confirm", _ready(None)))
    stream.status(session("in_progress", _ACTION), asked=asked)
    assert stream.facts.question_open
    stream.status(_ready(None))
    assert stream.facts.phase is Phase.READY_TO_CONFIRM


def test_a_strictly_newer_time_outranks_an_older_answer() -> None:
    stream = Stream(OPENED)
    stream.status(_ready(1))
    stream.add(hook("action_required", session("in_progress", _ACTION, t=2)))
    assert stream.facts.phase is Phase.ACTION_REQUIRED
    stream.add(hook("ready_to_confirm", _ready(1)))
    assert stream.facts.phase is Phase.ACTION_REQUIRED


def test_a_snapshot_without_a_time_is_not_forgotten_because_another_says_the_same_with_one() -> None:
    without, older = hook("ready_to_confirm", _ready(None)), hook("ready_to_confirm", _ready(1))
    newer = hook("action_required", session("in_progress", _ACTION, t=2))
    for order in permutations([without, older, newer]):
        assert folded(OPENED, *order).question_open


def test_what_an_answer_has_confirmed_stays_confirmed_when_a_webhook_says_it_again() -> None:
    stream = Stream(OPENED)
    stream.status(_ready(1))
    stream.add(hook("ready_to_confirm", _ready(1)))
    assert isinstance(stream.wish(Command.capture), Illegal)
    other = Stream(OPENED, hook("ready_to_confirm", _ready(1)))
    assert other.wish(Command.capture) == Ask()
    other.status(_ready(1), asked=0)
    assert isinstance(other.wish(Command.capture), Illegal)


def test_of_two_times_that_tie_the_finer_one_is_kept() -> None:
    coarse, fine, finer = ("2026-11-22T10:00:01Z", "2026-11-22T10:00:01.500000Z", "2026-11-22T10:00:01.100000Z")
    first = hook("ready_to_confirm", {**_ready(None), "updated_at": coarse})
    second = hook("ready_to_confirm", {**_ready(None), "updated_at": fine})
    third = hook("action_required", {**session("in_progress", _ACTION), "updated_at": finer})
    assert folded(OPENED, first, second, third).phase is Phase.READY_TO_CONFIRM
    assert folded(OPENED, second, first, third).phase is Phase.READY_TO_CONFIRM
    assert folded(OPENED, first, third).question_open


def test_at_the_end_no_snapshot_is_kept_and_none_has_to_be_put_in_order() -> None:
    finished = hook("payment_finished", session("accepted", item("succeeded"), t=1))
    facts = folded(OPENED, hook("ready_to_confirm", _ready(1)), finished)
    assert facts.readings == ()
    assert not facts.question_open


def test_the_end_closes_the_question_that_a_command_had_raised_and_a_refund_raises_a_new_one() -> None:
    stream = Stream(OPENED)
    stream.status(_ready(1))
    stream.intend(Command.confirm)
    stream.add(Answered(intent="i1"))
    assert stream.facts.question_open
    stream.add(hook("payment_finished", session("accepted", item("succeeded"), t=2)))
    assert not stream.facts.wants_polling
    stream.intend(Command.refund, "i2", amount=1, currency="rub")
    stream.add(Answered(intent="i2"))
    assert stream.facts.question_open


def test_an_attempt_that_was_seen_is_not_unmade_by_a_snapshot_that_lacks_it() -> None:
    stream = Stream(OPENED)
    stream.status(session("in_progress", item("in_progress"), t=1))
    stream.status(session("created", t=2))
    assert stream.facts.phase is Phase.IN_PROGRESS
    assert isinstance(stream.wish(Command.start), Illegal)


def test_a_hold_from_next_action_ends_with_a_newer_snapshot_that_lacks_it() -> None:
    stream = Stream(OPENED)
    stream.status(session("in_progress", item(), t=1, next_action="capture"))
    assert stream.facts.phase is Phase.READY_TO_CAPTURE
    stream.status(session("in_progress", item(), t=2))
    assert stream.facts.phase is Phase.IN_PROGRESS


def test_a_hold_known_by_type_stands_until_the_capture_is_answered_and_speaks_for_its_own_attempt_only() -> None:
    stream = Stream(OPENED, hook("ready_to_capture", session("in_progress", item(), t=1)))
    stream.intend(Command.capture)
    assert stream.facts.phase is Phase.READY_TO_CAPTURE
    stream.add(Lost(intent="i1", reason="refused connection", not_sent=True))
    assert stream.facts.phase is Phase.READY_TO_CAPTURE
    other = Stream(OPENED, hook("ready_to_capture", session("in_progress", item(), t=1)))
    other.status(session("in_progress", item("failed"), item("pending", "pm_2"), t=2))
    assert other.facts.phase is Phase.IN_PROGRESS


def test_a_hold_of_an_item_without_an_id_is_found_by_its_place() -> None:
    stream = Stream(OPENED, hook("ready_to_capture", session("in_progress", item("pending", None), t=1)))
    assert stream.facts.phase is Phase.READY_TO_CAPTURE
    stream.status(session("in_progress", item(), t=2))
    assert (stream.facts.phase, stream.facts.attempt) == (Phase.READY_TO_CAPTURE, "pm_1")
    nameless = hook("odd", session("in_progress", item("pending", None), t=3))
    assert stream.add(nameless).facts.phase is Phase.READY_TO_CAPTURE


def test_a_cancel_that_is_on_its_way_when_the_end_is_known_says_who_cancelled() -> None:
    stream = Stream(OPENED)
    stream.status(_ready(1))
    stream.intend(Command.cancel)
    stream.status(session("cancelled", item("failed"), t=2))
    assert stream.facts.outcome == Cancelled("merchant")
    stream.add(Answered(intent="i1"))
    assert stream.facts.outcome == Cancelled("merchant")


def test_a_cancel_that_was_refused_has_cancelled_nothing() -> None:
    stream = Stream(OPENED)
    stream.status(_ready(1))
    stream.intend(Command.cancel)
    stream.add(Resolved(intent="i1", how="not_done", by="evidence"))
    stream.status(session("cancelled", item("failed"), t=2))
    assert stream.facts.outcome == Cancelled("unknown")


def test_an_answer_of_a_synchronous_init_is_no_evidence_for_other_commands() -> None:
    stream = Stream(OPENED)
    stream.status(_ready(1))
    stream.intend(Command.confirm)
    stream.add(Lost(intent="i1", reason="timeout"))
    answer = told(session("in_progress", item("in_progress"), t=2), stream.version)
    stream.add(attrs.evolve(answer, source="sync"))
    assert stream.facts.intent("i1").proof is None


def test_a_journaled_body_without_a_session_tells_nothing() -> None:
    for body in (b"[]", b"{}", b'{"session":null}'):
        assert folded(OPENED, attrs.evolve(told({}, 1), body=body)).question_open


def test_a_journaled_body_that_cannot_be_read_is_corrupt() -> None:
    for body in (b"{", b'{"session":5}', b'{"session":{"status":5}}'):
        with pytest.raises(StoreCorruptError):
            folded(OPENED, attrs.evolve(told({}, 1), body=body))
