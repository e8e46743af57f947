"""Settling commands: what proves what, and what is done next."""

from __future__ import annotations

from typing import Any

import pytest

from bank131_async.core.machine import (
    Answered,
    Append,
    AskPerson,
    AskStatus,
    Command,
    Lost,
    MachineSettings,
    Phase,
    Refused,
    Resend,
    Resolved,
    Stay,
    WakeAt,
    settle,
)
from tests.support.journals import OPENED, Stream, hook, item, redirect, refund, session, told

_CONFIRM = session("in_progress", item(), t=1, next_action="confirm")
_CAPTURE = session("in_progress", item(), t=1, next_action="capture")
_SILENT = session("in_progress", item(), t=1)
_STAMP = "2026-11-22T10:00:02.000000Z"


def _lost(command: Command, before: dict[str, Any], **more: Any) -> Stream:
    stream = Stream(OPENED)
    stream.status(before)
    stream.intend(command, **more)
    stream.add(Lost(intent="i1", reason="timeout"))
    return stream


def _fate(stream: Stream) -> str | None:
    resolved = [one.entry for one in stream.orders() if isinstance(one, Append) and isinstance(one.entry, Resolved)]
    return resolved[0].how if resolved else None


_FAILED = item("failed", error={"code": "bank_card_expired"})
_LATE = item("failed", error={"code": "confirm_timeout"})


@pytest.mark.parametrize(
    ("command", "before", "after", "fate"),
    [
        (Command.start, session("created", t=1), session("in_progress", item("in_progress"), t=2), "done"),
        (Command.start, session("created", t=1), session("created", t=1), None),
        (Command.start, session("created", t=1), session("in_progress", t=2), None),
        (Command.start, session("created", t=1), session("cancelled", t=2), "not_done"),
        (Command.confirm, _CONFIRM, session("in_progress", item("in_progress"), t=2), "done"),
        (Command.confirm, _CONFIRM, session("in_progress", item(customer_interaction=redirect()), t=2), "done"),
        (Command.confirm, _CONFIRM, session("accepted", item("succeeded"), t=2), "done"),
        (Command.confirm, _CONFIRM, session("cancelled", _FAILED, t=2), "done"),
        (Command.confirm, _CONFIRM, session("in_progress", _FAILED, t=2), "done"),
        (Command.confirm, _CONFIRM, session("cancelled", _LATE, t=2), "not_done"),
        (Command.confirm, _CONFIRM, session("cancelled", item("failed"), t=2), "not_done"),
        (Command.confirm, _CONFIRM, _CONFIRM, None),
        (Command.confirm, _SILENT, _SILENT, None),
        (Command.confirm, _SILENT, session("in_progress", item(), t=2, actions={"confirm": _STAMP}), "done"),
        (Command.capture, _CAPTURE, session("in_progress", item("in_progress"), t=2), "done"),
        (Command.capture, _CAPTURE, session("accepted", item("succeeded"), t=2), "done"),
        (Command.capture, _CAPTURE, session("in_progress", item(), t=2, actions={"capture": _STAMP}), "done"),
        (Command.capture, _CAPTURE, session("in_progress", item(), t=2, actions={"confirm": _STAMP}), "done"),
        (Command.capture, _SILENT, session("in_progress", item(), t=2, actions={"confirm": _STAMP}), None),
        (Command.capture, _CAPTURE, _CAPTURE, None),
        (Command.capture, _SILENT, _SILENT, None),
        (
            Command.capture,
            _CAPTURE,
            session("cancelled", item("failed", error={"code": "capture_timeout"}), t=2),
            "not_done",
        ),
        (Command.capture, _CAPTURE, session("cancelled", _FAILED, t=2), "not_done"),
        (Command.cancel, _CONFIRM, session("cancelled", item("failed"), t=2), "done"),
        (Command.cancel, _CONFIRM, session("in_progress", item("in_progress"), t=2), "done"),
        (Command.cancel, _CONFIRM, session("in_progress", item(customer_interaction=redirect()), t=2), None),
        (Command.cancel, _CONFIRM, _CONFIRM, None),
        (Command.cancel, _SILENT, _SILENT, None),
        (Command.cancel, _CAPTURE, session("accepted", item("succeeded"), t=2), "not_done"),
        (Command.cancel, session("created", t=1), session("cancelled", t=2), "done"),
        (Command.cancel, session("created", t=1), session("created", t=1), None),
    ],
)
def test_what_a_later_answer_proves(
    command: Command, before: dict[str, Any], after: dict[str, Any], fate: str | None
) -> None:
    stream = _lost(command, before)
    stream.status(after)
    assert _fate(stream) == fate


