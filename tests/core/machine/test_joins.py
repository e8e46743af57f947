"""Joins: the union of reports, the same in any order; and the comparison of times that have different precisions."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.core.machine.joins import is_newer, joined_attempts, joined_refunds, merged
from bank131_async.core.machine.parts import Attempt, RefundFacts, Trouble
from bank131_async.core.models import BankError, RefundStatus, Timestamp
from tests.support.journals import OPENED, Stream, folded, hook, item, refund, session

_ERRORS = st.sampled_from([None, BankError("a"), BankError("b"), BankError("b", "words")])


@st.composite
def _attempts(draw: st.DrawFn) -> Attempt:
    told_by = draw(st.sampled_from([0, 0, 5, 9]))
    ident, position = draw(st.sampled_from([("pm_1", 0), ("pm_2", 1), ("#0", 0), ("#1", 1)]))
    # One answer, one word: what a status answer tells is a function of the answer.
    told = (BankError(f"e{told_by}"), told_by) if told_by else (draw(_ERRORS), draw(st.sampled_from([None, 1, 20])))
    return Attempt(
        ident,
        position,
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.booleans()),
        told[0],
        told[1],
        "rub" if told[1] else None,
        told_by,
        told_by,
    )


@given(st.lists(_attempts(), max_size=6), st.randoms(use_true_random=False))
def test_attempts_join_to_the_same_in_any_order_and_with_repetitions(news: list[Attempt], chance: Any) -> None:
    straight: tuple[Attempt, ...] = ()
    for one in news:
        straight = joined_attempts(straight, (one,))
    mixed = news + news[:2]
    chance.shuffle(mixed)
    other: tuple[Attempt, ...] = ()
    for one in mixed:
        other = joined_attempts(other, (one,))
    assert straight == other
    assert merged(straight) == merged(other)
    assert joined_attempts(straight, straight) is straight


@st.composite
def _refund_facts(draw: st.DrawFn) -> RefundFacts:
    return RefundFacts(
        draw(st.sampled_from(["rf_1", "rf_2", "rf_10"])),
        draw(st.sampled_from(RefundStatus)),
        draw(st.sampled_from([None, 1, 2])),
        "rub",
        draw(st.booleans()),
        draw(st.sampled_from([None, "i1", "i2"])),
    )


@given(st.lists(_refund_facts(), max_size=6), st.randoms(use_true_random=False))
def test_refunds_join_to_the_same_in_any_order_and_with_repetitions(news: list[RefundFacts], chance: Any) -> None:
    straight = joined_refunds((), tuple(news))
    mixed = news + news[:2]
    chance.shuffle(mixed)
    other = joined_refunds((), tuple(mixed))
    assert straight == other


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (["in_progress", "error"], "error"),
        (["error", "declined"], "declined"),
        (["error", "accepted"], "accepted"),
        (["in_progress", "error", "accepted"], "accepted"),
        (["odd", "error"], "error"),
    ],
)
def test_a_refund_only_advances(told: list[str], status: str) -> None:
    for order in permutations(told):
        bodies = [session("accepted", item("succeeded", refunds=[refund("rf_1", one)]), t=1) for one in order]
        facts = folded(OPENED, *[hook("payment_refunded", body) for body in bodies])
        assert facts.refunds[0].status == status
        assert facts.conflict is None


@pytest.mark.parametrize("order", list(permutations(["in_progress", "declined", "accepted", "error"])))
def test_a_refund_both_declined_and_accepted_is_a_conflict_in_any_order(order: tuple[str, ...]) -> None:
    bodies = [session("accepted", item("succeeded", refunds=[refund("rf_1", one)]), t=1) for one in order]
    facts = folded(OPENED, *[hook("payment_refunded", body) for body in bodies])
    assert facts.troubles == (Trouble.REFUND_BOTH_WAYS,)
    assert facts.refunds[0].status is RefundStatus.accepted


def test_an_item_without_an_id_merges_into_the_one_that_gets_one() -> None:
    nameless = hook("action_required", session("in_progress", item("pending", None), t=1))
    named = hook("payment_finished", session("accepted", item("succeeded"), t=2))
    for order in permutations([nameless, named]):
        facts = folded(OPENED, *order)
        assert [one.id for one in facts.attempts] == ["pm_1"]
        assert facts.named("#0") == "pm_1"
        assert facts.conflict is None


def test_an_item_that_moved_in_the_list_counts_at_its_last_place_in_any_order() -> None:
    first = hook("odd", session("in_progress", item("failed", "pm_2"), t=1))
    second = hook("odd", session("in_progress", item("failed", "pm_1"), item("pending", "pm_2"), t=2))
    for order in permutations([first, second]):
        assert [(one.id, one.position) for one in folded(OPENED, *order).attempts] == [("pm_1", 0), ("pm_2", 1)]


def _priced(amount: int, t: int) -> dict[str, Any]:
    return session("in_progress", {**item(), "amount_details": {"amount": amount, "currency": "rub"}}, t=t)


def test_what_an_answer_told_is_not_overturned_by_a_webhook() -> None:
    for first in (5, 500):
        stream = Stream(OPENED, hook("odd", _priced(first, 1)))
        stream.status(_priced(5, 2))
        stream.add(hook("odd", _priced(500, 3)))
        assert stream.facts.attempts[0].amount == 5
        stream.status(_priced(7, 4))
        assert stream.facts.attempts[0].amount == 7


def test_two_successes_and_two_live_attempts_are_conflicts() -> None:
    two = session("accepted", item("succeeded"), item("succeeded", "pm_2"), t=1)
    assert folded(OPENED, hook("payment_finished", two)).troubles == (Trouble.TWO_SUCCESSES,)
    live = session("in_progress", item(), item("pending", "pm_2"), t=1)
    assert folded(OPENED, hook("odd", live)).troubles == (Trouble.TWO_LIVE,)


# times


def _time(seconds: int, fraction: str = "") -> Timestamp:
    return Timestamp.parse(f"2026-11-22T10:00:{seconds:02}{'.' if fraction else ''}{fraction}Z")


@pytest.mark.parametrize(
    ("one", "other", "newer"),
    [
        (_time(2), _time(1), True),
        (_time(1), _time(1), False),
        (_time(1, "9"), _time(1), False),
        (_time(1), _time(1, "9"), False),
        (_time(2), _time(1, "999999"), True),
        (_time(1, "5"), _time(1, "400000"), True),
        (_time(1, "5"), _time(1, "599999"), False),
        (_time(1, "500001"), _time(1, "500000"), True),
        (Timestamp.parse("2026-11-22T13:00:01+03:00"), _time(1, "500000"), False),
        (Timestamp.parse("2026-11-22T13:00:02.0+03:00"), Timestamp.parse("2026-11-22T10:00:01.99999999Z"), True),
    ],
)
def test_times_compare_at_the_coarser_precision(one: Timestamp, other: Timestamp, newer: bool) -> None:
    assert is_newer(one, other) is newer
    assert not (newer and is_newer(other, one))


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["", "1", "5", "100000", "500000", "590000"])), max_size=6)
)
def test_one_newest_time_tells_as_much_as_all_times_seen(seen: list[tuple[int, str]]) -> None:
    stream, times = Stream(OPENED), []
    for at, (seconds, fraction) in enumerate(seen):
        moment = _time(seconds, fraction)
        made = session("in_progress", item(), next_action="confirm") | {"updated_at": moment.text, "nonce": at}
        was_stale = any(is_newer(other, moment) for other in times)
        stream.add(hook("ready_to_confirm", made))
        assert (stream.facts.readings[-1].version == stream.version) is not was_stale
        times.append(moment)
