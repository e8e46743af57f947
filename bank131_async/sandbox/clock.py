"""The bank's time: a clock that can be moved, and an agenda of what is to happen when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from bank131_async.errors import ConfigurationError

_END = datetime(9000, 1, 1, tzinfo=UTC)
"""Far enough from the last date there is for every time limit that may be set."""


def system_time() -> datetime:
    """The machine's clock, aware UTC."""
    return datetime.now(UTC)


class Clock:
    """A source of time that can be moved on and stopped.

    While the agenda runs, ``now`` is the moment at which the event was due.
    """

    def __init__(self, source: Callable[[], datetime] = system_time) -> None:
        self._source = source
        self._shift = timedelta()
        self._frozen: datetime | None = None
        self._moment: datetime | None = None

    def now(self) -> datetime:
        """The bank's present time, aware UTC."""
        return self._moment or (self._frozen or self._source()) + self._shift

    @property
    def is_frozen(self) -> bool:
        """Whether time stands still but for ``shift``."""
        return self._frozen is not None

    def freeze(self) -> None:
        """Stand still; a second time changes nothing."""
        self._frozen = self._frozen or self._source()

    def unfreeze(self) -> None:
        """Run on from where the clock stands."""
        if self._frozen is not None:
            self._shift -= self._source() - self._frozen
            self._frozen = None

    def reset(self) -> None:
        """Go back to the source's time, running."""
        self._shift = timedelta()
        self._frozen = None

    def shift(self, seconds: float) -> None:
        """Move the clock forward. Raises ``ConfigurationError`` for a negative step, and for one past the year 9000."""
        if seconds < 0:
            raise ConfigurationError("the bank's clock moves forward only")
        if seconds > (_END - self.now()).total_seconds():
            raise ConfigurationError("the bank's clock ends with the year 9000; a reset sets it to the present")
        self._shift += timedelta(seconds=seconds)

    def at(self, moment: datetime | None) -> None:
        """Stand still at ``moment``, or run again with ``None``."""
        self._moment = moment


class Agenda:
    """What is to happen when, in the order of time and, at one moment, of noting it down."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Note ``action`` down, ``seconds`` from the bank's present time."""
        heappush(self._heap, (self._clock.now() + timedelta(seconds=seconds), next(self._order), action))

    @property
    def next_at(self) -> datetime | None:
        """When the next event is due."""
        return self._heap[0][0] if self._heap else None

    def run_due(self) -> bool:
        """Let everything happen that is due, each at its own moment, including what that brings about.

        Returns whether anything was due.
        """
        now = self._clock.now()
        if self.next_at is None or self.next_at > now:
            return False
        try:
            while self._heap and self._heap[0][0] <= now:
                moment, _, action = heappop(self._heap)
                self._clock.at(moment)
                action()
        finally:
            self._clock.at(None)
        return True
