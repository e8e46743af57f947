"""Where the flow reads the time and makes ids: the one place, so that tests can replace it."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import socket
from datetime import UTC, datetime, timedelta
from typing import Protocol

_chance = random.random


class Clock(Protocol):
    """What the flow needs to know of time and chance."""

    def now(self) -> datetime:
        """The wall clock, aware UTC. Written into the journal and compared with deadlines."""
        ...

    def new_id(self) -> str:
        """A fresh id for an intent or an idempotency key: unguessable, unique, at most 64 ASCII characters."""
        ...

    def jitter(self) -> float:
        """A random number in [0, 1), which spreads polls."""
        ...


class SystemClock:
    """The machine's clock and randomness."""

    def now(self) -> datetime:
        """The machine's wall clock."""
        return datetime.now(UTC)

    def new_id(self) -> str:
        """128 random bits in hex."""
        return secrets.token_hex(16)

    def jitter(self) -> float:
        """Cheap chance: when a poll comes is no secret."""
        return _chance()


class LoopClock(SystemClock):
    """A wall clock that follows the running event loop's clock, for tests in virtual time."""

    def __init__(self, epoch: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._epoch = epoch

    def now(self) -> datetime:
        """The epoch plus the loop's time."""
        return self._epoch + timedelta(seconds=asyncio.get_running_loop().time())


def process_name() -> str:
    """Who writes: host and process id, as the journal's timeline shows it."""
    return f"{socket.gethostname()}/{os.getpid()}"
