"""The movable clock and the agenda."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bank131_async.sandbox.clock import Agenda, Clock

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_events_happen_in_order_each_at_its_own_time() -> None:
    clock = Clock(lambda: START)
    agenda = Agenda(clock)
    seen: list[tuple[str, float]] = []

    def note(name: str) -> None:
        seen.append((name, (clock.now() - START).total_seconds()))

    agenda.after(20, lambda: note("late"))
    agenda.after(5, lambda: note("first of two"))
    agenda.after(5, lambda: note("second of two"))
    agenda.after(10, lambda: agenda.after(3, lambda: note("born on the way")))
    clock.shift(15)
    agenda.run_due()

    assert seen == [("first of two", 5), ("second of two", 5), ("born on the way", 13)]
    assert agenda.next_at == START + timedelta(seconds=20)
    assert clock.now() == START + timedelta(seconds=15)


def test_the_clock_goes_on_after_an_event_that_failed() -> None:
    clock = Clock(lambda: START)
    agenda = Agenda(clock)
    agenda.after(0, lambda: 1 / 0)  # type: ignore[arg-type,return-value]
    clock.shift(60)

    with pytest.raises(ZeroDivisionError):
        agenda.run_due()

    assert clock.now() == START + timedelta(seconds=60)


def test_a_frozen_clock_moves_only_when_it_is_moved_and_runs_on_from_there() -> None:
    moment = [START]
    clock = Clock(lambda: moment[0])
    clock.freeze()
    moment[0] += timedelta(seconds=10)
    clock.freeze()
    assert (clock.now(), clock.is_frozen) == (START, True)
    clock.shift(60)
    assert clock.now() == START + timedelta(seconds=60)
    clock.unfreeze()
    moment[0] += timedelta(seconds=5)
    assert (clock.now(), clock.is_frozen) == (START + timedelta(seconds=65), False)
    clock.unfreeze()
    assert clock.now() == START + timedelta(seconds=65)


def test_a_reset_clock_shows_the_true_time_and_runs() -> None:
    clock = Clock(lambda: START)
    clock.shift(60)
    clock.freeze()
    clock.reset()

    assert (clock.now(), clock.is_frozen) == (START, False)