def test_a_webhook_proves_nothing_of_a_guarded_command() -> None:
    stream = _lost(Command.confirm, _CONFIRM)
    stream.add(hook("payment_finished", session("accepted", item("succeeded"), t=2)))
    assert _fate(stream) is None
    assert any(isinstance(order, AskStatus) for order in stream.orders())


def test_an_answer_that_lags_behind_proves_effects_but_its_silence_does_not_count() -> None:
    stream = _lost(Command.confirm, session("in_progress", item(), t=5, next_action="confirm"))
    stream.status(session("in_progress", item(), t=1, next_action="confirm"))
    assert stream.facts.intent("i1").silent_statuses == 0
    stream.status(session("in_progress", item(), t=4))  # perhaps from before the bank waited for the confirmation
    assert stream.facts.intent("i1").proof is None
    stream.status(session("in_progress", item(), t=4, actions={"confirm": "2026-11-22T10:00:04.000000Z"}))
    assert _fate(stream) == "done"


@pytest.mark.parametrize("command", [Command.capture, Command.cancel])
def test_an_answer_from_before_the_hold_does_not_prove_that_the_hold_was_captured_or_cancelled(
    command: Command,
) -> None:
    stream = _lost(command, session("in_progress", item(), t=5, next_action="capture"))
    stream.status(session("in_progress", item(), t=4))
    assert stream.facts.intent("i1").proof is None
    stream.status(session("in_progress", item(), t=6))
    assert stream.facts.intent("i1").proof == "done"


@pytest.mark.parametrize("order", ["person first", "evidence first"])
def test_a_refund_that_shows_our_tag_was_made_whatever_a_person_has_said(order: str) -> None:
    stream = Stream(OPENED)
    stream.status(session("accepted", item("succeeded"), t=1))
    stream.intend(Command.refund, amount=5_000, currency="rub", name="return-17")
    stream.add(Lost(intent="i1", reason="reset"))
    shown = item("succeeded", refunds=[refund("rf_1", metadata={"_b131": "i1"})])
    entries = [Resolved(intent="i1", how="not_done", by="person"), told(session("accepted", shown, t=2), 4)]
    for entry in entries if order == "person first" else entries[::-1]:
        stream.add(entry)
    assert stream.facts.intent("i1").has_taken_effect
    assert stream.facts.intent("i1").refund_id == "rf_1"


def test_silence_about_a_hold_that_only_a_type_told_of_is_no_proof_that_it_was_captured() -> None:
    for command in (Command.capture, Command.cancel):
        stream = Stream(OPENED, hook("ready_to_capture", _SILENT))
        assert stream.facts.phase is Phase.READY_TO_CAPTURE
        stream.intend(command)
        stream.add(Lost(intent="i1", reason="timeout"))
        stream.status({**_SILENT, "updated_at": "2026-11-22T10:00:09.000000Z"})
        assert _fate(stream) is None
        assert Resend("i1") in stream.orders()


def test_an_answer_asked_before_the_loss_was_known_is_no_silence_after_it() -> None:
    stream = Stream(OPENED)
    stream.status(_CONFIRM)
    stream.intend(Command.confirm)
    asked = stream.version
    stream.add(Lost(intent="i1", reason="timeout"))
    stream.status(_CONFIRM, asked=asked)
    assert stream.facts.intent("i1").silent_statuses == 0
    stream.status(_CONFIRM)
    assert stream.facts.intent("i1").silent_statuses == 1
    stream.add(Lost(intent="i1", reason="timeout"))
    assert stream.facts.intent("i1").silent_statuses == 0


def test_an_answer_is_weighed_for_each_command_by_itself() -> None:
    stream = Stream(OPENED)
    stream.status(_CONFIRM)
    stream.intend(Command.confirm, "i1")
    asked = stream.version
    stream.intend(Command.confirm, "i2")
    stream.status(session("in_progress", item("in_progress"), t=2), asked=asked)
    assert [intent.proof for intent in stream.facts.intents] == ["done", None]


def test_what_ended_otherwise_is_closed_and_never_sent_again() -> None:
    stream = _lost(Command.confirm, _CONFIRM)
    stream.status(session("cancelled", _LATE, t=2))
    assert not any(isinstance(order, Resend) for order in stream.orders())
    stream.add(Resolved(intent="i1", how="not_done", by="evidence"))
    assert stream.orders() == ()


