"""Hints between processes: LISTEN and NOTIFY on a connection of its own, or plain polling.

Appends do not notify by themselves: PostgreSQL commits notifying transactions one after another. A hint is sent right
after the commit instead, those of many appends in one statement. It may be lost with the process, as hints may.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from bank131_async.errors import Bank131Error, StoreUnavailableError
from bank131_async.stores.postgres.database import Connection, Database

log: logging.Logger = logging.getLogger("bank131.store")

#: After a lost connection: 0.1 s, 0.2 s, 0.4 s ... up to this.
_LONGEST_PAUSE_S = 10.0
_FIRST_PAUSE_S = 0.1
#: How often a quiet connection is tried: one whose other end is gone hears nothing, and does not say so.
_HEARTBEAT_S = 15.0
#: Entries become visible when they are committed, a little later than they are stamped.
_OVERLAP = timedelta(seconds=5)
#: NOTIFY takes less than this, in bytes.
_LONGEST_PAYLOAD = 8000

#: What closing may take: a last hint, a farewell to the server.
_LAST_WORDS_S = 1.0
#: Under load the hints of this time go together.
_GATHER_S = 0.001
_NOTIFY = "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload"

Tell = Callable[[str, str, int], None]


class Feed:
    """Tells what other processes have appended, and tells them what this one has.

    ``tell(project, stream, version)`` is called for each hint; ``is_followed`` tells whether anybody wants them.
    ``moved`` is the statement that lists what was appended since a time; ``channel`` what NOTIFY is sent on.
    """

    def __init__(
        self,
        database: Database,
        *,
        channel: str,
        moved: str,
        tell: Tell,
        is_followed: Callable[[], bool],
        notifies: bool,
        poll_interval_s: float,
    ) -> None:
        self.notifies = notifies
        self._database = database
        self._channel = channel
        self._moved = moved
        self._tell = tell
        self._is_followed = is_followed
        self._poll_interval_s = poll_interval_s
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._outgoing: dict[tuple[str, str], int] = {}
        self._since: datetime | None = None
        self._told: dict[tuple[str, str], int] = {}
        self._failures = 0
        self._sent = asyncio.Event()
        self._sent.set()

    def start(self) -> None:
        """Begin, unless it has begun."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="bank131 store hints")

    def send(self, project: str, stream: str, version: int) -> None:
        """Tell the other processes, soon."""
        if self.notifies:
            self._outgoing[project, stream] = version
            self._sent.clear()
            self._wake.set()
            self.start()

    async def aclose(self) -> None:
        """Stop; what has still to be sent gets a moment."""
        if self._task is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_S):
                await self._sent.wait()
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            try:
                await (self._listen() if self.notifies else self._poll())
            except Bank131Error as error:
                if not self._failures:
                    log.warning("hints are interrupted, who waits goes on by timer: %s", error)
                pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**self._failures)
                self._failures += 1
                await asyncio.sleep(pause_s)

    async def _listen(self) -> None:
        async with self._database.connection() as connection:
            try:
                connection.add_termination_listener(self._lost)
                await connection.add_listener(self._channel, self._heard)
                await self._look(connection.fetch)  # what was missed while nobody listened
                self._recovered()
                while not connection.is_closed():
                    await self._serve(connection)
                raise StoreUnavailableError("the connection of the hints was lost")
            finally:
                # Not handed back: a connection that listens is of no use to others.
                await connection.close(timeout=_LAST_WORDS_S)

    async def _serve(self, connection: Connection) -> None:
        """Send what there is to send, or find out whether the connection is still alive."""
        try:
            async with asyncio.timeout(_HEARTBEAT_S):
                await self._wake.wait()
        except TimeoutError:
            self._since = await self._clock(connection.fetch)
            return
        self._wake.clear()
        outgoing, self._outgoing = self._outgoing, {}
        payloads = [json.dumps([*key, version]) for key, version in outgoing.items()]
        fitting = [payload for payload in payloads if len(payload) < _LONGEST_PAYLOAD]
        if fitting:
            await connection.fetch(_NOTIFY, self._channel, fitting, timeout=self._database.timeout_s)
            await asyncio.sleep(_GATHER_S)
        if not self._outgoing:
            self._sent.set()

    async def _poll(self) -> None:
        while True:
            if self._is_followed():
                await self._look(self._database.fetch)
                self._recovered()
            else:
                self._since = None
            await asyncio.sleep(self._poll_interval_s)

    async def _look(self, fetch: Callable[..., Awaitable[Sequence[asyncpg.Record]]]) -> None:
        """Tell what was appended since the last look; the first only notes the time."""
        now = await self._clock(fetch)
        if self._since is not None:
            told: dict[tuple[str, str], int] = {}
            for row in await fetch(self._moved, self._since - _OVERLAP):
                key, version = (row["project"], row["stream"]), row["version"]
                told[key] = version
                if version > self._told.get(key, 0):
                    self._tell(*key, version)
            self._told = told
        self._since = now

    async def _clock(self, fetch: Callable[..., Awaitable[Sequence[asyncpg.Record]]]) -> datetime:
        now: datetime = (await fetch("SELECT clock_timestamp() AS now"))[0]["now"]
        return now

    def _recovered(self) -> None:
        if self._failures:
            log.warning("hints are back")
        self._failures = 0

    def _lost(self, _: object) -> None:
        self._wake.set()

    def _heard(self, connection: Any, pid: int, _channel: str, payload: object) -> None:
        if pid == connection.get_server_pid():
            return  # its own, which the readers here have been told already
        try:
            project, stream, version = json.loads(str(payload))
        except (ValueError, TypeError):
            return  # somebody else's use of the channel
        if isinstance(project, str) and isinstance(stream, str) and isinstance(version, int):
            self._tell(project, stream, version)
