"""The planner: whatever comes, nothing is raised, no end is left, and no command is let through wrongly."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.core.machine import (
    EMPTY,
    TABLE,
    Allow,
    Answered,
    Append,
    Ask,
    AskPerson,
    AskStatus,
    CallPolicy,
    Command,
    Conflict,
    Entry,
    Facts,
    Illegal,
    Intended,
    Lost,
    MachineSettings,
    Move,
    NewsKind,
    Opened,
    Order,
    Phase,
    Refused,
    Resend,
    Resolved,
    SendFresh,
    Stale,
    Stay,
    Step,
    StoredEntry,
    Succeeded,
    Tick,
    TokenGiven,
    Wake,
    WakeAt,
    Wish,
    apply,
    plan,
    steps_of,
)
from tests.support.journals import NOON, OPENED, Stream, hook, item, redirect, refund, session, told

_ERRORS = [None, {"code": "3DS_error"}, {"code": "confirm_timeout"}, {"code": "odd"}, {}]
_IDENTS = st.sampled_from(["i1", "i2", "i3"])
_TYPES = [
    "ready_to_confirm",
    "action_required",
    "ready_to_capture",
    "payment_finished",
    "payment_refunded",
    "unheard_of",
]


@st.composite
def _refunds(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [
        refund(
            f"rf_{number}",
            draw(st.sampled_from(["in_progress", "error", "declined", "accepted", "new_status"])),
            draw(st.sampled_from([4_000, 5_000])),
            is_chargeback=draw(st.booleans()),
            metadata=draw(st.sampled_from([None, {"_b131": "i1"}, {"_b131": "i2"}, "text", 5, ["_b131"]])),
        )
        for number in range(draw(st.integers(0, 2)))
    ]


@st.composite
def _sessions(draw: st.DrawFn) -> dict[str, Any]:
    """Any session at all, most of them absurd."""
    items = [
        item(
            draw(st.sampled_from(["in_progress", "pending", "succeeded", "failed", "dreaming"])),
            draw(st.sampled_from([None, "pm_1", "pm_2"])),
            refunds=draw(_refunds()),
            customer_interaction=draw(st.sampled_from([None, redirect(), redirect("https://acs.example/2")])),
            error=draw(st.sampled_from(_ERRORS)),
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    made = session(
        draw(st.sampled_from([None, "created", "in_progress", "accepted", "cancelled", "canceled", "error", "odd"])),
        t=draw(st.sampled_from([None, 1, 2, 3])),
        next_action=draw(st.sampled_from([None, None, "confirm", "capture", "dance"])),
        actions=draw(st.sampled_from([None, {"confirm": "2026-11-22T10:00:00Z"}])),
        error=draw(st.sampled_from([None, {"code": "capture_timeout"}])),
    )
    made[draw(st.sampled_from(["payment_list", "acquiring_payments", "payout_list"]))] = items
    return made


@st.composite
def _entries(draw: st.DrawFn, version: int) -> Entry:
    ident = draw(_IDENTS)
    makers: list[Any] = [
        lambda: hook(draw(st.sampled_from(_TYPES)), draw(_sessions())),
        lambda: hook(draw(st.sampled_from(_TYPES)), draw(_sessions())),
        lambda: told(draw(_sessions()), draw(st.integers(0, version))),
        lambda: told(draw(_sessions()), version),
        lambda: Intended(
            intent=ident,
            command=draw(st.sampled_from(Command)),
            attempt=draw(st.sampled_from([None, "pm_1", "pm_2", "#0"])),
            key="k",
            body=None if ident == "i2" else b"{}",  # an id is drawn again: its bytes are the same then
            amount=draw(st.sampled_from([None, 5_000])),
            currency="rub",
        ),
        lambda: Answered(intent=ident, body=draw(st.sampled_from([None, told(draw(_sessions()), 0).body]))),
        lambda: Refused(intent=ident, code="invalid_request"),
        lambda: Lost(intent=ident, reason="x", not_sent=draw(st.booleans()), key_used=draw(st.booleans())),
        lambda: Resolved(intent=ident, how=draw(st.sampled_from(["done", "not_done", "superseded"])), by="person"),
        lambda: TokenGiven(widget="acquiring"),
        lambda: Opened(
            kind=draw(st.sampled_from(["payment", "payout"])), origin=draw(st.sampled_from(["create", "attach"]))
        ),
    ]
    made: Entry = draw(st.sampled_from(makers))()
    return made


def _check_entry(before: Facts, step: Step) -> None:
    after, verdict = step.facts, step.verdict
    assert not isinstance(verdict, Illegal)
    assert not (isinstance(before.outcome, Succeeded) and not isinstance(after.outcome, Succeeded))
    assert not (before.phase.is_final and not after.phase.is_final)
    match verdict:
        case Move(target):
            assert after.phase is target
        case Stay() | Stale():
            assert after.phase is before.phase
        case Ask():
            assert after.question_open
        case _:
            assert after.conflict
    assert set(before.troubles) <= set(after.troubles)
    steps_of(after)
    repr(after)


def _check_order(facts: Facts, order: Order, now: Any, settings: MachineSettings) -> None:
    if isinstance(order, Resend):
        intent = facts.intent(order.intent_id)
        assert intent.is_open
        assert intent.body is not None
        assert not intent.key_used
        lifetime = timedelta(seconds=settings.idempotency_key_lifetime_s)
        assert not intent.command.is_additive or now - intent.at < lifetime
    if isinstance(order, SendFresh):
        assert not facts.intent(order.intent_id).command.is_additive
    if isinstance(order, Append):
        assert isinstance(order.entry, Resolved | Lost)


def _check_wish(facts: Facts, command: Command, settings: MachineSettings) -> None:
    step = plan(facts, Wish(command=command), NOON, settings)
    assert step.facts is facts
    if Allow() in step.orders:
        assert step.verdict == Stay()
        assert facts.open_intent is None
        assert not facts.question_open
        assert facts.conflict is None or command is Command.refund
        assert command is not Command.refund or facts.has_succeeded
    else:
        assert isinstance(step.verdict, Ask | Illegal | Conflict)
        assert isinstance(step.verdict, Ask) == any(isinstance(order, AskStatus) for order in step.orders)


@given(st.data())
def test_nothing_is_raised_no_success_is_left_and_the_verdicts_are_true_whatever_comes(data: st.DataObject) -> None:
    settings = MachineSettings(
        failed_attempt_ends_session=data.draw(st.booleans()),
        refund_metadata_echoed=data.draw(st.sampled_from([None, True, False])),
    )
    facts, now = EMPTY, NOON
    for version in range(1, data.draw(st.integers(1, 14)) + 1):
        now += timedelta(seconds=data.draw(st.sampled_from([0, 1, 60, 4_000])))
        stored = StoredEntry(version, now, data.draw(_entries(version - 1)))
        step = plan(facts, stored, now, settings)
        _check_entry(facts, step)
        assert apply(facts, stored, settings) == step.facts
        assert apply(step.facts, stored, settings) == step.facts
        facts = step.facts
        ticked = plan(facts, Tick(), now, settings)
        assert ticked.facts is facts
        for order in (*step.orders, *ticked.orders):
            _check_order(facts, order, now, settings)
        for command in Command:
            _check_wish(facts, command, settings)


# wishes


def _at(made: dict[str, Any], *, event_type: str | None = None) -> Stream:
    stream = Stream(OPENED)
    stream.add(told(made, stream.version) if event_type is None else hook(event_type, made))
    return stream


def test_what_a_webhook_alone_excludes_is_asked_first_and_refused_after_the_answer() -> None:
    body = session("in_progress", item(), t=1, next_action="confirm")
    stream = _at(body, event_type="ready_to_confirm")
    assert stream.wish(Command.capture) == Ask()
    stream.status(body)
    assert isinstance(stream.wish(Command.capture), Illegal)


def test_at_a_hold_that_only_a_type_told_of_a_silent_answer_excludes_no_confirm() -> None:
    stream = _at(session("in_progress", item(), t=1), event_type="ready_to_capture")
    assert stream.wish(Command.confirm) == Ask()
    stream.status(session("in_progress", item(), t=2))
    assert stream.facts.phase is Phase.READY_TO_CAPTURE
    assert stream.wish(Command.confirm) == Stay()
    assert stream.wish(Command.capture) == Stay()
    assert isinstance(stream.wish(Command.refund), Illegal)


def test_nothing_is_planned_while_a_question_is_open() -> None:
    stream = _at(session("in_progress", item(), t=1, next_action="confirm"))
    stream.add(hook("payment_finished", session("created", t=1)))
    assert stream.wish(Command.confirm) == Ask()


@pytest.mark.parametrize("command", [Command.confirm, Command.capture])
@pytest.mark.parametrize(
    ("opened", "conflict"),
    [
        (Opened(amount=9_999, currency="rub"), True),
        (Opened(amount=10_000, currency="usd"), True),
        (Opened(amount=10_000, currency="rub"), False),
        (Opened(amount=10_000), False),
        (Opened(), False),
    ],
)
def test_the_amount_is_compared_with_what_was_opened_before_confirm_and_capture(
    command: Command, opened: Opened, conflict: bool
) -> None:
    stream = Stream(opened)
    stream.status(session("in_progress", item(), t=1, next_action=command.value))
    assert isinstance(stream.wish(command), Conflict) is conflict
    assert (stream.facts.conflict is not None) is conflict
    assert stream.wish(Command.cancel) == Stay()


def test_a_conflict_stops_every_command_but_a_refund() -> None:
    failed = session("cancelled", item("failed", error={"code": "x"}), t=1)
    stream = _at(session("accepted", item("succeeded"), t=2))
    stream.status(failed)
    assert isinstance(stream.wish(Command.cancel), Conflict)
    assert stream.wish(Command.refund) == Stay()


def test_a_refund_of_a_payment_that_failed_is_illegal() -> None:
    assert isinstance(_at(session("cancelled", item("failed"), t=1)).wish(Command.refund), Illegal)


def test_the_payer_may_be_started_again_after_a_failed_attempt_but_not_beside_a_live_one() -> None:
    failed = item("failed", error={"code": "3DS_error"})
    assert _at(session("in_progress", failed, t=1)).wish(Command.start) == Stay()
    assert isinstance(_at(session("in_progress", failed, item("pending", "pm_2"), t=1)).wish(Command.start), Illegal)


def test_a_process_plans_nothing_where_a_newer_fold_has_planned() -> None:
    stream = _at(session("in_progress", item(), t=1, next_action="confirm"))
    stream.intend(Command.confirm, fold=99)
    stream.add(Resolved(intent="i1", how="not_done", by="person"))
    assert isinstance(stream.wish(Command.cancel), Illegal)


def test_a_session_that_exists_is_not_initiated_again() -> None:
    assert isinstance(Stream(OPENED).wish(Command.init), Illegal)
    assert Stream().wish(Command.init) == Stay()
    assert isinstance(Stream().wish(Command.start), Illegal)


# orders


def test_news_that_moves_wakes_and_calls_the_policy_where_it_may_decide() -> None:
    stream = Stream(OPENED)
    orders = stream.add(hook("ready_to_confirm", session("in_progress", item(), t=1, next_action="confirm"))).orders
    assert orders[:2] == (Wake(), CallPolicy(Phase.READY_TO_CONFIRM))
    assert orders[2] == WakeAt(NOON + timedelta(minutes=240))
    again = hook("ready_to_confirm", session("in_progress", item(), t=2, next_action="confirm"))
    assert Wake() not in stream.add(again).orders
    other = item(customer_interaction=redirect())
    assert (
        CallPolicy(Phase.ACTION_REQUIRED)
        in stream.add(hook("action_required", session("in_progress", other, t=3))).orders
    )
    second = item(customer_interaction=redirect("https://acs.example/2"))
    assert Wake() in stream.add(hook("action_required", session("in_progress", second, t=4))).orders


def test_a_conflict_is_told_once_with_its_reason() -> None:
    stream = _at(session("accepted", item("succeeded"), t=2))
    step = stream.status(session("cancelled", item("failed", error={"code": "x"}), t=1))
    assert step.verdict == Conflict("one attempt was reported both succeeded and failed")
    assert AskPerson("one attempt was reported both succeeded and failed") in step.orders
    assert not [order for order in stream.orders() if isinstance(order, AskPerson)]


def test_a_payment_at_rest_orders_nothing() -> None:
    assert _at(session("accepted", item("succeeded"), t=2)).orders() == ()


def test_after_the_deadline_the_next_wake_is_the_horizon() -> None:
    stream = Stream(OPENED)
    assert stream.orders() == (WakeAt(NOON + timedelta(days=1)),)
    stream.later(86_400)
    assert stream.orders() == (WakeAt(NOON + timedelta(days=2)),)
    stream.later(86_400)
    assert stream.orders() == (AskPerson("the flow has passed its horizon"),)


def test_the_table_is_what_the_planner_consults(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {**TABLE, (Phase.CREATED, NewsKind.CONFIRM_ASKED): Stale()}
    monkeypatch.setattr("bank131_async.core.machine.planner.TABLE", changed)
    stream = Stream(OPENED)
    step = stream.add(hook("ready_to_confirm", session("in_progress", item(), t=1, next_action="confirm")))
    assert step.verdict == Stale()
