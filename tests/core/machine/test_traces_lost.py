"""Traces of lost commands; the numbers are those of the list that the design was tried against."""

from __future__ import annotations

from typing import Any

import pytest

from bank131_async.core.machine import (
    Answered,
    Append,
    AskPerson,
    AskStatus,
    Command,
    Illegal,
    Lost,
    MachineSettings,
    Phase,
    Resend,
    Resolved,
    SendFresh,
    Stay,
)
from tests.support.journals import OPENED, Stream, hook, item, refund, session

_HOUR = 3600.0


def _asks(stream: Stream) -> bool:
    return any(isinstance(order, AskStatus) for order in stream.orders())


def _settled(stream: Stream) -> list[tuple[str, str]]:
    """Resolutions that the planner orders."""
    entries = [order.entry for order in stream.orders() if isinstance(order, Append)]
    return [(entry.intent, entry.how) for entry in entries if isinstance(entry, Resolved)]


_PAID = session("accepted", item("succeeded"), t=1)


def _refunding(settings: MachineSettings | None = None, **more: Any) -> Stream:
    """A paid session with a refund of 50.00 whose answer was lost."""
    stream = Stream(OPENED, settings=settings or MachineSettings())
    stream.status(_PAID)
    stream.intend(Command.refund, amount=5_000, currency="rub", **more)
    stream.add(Lost(intent="i1", reason="timeout"))
    return stream


def test_trace_12_while_a_refund_is_under_way_no_second_one_is_planned() -> None:
    stream = Stream(OPENED)
    stream.status(_PAID)
    stream.intend(Command.refund, amount=5_000, currency="rub")
    stream.status(_PAID)
    assert isinstance(stream.wish(Command.refund), Illegal)


def test_trace_13_an_absent_refund_is_never_taken_for_one_that_was_not_made() -> None:
    stream = _refunding()
    for _ in range(3):
        stream.later(_HOUR)
        stream.status(_PAID)
        assert _settled(stream) == []
        assert stream.facts.open_intent is not None
    assert isinstance(stream.wish(Command.refund), Illegal)


def _burnt(command: Command, shown: dict[str, Any], **more: Any) -> Stream:
    """A command whose key the bank calls used while nothing has happened."""
    stream = Stream(OPENED)
    stream.status(shown)
    stream.intend(command, **more)
    stream.add(Lost(intent="i1", reason="internal_error"))
    stream.status(shown)
    assert stream.orders()[0] == Resend("i1")
    stream.add(Lost(intent="i1", reason="idempotency_key_already_exists", key_used=True))
    stream.status(shown)
    return stream


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (Command.start, session("created", t=1)),
        (Command.confirm, session("in_progress", item(), t=1, next_action="confirm")),
        (Command.capture, session("in_progress", item(), t=1, next_action="capture")),
        (Command.capture, session("in_progress", item(), t=1)),
        (Command.cancel, session("in_progress", item(), t=1, next_action="confirm")),
    ],
)
def test_trace_14_a_guarded_command_with_a_burnt_key_comes_out_of_it(command: Command, shown: dict[str, Any]) -> None:
    stream = _burnt(command, shown)
    assert not [order for order in stream.orders() if isinstance(order, SendFresh | Resend)]
    stream.later(stream.settings.settle_interval_s)
    assert _asks(stream)
    stream.status(shown)
    assert SendFresh("i1") in stream.orders()


def test_trace_14_an_additive_command_with_a_burnt_key_ends_in_doubt_and_never_gets_a_new_key() -> None:
    stream = _burnt(Command.refund, _PAID, amount=5_000, currency="rub")
    for _ in range(5):
        assert any(isinstance(order, AskPerson) for order in stream.orders())
        assert not [order for order in stream.orders() if isinstance(order, SendFresh | Resend)]
        stream.later(_HOUR)
        stream.status(_PAID)
    assert stream.facts.in_doubt(stream.settings, stream.now)
    stream.add(Resolved(intent="i1", how="not_done", by="person"))
    assert stream.facts.open_intent is None


def test_trace_15_a_refund_is_sent_again_within_the_keys_lifetime_only() -> None:
    stream = _refunding()
    stream.status(_PAID)
    assert stream.orders()[0] == Resend("i1")
    stream.later(stream.settings.idempotency_key_lifetime_s)
    assert not [order for order in stream.orders() if isinstance(order, Resend)]
    assert any(isinstance(order, AskPerson) for order in stream.orders())


def test_trace_16_the_effect_of_one_of_two_equal_refunds_in_doubt_is_booked_for_neither_without_tags() -> None:
    stream = _refunding(MachineSettings(refund_metadata_echoed=False))
    # Two at once cannot be planned; a store that broke its promise could still hold them.
    stream.intend(Command.refund, "i2", amount=5_000, currency="rub")
    stream.add(Lost(intent="i2", reason="timeout"))
    stream.status(session("in_progress", item("succeeded", refunds=[refund("rf_1")]), t=2))
    assert [one.refund_id for one in stream.facts.intents] == [None, None]
    assert _settled(stream) == []


