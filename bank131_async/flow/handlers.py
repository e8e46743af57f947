"""Running the handlers of webhooks: at least once, after commit, in the order of the journal.

A webhook for whose type the receiving process has handlers is journaled with that mark, and an entry ``handled``
follows when they have all done their work. Between the two lies whatever may go wrong: a handler that fails is called
again after pauses that grow, for as long as the process lives; what a dead process has left is found in the store's
list of unhandled streams by any process that has handlers for it. Where a later webhook of a session waits for an
earlier one, it waits for ever if need be: the order is promised.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import Iterable

import attrs

from bank131_async.core.codec import decode
from bank131_async.core.machine import Observed, StoredEntry
from bank131_async.core.metadata import untagged
from bank131_async.core.models import WebhookBody
from bank131_async.core.webhook import WebhookEvent
from bank131_async.errors import StoreError
from bank131_async.flow.backlog import Backlog, InboxBacklog, SessionBacklog
from bank131_async.flow.engine import Engine
from bank131_async.flow.pauses import growing_s
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.streams import is_session
from bank131_async.stores import StreamState
from bank131_async.webhooks import Handler, Router

log: logging.Logger = logging.getLogger("bank131.webhooks")
#: The first look at what another process is about to do, and the first try after a failing store, in seconds.
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 300.0
_PAGE = 100


class Handlers:
    """The handlers of one client's router, fed from the journal. One task per stream with something to do."""

    def __init__(self, engine: Engine, router: Router, *, concurrency: int = 16) -> None:
        self._engine = engine
        self._router = router
        self._places = asyncio.Semaphore(concurrency)
        self._inbox = InboxBacklog(engine.journal)
        # Webhooks as they came, secrets included, which the journal does not have; only those received here.
        self._fresh: dict[str, dict[bytes, WebhookEvent]] = {}
        self._draining: dict[str, asyncio.Task[None]] = {}
        self._news: dict[str, asyncio.Event] = {}
        self._sweeping: asyncio.Task[None] | None = None

    @property
    def pending(self) -> int:
        """How many webhooks that were received here wait for their handlers."""
        return sum(map(len, self._fresh.values()))

    @functools.cached_property
    def _takeover_s(self) -> float:
        """The age at which this process runs what it has not received: not that of others, lest all run it at once."""
        return self._engine.settings.handlers_takeover_s * (1 + self._engine.clock.jitter())

    def start(self) -> None:
        """Look for what dead processes have left, now and at intervals, if there are handlers at all. Idempotent."""
        if self._sweeping is None and self._router.has_handlers:
            self._sweeping = self._engine.tasks.spawn(self._sweep(), name="bank131 unhandled webhooks")

    def wants(self, event: WebhookEvent) -> bool:
        """Whether there are handlers for the event, in any process; one without any is made visible in the log."""
        if self._router.handlers_of(event) or self._router.is_elsewhere(event):
            return True
        self._router.count_unhandled(event)
        return False

    def submit(self, stream: str, event: WebhookEvent, record: FlowRecord | None = None) -> None:
        """Run the handlers of a webhook that is in the journal; ``record``: that of its session."""
        if not self._router.handlers_of(event):
            return  # they are elsewhere
        self._fresh.setdefault(stream, {})[event.digest] = event
        self._drain_soon(stream, record)
        self.start()

    async def aclose(self, grace_s: float) -> None:
        """Let handlers work on for ``grace_s`` seconds and leave the rest to any process that has them."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        tasks = set(self._draining.values())
        if tasks:
            await asyncio.wait(tasks, timeout=grace_s)
        left = [task for task in tasks if not task.done()]
        for task in left:
            task.cancel()
        if left:
            log.warning("handlers for %d stream(s) were not finished; they are run by whoever comes next", len(left))
            await asyncio.wait(left)

    # -- one stream ---------------------------------------------------------------------------------------------------

    def _drain_soon(self, stream: str, record: FlowRecord | None = None) -> None:
        news = self._news.setdefault(stream, asyncio.Event())
        news.set()
        if stream not in self._draining:
            task = self._engine.tasks.spawn(self._drain(stream, news, record), name=f"bank131 handlers {stream}")
            self._draining[stream] = task
            task.add_done_callback(functools.partial(self._drained, stream))

    def _drained(self, stream: str, task: asyncio.Task[None]) -> None:
        self._draining.pop(stream, None)
        if self._news[stream].is_set() and not task.cancelled():  # it came after the last look
            self._drain_soon(stream)
            return
        self._news.pop(stream, None)
        self._fresh.pop(stream, None)

    async def _drain(self, stream: str, news: asyncio.Event, record: FlowRecord | None) -> None:
        """Run handlers until nothing is left that this process can do."""
        backlog: Backlog = self._inbox
        if is_session(stream):
            backlog = SessionBacklog(self._engine.recorder, record or await self._engine.record_of(stream))
        tries, done = 0, set[bytes]()
        while True:
            news.clear()
            try:
                wait_s = await self._next(stream, backlog, done)
            except StoreError as error:
                log.warning("stream %s: handlers wait for the store: %s", stream, type(error).__name__)
                wait_s = _LONGEST_PAUSE_S
            if wait_s is None:
                if not news.is_set():
                    return
                tries = 0
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(wait_s, growing_s(tries) * _FIRST_PAUSE_S)):
                    await news.wait()
            tries += 1

    async def _next(self, stream: str, backlog: Backlog, done: set[bytes]) -> float | None:
        """Handle the first webhook in the journal's order that this process has handlers for, then the next.

        ``done``: those that only have to be marked still, for the store has failed. Returns the seconds to
        wait for another process that has received the first one, ``None`` at the end.
        """
        for digest in await backlog.pending():
            event = self._fresh.get(stream, {}).get(digest)
            if event is None:
                stored = await backlog.find(digest)
                event = None if stored is None else _event_of(stored)
                if stored is None or event is None or not self._router.handlers_of(event):
                    continue  # the business of a process that has handlers for it
                age_s = (self._engine.recorder.now() - stored.at).total_seconds()
                if age_s < self._takeover_s:
                    return self._takeover_s - age_s
            if digest not in done:
                await self._run(event)
                done.add(digest)
            await backlog.mark(digest)
            self._fresh.get(stream, {}).pop(digest, None)
        return None

    async def _run(self, event: WebhookEvent) -> None:
        """Call the handlers until none fails; those that have done their work are not called again."""
        handlers: tuple[Handler, ...] | None = None
        tries = 0
        while True:
            async with self._places:
                result = await self._router.dispatch(event, handlers)
            if result.is_done:
                return
            handlers = result.failed
            await asyncio.sleep(growing_s(tries, longest_s=_LONGEST_PAUSE_S))
            tries += 1

    # -- what dead processes have left --------------------------------------------------------------------------------

    async def _sweep(self) -> None:
        tries = 0
        while True:
            try:
                for stream in await self._unhandled():
                    self._drain_soon(stream)
                pause_s, tries = self._engine.settings.handlers_takeover_s, 0
            except StoreError:
                pause_s, tries = growing_s(tries), tries + 1
            await asyncio.sleep(pause_s)

    async def _unhandled(self) -> Iterable[str]:
        streams: list[str] = []
        while True:
            after = streams[-1] if streams else ""
            page = await self._engine.journal.streams(StreamState.unhandled, after=after, limit=_PAGE)
            streams += [info.stream for info in page]
            if len(page) < _PAGE:
                return streams


def for_merchant(event: WebhookEvent) -> WebhookEvent:
    """The event as handlers know it: the metadata that the merchant gave, without our tags."""
    if event.session is None:
        return event
    session = untagged(event.session)
    return event if session is event.session else attrs.evolve(event, session=session)


def _event_of(stored: StoredEntry) -> WebhookEvent | None:
    """The webhook as the journal has it: card data, tokens and hashes are replaced there."""
    entry = stored.entry
    if not isinstance(entry, Observed) or entry.digest is None:
        return None
    body = decode(WebhookBody, entry.body)
    type_ = body.type or entry.event_type or ""
    return for_merchant(
        WebhookEvent(type_, body.session, body.confirm_information, body.extra, entry.body, entry.digest)
    )
