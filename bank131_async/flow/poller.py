"""Which flows are looked after in this process, and when: one wheel, two pumps, one reader of hints."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bank131_async.errors import BankRefusedError, ConfigurationError, StoreCorruptError
from bank131_async.flow.hints import follow
from bank131_async.flow.pump import Pump
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.settings import FlowSettings
from bank131_async.flow.tasks import Tasks
from bank131_async.flow.wheel import Wheel
from bank131_async.stores import Journal

log: logging.Logger = logging.getLogger("bank131.flow")
Look = Callable[[FlowRecord], Awaitable[float | None]]
#: How many flows are read from the journal at a time because of hints. These wait for no answer of the bank's.
_READS_AT_ONCE = 16
#: How long hints gather after some were read. Part of the time that news from another process take to get here.
_HINTS_REST_S = 0.005


class Poller:
    """Looks after the flows that somebody waits for.

    ``look(record)`` does one round for a flow (read the journal, ask the bank, settle) and returns the seconds after
    which it wants to be called again, or ``None`` for the usual poll. ``read(record)`` folds what others have written,
    and nothing else, so that the news of another process never wait for the bank.
    """

    def __init__(
        self,
        look: Look,
        read: Callable[[FlowRecord], Awaitable[None]],
        pause_s: Callable[[FlowRecord], float],
        journal: Journal,
        settings: FlowSettings,
        tasks: Tasks,
    ) -> None:
        self._look = look
        self._pause_s = pause_s
        self._journal = journal
        self._tasks = tasks
        self._wheel: Wheel[FlowRecord] = Wheel(self._due)
        self._looks = Pump(self._look_after, tasks, at_once=settings.status_calls_at_once, name="bank131 flow poller")
        self._reads = Pump(read, tasks, at_once=_READS_AT_ONCE, name="bank131 flow reader")
        self._live: dict[str, FlowRecord] = {}
        self._closed = False
        self._hints: asyncio.Task[None] | None = None

    def enlist(self, record: FlowRecord) -> FlowRecord:
        """Look after the flow until ``release``; returns the record that this process already keeps of it, if any."""
        kept = self._live.setdefault(record.session_id, record)
        kept.holders += 1
        if kept is record and record.due_tick == 0:
            self.postpone(record)
        if self._hints is None:
            self._hints = self._tasks.spawn(self._follow_hints(), name="bank131 journal hints")
        return kept

    def release(self, record: FlowRecord) -> None:
        """Stop looking after it, unless somebody else still wants it."""
        record.holders -= 1
        if not record.holders and self._live.get(record.session_id) is record:
            del self._live[record.session_id]
            self._wheel.cancel(record)
            record.shown = None  # bytes in the journal are kept, not objects: a caller may hold the flow for long

    def __len__(self) -> int:
        """How many flows are looked after."""
        return len(self._live)

    def find(self, session_id: str) -> FlowRecord | None:
        """The record of a flow that is looked after here."""
        return self._live.get(session_id)

    def postpone(self, record: FlowRecord) -> None:
        """Poll after the usual pause, counted from now."""
        self.look_in(record, self._pause_s(record))

    def look_in(self, record: FlowRecord, delay_s: float) -> None:
        """Look after the flow in ``delay_s`` seconds."""
        self._wheel.schedule(record, asyncio.get_running_loop().time() + delay_s)

    def look_soon(self, record: FlowRecord, delay_s: float = 0.0) -> None:
        """Look after the flow because of news: the bank is asked only if the news raises a question."""
        record.soon = True
        self.look_in(record, delay_s)

    def close(self) -> None:
        """Nothing is looked after any more, and who waits is told so; what is under way goes on."""
        self._closed = True
        self._wheel.close()
        self._looks.clear()
        self._reads.clear()
        if self._hints is not None:
            self._hints.cancel()
        for record in tuple(self._live.values()):
            record.wake()

    def check_open(self) -> None:
        """Raise ``ConfigurationError`` after ``close``."""
        if self._closed:
            raise ConfigurationError("the client was closed while its flow was awaited; the payment itself goes on")

    def _due(self, record: FlowRecord) -> None:
        if not self._closed and self._live.get(record.session_id) is record:
            self._looks.put(record)

    async def _look_after(self, record: FlowRecord) -> None:
        try:
            again_s = await self._look(record)
        except BankRefusedError as error:
            log.warning("%s", error)
            if record.facts.is_hearsay:
                record.fail(error)
            again_s = None
        except StoreCorruptError as error:
            log.error("%s", error)
            record.fail(error)
            again_s = None
        if self._live.get(record.session_id) is not record:
            return
        if again_s is not None:
            self.look_in(record, again_s)
        elif record.due_tick == 0:
            self.postpone(record)

    async def _follow_hints(self) -> None:
        loop = asyncio.get_running_loop()
        rest_at = 0.0
        async for hint in follow(self._journal):
            record = self._live.get(hint.stream)
            if record is not None and hint.version > record.facts.version:
                if record.is_written:
                    self.look_soon(record)  # most likely this process's own append, which is about to be folded
                else:
                    self._reads.put(record)
            if loop.time() >= rest_at:
                # Most hints are of this process's own appends: under load they are read by the hundred, not one by one.
                await asyncio.sleep(_HINTS_REST_S)
                rest_at = loop.time() + _HINTS_REST_S