def test_trace_16_with_tags_each_effect_is_booked_for_its_own_refund() -> None:
    stream = _refunding()
    stream.intend(Command.refund, "i2", amount=5_000, currency="rub")
    shown = [refund("rf_1", metadata={"_b131": "i2"}), refund("rf_2", metadata={"_b131": "i1", "n": 1})]
    stream.add(hook("payment_refunded", session("in_progress", item("succeeded", refunds=shown), t=2)))
    assert [(one.id, one.refund_id) for one in stream.facts.intents] == [("i1", "rf_2"), ("i2", "rf_1")]
    assert _settled(stream) == [("i1", "done"), ("i2", "done")]


@pytest.mark.parametrize(
    "foreign",
    [{}, {"is_chargeback": True}, {"metadata": {"_b131": "somebody"}}],
    ids=["dashboard", "chargeback", "tag"],
)
def test_trace_17_a_refund_of_somebody_else_is_not_ours(foreign: dict[str, Any]) -> None:
    stream = _refunding()
    stream.status(session("in_progress", item("succeeded", refunds=[refund("rf_1", **foreign)]), t=2))
    assert stream.facts.intent("i1").refund_id is None
    assert _settled(stream) == []


def test_trace_17_without_echo_a_chargeback_or_an_older_refund_is_not_ours_but_the_one_new_refund_is() -> None:
    stream = _refunding(MachineSettings(refund_metadata_echoed=False), seen_refunds=("rf_1",))
    shown = [refund("rf_1"), refund("rf_2", is_chargeback=True), refund("rf_3", amount=4_000)]
    stream.status(session("in_progress", item("succeeded", refunds=shown), t=2))
    assert _settled(stream) == []
    stream.status(session("in_progress", item("succeeded", refunds=[*shown, refund("rf_4")]), t=3))
    assert _settled(stream) == [("i1", "done")]
    assert stream.facts.intent("i1").refund_id == "rf_4"


def test_trace_18_held_does_not_prove_that_a_slow_capture_failed() -> None:
    held = session("in_progress", item(), t=1, next_action="capture")
    stream = Stream(OPENED)
    stream.status(held)
    stream.intend(Command.capture)
    stream.status(held)
    assert isinstance(stream.wish(Command.cancel), Illegal)
    assert _settled(stream) == []
    stream.add(Lost(intent="i1", reason="timeout"))
    stream.status(held)
    assert _settled(stream) == []
    assert isinstance(stream.wish(Command.cancel), Illegal)


def test_trace_19_an_answer_asked_before_the_command_is_no_evidence_for_it() -> None:
    stream = Stream(OPENED)
    stream.status(session("in_progress", item(), t=1, next_action="confirm"))
    asked = stream.version
    stream.intend(Command.confirm)
    stream.add(Lost(intent="i1", reason="timeout"))
    stream.status(session("in_progress", item("in_progress"), t=2), asked=asked)
    assert _settled(stream) == []
    assert _asks(stream)
    stream.status(session("in_progress", item("in_progress"), t=2))
    assert _settled(stream) == [("i1", "done")]


def test_trace_20_bytes_left_behind_by_a_dead_process_are_sent_by_another() -> None:
    shown = session("in_progress", item(), t=1, next_action="confirm")
    stream = Stream(OPENED)
    stream.status(shown)
    stream.intend(Command.confirm, by="P1")
    assert not [order for order in stream.orders() if isinstance(order, Append | Resend)]
    stream.later(stream.settings.settle_interval_s)
    (lost,) = [order.entry for order in stream.orders() if isinstance(order, Append)]
    assert isinstance(lost, Lost)
    stream.add(lost)
    stream.status(shown)
    assert Resend("i1") in stream.orders()


def test_trace_20_a_card_left_behind_is_given_up_after_two_answers_and_needed_again() -> None:
    created = session("created", t=1)
    stream = Stream(OPENED)
    stream.intend(Command.start, body=None, masked_card="424242******4242")
    stream.add(Lost(intent="i1", reason="timeout"))
    stream.status(created)
    assert _settled(stream) == []
    assert Resend("i1") in stream.orders(holds=["i1"])  # the process that still has the card may send it again
    assert Resend("i1") not in stream.orders()
    assert isinstance(stream.wish(Command.cancel), Illegal)
    stream.later(stream.settings.settle_interval_s)
    stream.status(created)
    assert _settled(stream) == [("i1", "superseded")]
    stream.add(Resolved(intent="i1", how="superseded", by="evidence"))
    assert stream.facts.card_needed
    assert stream.facts.phase is Phase.CREATED
    assert stream.wish(Command.start) == Stay()
    assert stream.wish(Command.cancel) == Stay()


def test_trace_21_the_answer_of_a_paused_process_still_counts_after_others_have_settled() -> None:
    stream = Stream(OPENED)
    stream.intend(Command.start)
    stream.add(Resolved(intent="i1", how="superseded", by="evidence"))
    assert not stream.facts.intent("i1").is_open  # what its sender reads before it sends
    stream.add(Answered(intent="i1"))
    assert stream.facts.intent("i1").state == "answered"


@pytest.mark.parametrize(("first", "second"), [(Command.confirm, Command.cancel), (Command.cancel, Command.confirm)])
def test_trace_22_confirm_and_cancel_are_never_under_way_together(first: Command, second: Command) -> None:
    stream = Stream(OPENED)
    stream.status(session("in_progress", item(), t=1, next_action="confirm"))
    assert stream.wish(first) == Stay()
    stream.intend(first)
    assert isinstance(stream.wish(second), Illegal)
