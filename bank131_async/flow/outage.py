"""When the bank or the store does not answer: noticed once for all flows, probed at growing pauses, logged twice."""

from __future__ import annotations

import logging
from datetime import datetime

from bank131_async.flow.pauses import growing_s

log: logging.Logger = logging.getLogger("bank131.flow")


class Outage:
    """A circuit shared by all flows of a client. ``what`` is the party's name in the log.

    After ``tolerated`` failures in a row it is open: then only one call in a while is admitted, as a probe, until one
    is answered. So a hundred thousand flows do not find out one by one what the first few have found out. The pause
    grows with each probe alone: other calls that fail meanwhile, such as those that were under way when it began, say
    nothing new. Times are those of the event loop, in seconds; ``since`` is the wall clock's time of the first failure
    in a row, for people.
    """

    def __init__(self, what: str, *, tolerated: int) -> None:
        self._what = what
        self._tolerated = tolerated
        self._failures = 0
        self._is_probing = False
        self._first_failure = 0.0
        self._first_failure_at: datetime | None = None
        self._next_probe = 0.0

    @property
    def since(self) -> datetime | None:
        """When it began; ``None`` while all is well."""
        return self._first_failure_at if self.is_open else None

    @property
    def is_open(self) -> bool:
        """Whether calls are held back but for the probes."""
        return self._failures >= self._tolerated

    def admits(self, now: float) -> bool:
        """Whether a call may be made now; if it is a probe, it is the only one until its pause is over."""
        if not self.is_open:
            return True
        if now < self._next_probe:
            return False
        self._next_probe = now + self.pause_s
        self._is_probing = True
        return True

    @property
    def pause_s(self) -> float:
        """Between two probes: 1, 2, 4 ... seconds, at most a minute."""
        return growing_s(self._failures - self._tolerated)

    def failed(self, now: float, at: datetime) -> None:
        """A call was not answered."""
        if self.is_open and not self._is_probing:
            return
        self._is_probing = False
        if not self._failures:
            self._first_failure, self._first_failure_at = now, at
        self._failures += 1
        self._next_probe = now + self.pause_s
        if self._failures == self._tolerated:
            log.warning("%s does not answer: it is only probed until it does", self._what)

    def answered(self, now: float) -> None:
        """A call was answered, whatever the answer."""
        if self.is_open:
            log.warning("%s answers again, after %.0f s", self._what, max(0.0, now - self._first_failure))
        self._failures = 0
        self._is_probing = False
