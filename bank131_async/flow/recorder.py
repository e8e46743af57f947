"""The one way into the journal: write news, fold them, keep the index, wake who waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import get_args

from bank131_async.core.machine import Entry, Facts, Kind, Opened, StoredEntry, apply, fold
from bank131_async.core.models import Session
from bank131_async.errors import StaleVersionError
from bank131_async.flow.clock import Clock
from bank131_async.flow.pauses import between_sendings_s, growing_s
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.settings import FlowSettings
from bank131_async.stores import Index, Journal, Opening

_AT_REST = {kind: Index(kind=kind) for kind in get_args(Kind)}
_TIME_KEPT_S = 60.0
Moved = Callable[[FlowRecord, Facts, Facts], None]


class Recorder:
    """Appends entries to the journal and keeps records abreast of it.

    The journal is the truth and a record only a fold of it: whoever finds that somebody else has appended meanwhile
    reads the difference and folds that, in the journal's order.
    """

    def __init__(self, journal: Journal, settings: FlowSettings, clock: Clock, moved: Moved) -> None:
        self.journal = journal
        self._settings = settings
        self._machine = settings.machine
        self._clock = clock
        self._moved = moved
        self._store_ahead = timedelta(0)
        self._learns_at = 0.0

    def now(self) -> datetime:
        """The store's time, as far as its stamps have told: ages are measured by one clock."""
        return self._clock.now() + self._store_ahead

    async def learn_time(self) -> None:
        """Ask the store for its time, now and then: this process may be on a computer whose clock is wrong."""
        now = asyncio.get_running_loop().time()
        if now >= self._learns_at:
            self._store_ahead = await self.journal.now() - self._clock.now()
            self._learns_at = now + _TIME_KEPT_S

    async def open(self, session_id: str) -> FlowRecord:
        """A record folded from the whole stream; empty for a stream that does not exist."""
        if asyncio.get_running_loop().time() >= self._learns_at:
            await self.learn_time()
        return FlowRecord(session_id, fold(await self.journal.load(session_id), self._machine))

    async def catch_up(self, record: FlowRecord) -> bool:
        """Fold what others have appended; true when there was something."""
        asked_at = asyncio.get_running_loop().time()
        if asked_at >= self._learns_at:
            await self.learn_time()
        entries = await self.journal.load(record.session_id, record.facts.version)
        record.abreast_at = asked_at
        return bool(entries) and self._absorb(record, entries)

    async def write(
        self, record: FlowRecord, *entries: Entry, compare: bool = False, session: Session | None = None
    ) -> None:
        """Append and fold; with ``compare`` only if the record is abreast of the journal (``StaleVersionError``).

        ``session`` is the decoded body of a single observation, to save decoding it again.
        """
        judged = record.facts
        if record.is_written:
            await record.stand_in_line()
            if compare and record.facts is not judged:
                raise StaleVersionError(
                    f"stream {record.session_id} has moved while its turn was awaited", actual=record.facts.version
                )
        record.begin_writing()
        try:
            if await self._append(record, entries, session):
                return
            if compare:
                raise StaleVersionError(
                    f"stream {record.session_id}: somebody else has appended first", actual=record.facts.version
                )
            await self.catch_up(record)
            if await self._append(record, entries, session):
                return
            # The stream is busy. The index is that of the others until all entries are folded: one made without them
            # could hide a command of theirs from the workers for ever.
            await self.journal.append(record.session_id, entries)
        finally:
            record.end_writing()
        await self.catch_up(record)
        await self.reindex(record)

    async def _append(self, record: FlowRecord, entries: Sequence[Entry], session: Session | None) -> bool:
        """Append at the record's version, with the index that belongs to it; false if somebody else was there first."""
        before = record.facts
        asked_at = asyncio.get_running_loop().time()
        now = self.now()
        after = before
        for offset, entry in enumerate(entries, 1):
            after = apply(after, StoredEntry(before.version + offset, now, entry), self._machine, session=session)
        try:
            done = await self.journal.append(
                record.session_id, entries, expected_version=before.version, index=self.index_of(after, now)
            )
        except StaleVersionError:
            return False
        self._store_ahead = done.at - self._clock.now()
        record.abreast_at = asked_at
        if record.facts is before:
            record.shown = session if after.has_succeeded else None
            self._settle_on(record, after)
        else:
            await self.catch_up(record)  # a reader has folded others' entries meanwhile
        return True

    async def write_within(self, record: FlowRecord, opened: Opened, opening: Opening) -> None:
        """Append ``opened`` in a transaction of the caller's, if the record is abreast of the journal.

        The record is left alone: the journal does not have the entry before the commit, and after a rollback never.
        """
        now = self.now()
        entry = StoredEntry(record.facts.version + 1, now, opened)
        index = self.index_of(apply(record.facts, entry, self._machine), now)
        await opening.append(record.session_id, (opened,), expected_version=record.facts.version, index=index)

    async def reindex(self, record: FlowRecord, *, due_in_s: float | None = None, closed: bool = False) -> None:
        """Replace the stream's index: it was looked at and is due again later, or is ``closed`` for good."""
        while True:
            index = self.index_of(record.facts, self.now(), due_in_s=due_in_s)
            if closed:
                index = Index(kind=index.kind, order=index.order)
            try:
                await self.journal.append(record.session_id, (), expected_version=record.facts.version, index=index)
            except StaleVersionError:
                await self.catch_up(record)
            else:
                return

    def index_of(self, facts: Facts, now: datetime, *, due_in_s: float | None = None) -> Index:
        """What the store shall know of the stream without reading it."""
        if facts.is_at_rest and not facts.unhandled:
            return Index(kind=facts.kind, order=facts.order) if facts.order is not None else _AT_REST[facts.kind]
        unfinished = facts.is_unfinished(self._machine, now)
        in_doubt = facts.in_doubt(self._machine, now)
        horizon = facts.horizon(self._machine)
        abandoned = horizon is not None and now >= horizon
        due = None
        if (unfinished or in_doubt) and horizon is not None and not abandoned:
            due = now + timedelta(seconds=due_in_s if due_in_s is not None else self._due_s(facts, now))
            due = min(due, horizon)  # the last look: it takes the flow off the list of unfinished ones
        return Index(
            due,
            unfinished,
            in_doubt,
            in_doubt or (facts.opened and facts.conflict is not None) or (facts.managed and abandoned),
            bool(facts.unhandled),
            facts.kind,
            facts.order,
        )

    def _due_s(self, facts: Facts, now: datetime) -> float:
        """When others shall look after it. Whoever has just written goes on by itself, unless it dies.

        So nothing but a decision of the merchant is due at once: each look may write an entry, whose hint would send
        the next worker to look again.
        """
        intent = facts.open_intent
        if intent is not None:
            if intent.state == "open":
                return max(0.0, self._machine.settle_interval_s - (now - intent.at).total_seconds())
            return between_sendings_s(intent, intent.losses + intent.silent_statuses)
        if facts.question_open:
            return growing_s(0)
        if facts.waits_for_merchant:
            return 0.0
        return self.pause_s(facts, now)

    def pause_s(self, facts: Facts, now: datetime) -> float:
        """The usual pause before the bank is asked again."""
        age_s = (now - facts.entered_at).total_seconds()
        return self._settings.polling.pause_s(age_s, self._clock.jitter())

    def _absorb(self, record: FlowRecord, entries: Sequence[StoredEntry]) -> bool:
        # Entries that a concurrent reader has folded meanwhile are skipped: versions only ever grow.
        fresh = [stored for stored in entries if stored.version > record.facts.version]
        if not fresh:
            return False
        record.shown = None
        self._settle_on(record, fold(fresh, self._machine, record.facts))
        return True

    def _settle_on(self, record: FlowRecord, facts: Facts) -> None:
        before, record.facts = record.facts, facts
        self._moved(record, before, facts)
        record.wake()