def test_a_command_that_was_not_sent_is_sent_again_without_a_question() -> None:
    stream = Stream(OPENED)
    stream.status(_CONFIRM)
    stream.intend(Command.confirm)
    stream.add(Lost(intent="i1", reason="connection refused", not_sent=True))
    assert stream.facts.phase is Phase.READY_TO_CONFIRM
    assert stream.orders()[0] == Resend("i1")


def test_a_refund_that_was_not_sent_is_sent_again_within_the_lifetime_of_its_key() -> None:
    stream = Stream(OPENED)
    stream.status(session("accepted", item("succeeded"), t=1))
    stream.intend(Command.refund, amount=5_000, currency="rub")
    stream.add(Lost(intent="i1", reason="connection refused", not_sent=True))
    assert stream.orders()[0] == Resend("i1")
    stream.later(3_600)
    assert isinstance(stream.orders()[0], AskPerson)


def test_an_open_command_is_left_to_its_sender_for_a_while() -> None:
    stream = Stream(OPENED)
    stream.status(_CONFIRM)
    stream.intend(Command.confirm)
    assert settle(stream.facts.intents[0], stream.now, stream.settings) == WakeAt(stream.now.replace(minute=1))


def test_only_a_session_that_is_still_created_is_silent_about_a_start() -> None:
    stream = _lost(Command.start, session("created", t=1))
    stream.status(session("in_progress", t=2))
    assert stream.facts.intent("i1").silent_statuses == 0
    stream.status(session("created", t=3))
    assert stream.facts.intent("i1").silent_statuses == 1


def test_the_bytes_of_a_settled_command_are_dropped() -> None:
    stream = Stream(OPENED)
    stream.intend(Command.start, body=b"bytes")
    assert stream.facts.intent("i1").body == b"bytes"
    stream.add(Answered(intent="i1"))
    assert stream.facts.intent("i1").body is None


# refusals


def test_a_refusal_of_a_guarded_command_asks_once_and_then_stands() -> None:
    stream = Stream(OPENED)
    stream.status(_CONFIRM)
    stream.intend(Command.confirm)
    stream.add(Refused(intent="i1", code="invalid_request", description="no", http_status=400))
    assert stream.facts.open_intent is not None
    assert isinstance(stream.orders()[0], AskStatus)
    assert _fate(stream) is None
    stream.status(_CONFIRM)
    assert _fate(stream) == "not_done"
    stream.add(Resolved(intent="i1", how="not_done", by="evidence"))
    intent = stream.facts.intent("i1")
    assert (intent.state, intent.code, intent.http_status) == ("not_done", "invalid_request", 400)
    assert stream.wish(Command.confirm) == Stay()


def test_a_refused_command_whose_effect_is_there_was_done() -> None:
    stream = Stream(OPENED)
    stream.status(_CONFIRM)
    stream.intend(Command.confirm)
    stream.add(Refused(intent="i1", code="invalid_request"))
    stream.status(session("in_progress", item("in_progress"), t=2))
    assert _fate(stream) == "done"


def test_a_refused_start_is_checked_whatever_the_session_shows() -> None:
    stream = Stream(OPENED)
    stream.intend(Command.start)
    stream.add(Refused(intent="i1", code="invalid_request"))
    stream.status(session("in_progress", t=1))
    assert _fate(stream) == "not_done"


def test_a_refused_refund_is_settled_at_once() -> None:
    stream = Stream(OPENED)
    stream.status(session("accepted", item("succeeded"), t=1))
    stream.intend(Command.refund, amount=5_000, currency="rub")
    stream.add(Refused(intent="i1", code="invalid_request"))
    assert stream.facts.open_intent is None


def test_a_refund_refused_after_a_loss_stays_in_doubt_and_is_not_sent_a_third_time() -> None:
    stream = _lost(Command.refund, session("accepted", item("succeeded"), t=1), amount=5_000, currency="rub")
    stream.add(Refused(intent="i1", code="amount_less_allowed_provider"))
    stream.status(session("accepted", item("succeeded"), t=1))
    assert stream.facts.in_doubt(stream.settings, stream.now)
    assert any(isinstance(order, AskPerson) for order in stream.orders())


def test_a_late_answer_beats_every_other_word_about_a_command() -> None:
    for other in (
        Lost(intent="i1", reason="x"),
        Refused(intent="i1", code="x"),
        Resolved(intent="i1", how="not_done", by="person"),
    ):
        for first, second in ((other, Answered(intent="i1")), (Answered(intent="i1"), other)):
            stream = Stream(OPENED)
            stream.intend(Command.start)
            stream.add(first)
            stream.add(second)
            assert stream.facts.intent("i1").state == "answered"


