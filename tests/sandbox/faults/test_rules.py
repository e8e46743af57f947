"""Which request or webhook is struck: by name, method, session, probability and count, repeatable by seed."""

from __future__ import annotations

from typing import Any

import pytest

from bank131_async.errors import ConfigurationError
from bank131_async.sandbox.faults import FAULTS, Faults


def struck(faults: Faults, *, times: int = 200) -> list[bool]:
    return [faults.strike("request", "session/confirm", f"ps_{number}") is not None for number in range(times)]


def test_a_rule_without_conditions_strikes_every_request_and_no_webhook() -> None:
    faults = Faults()
    rule = faults.add("answer_lost")

    assert faults.strike("request", "session/create", "") is rule
    assert faults.strike("webhook", "payment_finished", "ps_1") is None
    assert rule.struck == 1


def test_a_rule_strikes_its_method_and_its_session_only() -> None:
    faults = Faults()
    faults.add("stall", method="session/confirm", session_id="ps_1")

    assert faults.strike("request", "session/confirm", "ps_2") is None
    assert faults.strike("request", "session/capture", "ps_1") is None
    assert faults.strike("request", "session/confirm", "ps_1") is not None


def test_a_rule_strikes_no_more_often_than_its_count() -> None:
    faults = Faults()
    rule = faults.add("answer_lost", count=3)

    assert sum(struck(faults)) == 3
    assert (rule.left, rule.struck) == (0, 3)


def test_of_several_rules_the_first_to_strike_wins_and_the_others_are_not_used_up() -> None:
    faults = Faults()
    first, second = faults.add("answer_lost", count=1), faults.add("stall", count=1)

    assert faults.strike("request", "session/status", "") is first
    assert second.left == 1
    assert faults.strike("request", "session/status", "") is second


def test_the_same_seed_gives_the_same_faults_and_another_one_others() -> None:
    runs = []
    for seed in (1, 1, 2):
        faults = Faults(seed)
        faults.add("answer_lost", probability=0.3)
        runs.append(struck(faults))

    assert runs[0] == runs[1] != runs[2]
    assert 30 < sum(runs[0]) < 90


def test_a_rule_does_not_disturb_the_dice_of_another() -> None:
    alone, beside = Faults(7), Faults(7)
    alone.add("answer_lost", probability=0.3)
    beside.add("answer_lost", probability=0.3)
    beside.add("stall", probability=0.5, method="session/capture")
    for _ in range(10):
        beside.strike("request", "session/capture", "")
    alone_after = [alone.strike("request", "session/capture", "") for _ in range(10)]

    assert len(alone_after) == 10
    assert struck(alone) == struck(beside)


def test_clearing_begins_anew_with_the_same_seed_or_another() -> None:
    faults = Faults(5)
    faults.add("answer_lost", probability=0.3)
    first = struck(faults)
    faults.clear()
    assert faults.rules == {}
    faults.add("answer_lost", probability=0.3)
    assert struck(faults) == first
    faults.clear(6)
    faults.add("answer_lost", probability=0.3)
    assert struck(faults) != first


def test_a_rule_that_was_removed_strikes_no_more() -> None:
    faults = Faults()
    faults.remove(faults.add("answer_lost").number)

    assert not any(struck(faults))
    with pytest.raises(KeyError):
        faults.remove(1)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "nothing"}, "name"),
        ({"name": "stall", "probability": 1.1}, "probability"),
        ({"name": "stall", "probability": -0.1}, "probability"),
        ({"name": "stall", "count": 0}, "count"),
        ({"name": "stall", "seconds": -1}, "seconds"),
        ({"name": "answer_lost", "seconds": 1}, "seconds"),
        ({"name": "stall", "status": 500}, "status"),
        ({"name": "server_error", "status": 200}, "status"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_field(fields: dict[str, Any], field: str) -> None:
    faults = Faults()
    with pytest.raises(ConfigurationError, match=f"^{field}:"):
        faults.add(**fields)
    assert faults.rules == {}


def test_every_fault_of_the_table_can_be_put_in_force() -> None:
    faults = Faults()
    for name in FAULTS:
        rule = faults.add(name)
        assert (rule.seconds, rule.status) == (FAULTS[name].seconds, FAULTS[name].status)
    assert faults.add("clock_skew", seconds=-60).seconds == -60
