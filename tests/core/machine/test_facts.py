"""Facts: small, comparable, and what they say of who has to do something."""

from __future__ import annotations

import sys
from datetime import timedelta

import attrs
import pytest

from bank131_async.core.machine import Answered, Command, Facts, MachineSettings, Observed, Opened, Phase, Resolved
from tests.support.journals import NOON, OPENED, Stream, folded, hook, item, refund, session, told


def test_facts_are_small() -> None:
    idle = folded(OPENED)
    assert sys.getsizeof(idle) <= 200
    empty = [getattr(idle, one.name) for one in attrs.fields(Facts) if getattr(idle, one.name) == ()]
    assert {id(value) for value in empty} == {id(())}


def test_facts_cannot_be_changed() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        folded(OPENED).version = 7  # type: ignore[misc]


def test_an_answer_that_tells_nothing_new_leaves_the_same_facts_and_one_that_confirms_a_webhook_does_not() -> None:
    body = session("in_progress", item(), t=1, next_action="confirm")
    stream = Stream(OPENED, hook("ready_to_confirm", body))
    heard = stream.facts
    sure = stream.status(body).facts
    assert not sure.same_facts(heard)
    assert stream.status(body).facts.same_facts(sure)
    assert not stream.status({**body, "updated_at": "2026-11-22T10:00:09.000000Z"}).facts.same_facts(sure)


def test_a_session_begun_elsewhere_has_to_be_asked_about() -> None:
    for origin in ("attach", "init"):
        facts = folded(Opened(origin=origin))
        assert (facts.phase, facts.question_open) == (Phase.IN_PROGRESS, True)
        assert folded(Opened(origin=origin), told(session("created"), 1)).phase is Phase.CREATED


def test_the_first_opening_counts() -> None:
    facts = folded(Opened(order="7"), Opened(order="8", kind="payout"))
    assert (facts.order, facts.kind, facts.managed) == ("7", "payment", True)


def test_the_answer_of_init_payment_sync_makes_a_payment_final() -> None:
    answer = told(session("accepted", item("succeeded"), t=1), 1)
    facts = folded(OPENED, attrs.evolve(answer, source="sync"))
    assert facts.has_succeeded


@pytest.mark.parametrize(
    ("made", "limit"),
    [
        (session("created"), timedelta(days=1)),
        (session("in_progress", item("in_progress")), timedelta(days=7)),
        (session("in_progress", item(), next_action="confirm"), timedelta(minutes=240)),
        (session("in_progress", item(), next_action="capture"), timedelta(days=5)),
        (session("error", item("failed")), timedelta(days=14)),
    ],
)
def test_every_open_phase_has_a_deadline_and_a_horizon(made: dict[str, object], limit: timedelta) -> None:
    settings = MachineSettings()
    stream = Stream(OPENED)
    stream.later(60)
    stream.status(made)
    entered = NOON if stream.facts.phase is Phase.CREATED else NOON + timedelta(seconds=60)
    assert stream.facts.deadline(settings) == entered + limit
    grace = timedelta(0) if stream.facts.phase is Phase.OUTCOME_UNKNOWN else timedelta(days=1)
    assert stream.facts.horizon(settings) == entered + limit + grace


def test_the_same_phase_again_does_not_move_its_deadline() -> None:
    stream = Stream(OPENED)
    stream.later(1_000)
    stream.status(session("created", t=5))
    assert stream.facts.deadline(stream.settings) == NOON + timedelta(days=1)


def test_what_keeps_a_finished_payment_unfinished() -> None:
    settings = MachineSettings()
    paid = session("accepted", item("succeeded"), t=1)
    stream = Stream(OPENED)
    stream.status(paid)
    assert not stream.facts.is_unfinished(settings, stream.now)
    stream.intend(Command.refund, amount=1, currency="rub")
    assert stream.facts.is_unfinished(settings, stream.now)
    stream.add(Resolved(intent="i1", how="not_done", by="person"))
    assert not stream.facts.is_unfinished(settings, stream.now)
    for number, (status, chargeback, unfinished) in enumerate(
        [("in_progress", True, False), ("in_progress", False, True), ("accepted", False, False), ("error", False, True)]
    ):
        one = refund(f"rf_{number}", status, is_chargeback=chargeback)
        shown = Stream(OPENED)
        shown.status(session("in_progress", item("succeeded", refunds=[one]), t=2))
        assert shown.facts.is_unfinished(settings, shown.now) is unfinished
        shown.later(settings.unknown_limit_s)
        assert not shown.facts.is_unfinished(settings, shown.now)


def test_a_flow_that_is_not_managed_is_never_unfinished() -> None:
    facts = folded(Opened(managed=False))
    assert not facts.is_unfinished(MachineSettings(), NOON)
    assert facts.is_abandoned(MachineSettings(), NOON + timedelta(days=9))


def test_polling_is_wanted_as_long_as_something_can_come() -> None:
    stream = Stream(OPENED)
    assert stream.facts.wants_polling
    stream.status(session("accepted", item("succeeded"), t=1))
    assert not stream.facts.wants_polling
    stream.intend(Command.refund, amount=1, currency="rub")
    assert stream.facts.wants_polling
    stream.add(Answered(intent="i1"))
    assert stream.facts.wants_polling
    stream.status(session("in_progress", item("succeeded", refunds=[refund("rf_1", "in_progress", 1)]), t=2))
    assert stream.facts.wants_polling
    stream.status(session("accepted", item("succeeded", refunds=[refund("rf_1", "accepted", 1)]), t=3))
    assert not stream.facts.wants_polling
    assert stream.facts.intent("i1").refund_id == "rf_1"


def test_our_answered_cancel_says_who_cancelled() -> None:
    shown = session("in_progress", item(), t=1, next_action="confirm")
    stream = Stream(OPENED)
    stream.status(shown)
    stream.intend(Command.cancel)
    stream.add(Answered(intent="i1"))
    assert stream.facts.outcome is None
    stream.status(session("cancelled", item("failed"), t=2))
    assert repr(stream.facts.outcome) == "Cancelled(by='merchant')"


def test_a_command_is_found_by_its_id() -> None:
    stream = Stream(OPENED)
    stream.intend(Command.start, "i7")
    assert stream.facts.intent("i7").command is Command.start
    with pytest.raises(KeyError):
        stream.facts.intent("i8")
    assert stream.facts.refund("rf_1") is None


def test_the_same_webhook_bytes_are_known_again() -> None:
    one = hook("odd", session("in_progress"))
    assert isinstance(one, Observed)
    assert folded(OPENED, one).digests == (one.digest,)
    assert folded(OPENED, one, one).digests == (one.digest,)