# whose refund


def _answered_refund(shown: list[dict[str, Any]], settings: MachineSettings | None = None) -> Stream:
    stream = Stream(OPENED, settings=settings or MachineSettings())
    stream.status(session("accepted", item("succeeded"), t=1))
    stream.intend(Command.refund, amount=5_000, currency="rub")
    body = hook("", session("in_progress", item("succeeded", refunds=shown), t=2)).body
    stream.add(Answered(intent="i1", body=body))
    return stream


def test_the_answer_tells_which_refund_is_ours() -> None:
    assert _answered_refund([refund("rf_1", "in_progress")]).facts.intent("i1").refund_id == "rf_1"
    two = [refund("rf_1"), refund("rf_2", metadata={"_b131": "i1"})]
    assert _answered_refund(two).facts.intent("i1").refund_id == "rf_2"
    assert _answered_refund([refund("rf_1"), refund("rf_2")]).facts.intent("i1").refund_id is None
    assert _answered_refund([refund("rf_1", is_chargeback=True)]).facts.intent("i1").refund_id is None


def test_an_answered_refund_is_found_in_a_later_answer_too() -> None:
    stream = _answered_refund([])
    stream.status(session("in_progress", item("succeeded", refunds=[refund("rf_1", "in_progress")]), t=3))
    assert stream.facts.intent("i1").refund_id == "rf_1"


def test_that_the_bank_does_not_echo_tags_is_learnt_from_a_refund_that_is_surely_ours() -> None:
    first = refund("rf_1")
    stream = _answered_refund([first])
    stream.status(session("accepted", item("succeeded", refunds=[first]), t=3))
    stream.intend(Command.refund, "i2", amount=3_000, currency="rub", seen_refunds=("rf_1",))
    stream.add(Lost(intent="i2", reason="timeout"))
    stream.status(session("accepted", item("succeeded", refunds=[first, refund("rf_2", amount=3_000)]), t=4))
    assert _fate(stream) == "done"
    assert stream.facts.intent("i2").refund_id == "rf_2"


def test_where_the_bank_echoes_tags_a_refund_without_one_is_never_ours() -> None:
    stream = _answered_refund([], MachineSettings(refund_metadata_echoed=True))
    stream.status(session("accepted", item("succeeded", refunds=[refund("rf_1")]), t=3))
    assert stream.facts.intent("i1").refund_id is None


def test_of_two_new_refunds_that_could_be_ours_none_is_taken() -> None:
    stream = _lost(Command.refund, session("accepted", item("succeeded"), t=1), amount=5_000, currency="rub")
    stream.settings = MachineSettings(refund_metadata_echoed=False)
    stream.status(session("accepted", item("succeeded", refunds=[refund("rf_1"), refund("rf_2")]), t=2))
    assert _fate(stream) is None
    assert stream.facts.intent("i1").refund_id is None


def test_a_refund_with_a_foreign_tag_is_not_ours_even_where_tags_are_not_expected() -> None:
    stream = _lost(Command.refund, session("accepted", item("succeeded"), t=1), amount=5_000, currency="rub")
    stream.settings = MachineSettings(refund_metadata_echoed=False)
    foreign = refund("rf_1", metadata={"_b131": "somebody"})
    stream.status(session("accepted", item("succeeded", refunds=[foreign]), t=2))
    assert _fate(stream) is None


def test_without_tags_a_full_refund_of_unknown_amount_is_not_guessed() -> None:
    stream = Stream(OPENED, settings=MachineSettings(tag_refunds=False))
    stream.status(session("accepted", item("succeeded"), t=1))
    stream.intend(Command.refund)
    stream.add(Lost(intent="i1", reason="timeout"))
    stream.status(session("accepted", item("succeeded", refunds=[refund("rf_1", amount=10_000)]), t=2))
    assert _fate(stream) is None


# init


def test_a_lost_init_is_sent_again_within_its_keys_lifetime_and_then_left_to_a_person() -> None:
    stream = Stream()
    stream.intend(Command.init, attempt=None)
    stream.add(Lost(intent="i1", reason="timeout"))
    assert stream.orders() == (Resend("i1"),)
    stream.later(3_600)
    assert isinstance(stream.orders()[0], AskPerson)
    assert stream.facts.in_doubt(stream.settings, stream.now)
