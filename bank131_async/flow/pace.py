"""A limit on calls per second over all flows, as a reservation of places in time."""

from __future__ import annotations


class Pace:
    """Hands out moments, ``per_second`` on average and up to ``burst`` at once after a rest. Arithmetic on time."""

    __slots__ = ("_credit", "_due", "_interval")

    def __init__(self, per_second: float, burst: int) -> None:
        self._interval = 1.0 / per_second
        self._credit = (burst - 1) * self._interval
        # When the next call would be due if calls came evenly; being ahead of it by the credit is allowed.
        self._due = 0.0

    def reserve(self, now: float) -> float:
        """The loop time at which the caller may go; equals ``now`` when the pace allows it at once."""
        moment = max(now, self._due - self._credit)
        self._due = max(self._due, moment) + self._interval
        return moment
