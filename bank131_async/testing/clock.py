"""A clock that a test moves on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bank131_async.flow.clock import SystemClock


class MovableClock(SystemClock):
    """The machine's clock plus what it was moved by; both the bank and the client may go by it.

    Only what reads this clock moves: the bank's time limits, holds and re-sent webhooks, and the times in the journal.
    The event loop's own timers run on.
    """

    def __init__(self) -> None:
        self._shift = timedelta()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The moved time, aware UTC."""
        return datetime.now(UTC) + self._shift

    def advance(self, seconds: float) -> None:
        """Move on; what falls due at the bank on the way happens now, each event at its own time.

        Raises ``ValueError`` for a negative step: time does not run backwards.
        """
        if seconds < 0:
            raise ValueError("seconds: a clock moves forward only")
        self._shift += timedelta(seconds=seconds)
        for listener in self._listeners:
            listener()

    def on_advance(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after every step."""
        self._listeners.append(listener)
