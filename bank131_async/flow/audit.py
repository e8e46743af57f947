"""``bank.audit``: look into the journal, and settle what only a person can settle. Needs no bank and no key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Self

import attrs

from bank131_async.core.machine import EMPTY, Facts, IntentFacts, Kind, Phase, Resolved
from bank131_async.errors import CommandNotAllowedError, StoreCorruptError
from bank131_async.flow.clock import SystemClock
from bank131_async.flow.doubts import doubt_of
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.recorder import Recorder
from bank131_async.flow.settings import FlowSettings
from bank131_async.flow.streams import INBOX, is_session
from bank131_async.flow.timeline import Timeline, timeline
from bank131_async.stores import Journal, StreamInfo, StreamState

_PAGE = 1000


@attrs.frozen(kw_only=True, weakref_slot=False)
class FlowSummary:
    """A payment as the lists show it.

    ``stream``: the session's id, or ``@init:<intent>``. ``amount``: minor units. ``moved_at``: when its journal grew
    last; ``due``: when a worker is to look at it next. ``reason``: why a person has to look, ``None`` if nobody has to.
    ``intent``: the id of the command whose fate is not settled.
    """

    stream: str
    kind: Kind
    order: str | None
    phase: Phase
    amount: int | None
    currency: str | None
    moved_at: datetime
    due: datetime | None
    reason: str | None
    intent: str | None


@attrs.frozen(kw_only=True, weakref_slot=False)
class Counts:
    """How many streams of the project are in which list."""

    unfinished: int
    in_doubt: int
    needs_person: int
    unhandled: int


class Audit:
    """Reads the journal of one project."""

    def __init__(self, recorder: Recorder, settings: FlowSettings) -> None:
        self._recorder = recorder
        self._machine = settings.machine

    @classmethod
    def of(cls, journal: Journal, settings: FlowSettings | None = None) -> Self:
        """An audit of a journal without a client: ``Audit.of(store.journal(project_id))``."""
        chosen = settings or FlowSettings()
        return cls(recorder_of(journal, chosen), chosen)

    async def show(self, stream: str) -> Timeline:
        """A payment's journal, oldest entry first, with the verdict on each; no entries for an unknown stream.

        ``stream``: a session's id, ``@init:<intent>`` or ``@inbox``.
        """
        return timeline(stream, await self._recorder.journal.load(stream), self._machine)

    async def list(self, state: StreamState, *, after: str = "", limit: int = 100) -> Sequence[FlowSummary]:
        """One page of a list, by stream; ``after`` is the last one of the page before."""
        page = await self._recorder.journal.streams(state, after=after, limit=limit)
        return [await self._summary(info) for info in page]

    async def count(self) -> Counts:
        """Count the lists, by paging through them: for a gauge that is read every minute, not every second."""
        return Counts(
            unfinished=await self._count(StreamState.unfinished),
            in_doubt=await self._count(StreamState.in_doubt),
            needs_person=await self._count(StreamState.needs_person),
            unhandled=await self._count(StreamState.unhandled),
        )

    async def resolve(
        self, stream: str, intent_id: str, *, done: bool, note: str = "", session_id: str | None = None
    ) -> Facts:
        """A person's word on a command in doubt: it took effect at the bank, or it did not. Returns the facts after it.

        Look at the bank's dashboard first. The word is an entry of the journal; what the bank shows later outranks it.
        ``session_id``: of an init that was done, the session that it made; a worker links the two.

        Raises ``CommandNotAllowedError``, which says what to do instead, for a command that is not in doubt.
        """
        record = await self._recorder.open(stream)
        intent = self.doubt(stream, record.facts, intent_id)
        is_init = not is_session(stream)
        if is_init and done and (not session_id or not is_session(session_id)):
            raise CommandNotAllowedError("an init that was done has made a session: give its id")
        word = Resolved(
            intent=intent.id,
            how="done" if done else "not_done",
            by="person",
            note=session_id if is_init and done and session_id else note,
        )
        await self._recorder.write(record, word, compare=True)
        return record.facts

    def doubt(self, stream: str, facts: Facts, intent_id: str) -> IntentFacts:
        """The command with this id, if a person may settle it; raises as ``resolve`` does, and writes nothing."""
        return doubt_of(stream, facts, intent_id, self._machine, self._recorder.now())

    async def _summary(self, info: StreamInfo) -> FlowSummary:
        facts, unreadable = EMPTY, None
        if info.stream != INBOX:
            try:
                facts = (await self._recorder.open(info.stream)).facts
            except StoreCorruptError as error:
                unreadable = error.message
        intent = facts.open_intent
        return FlowSummary(
            stream=info.stream,
            kind=facts.kind,
            order=facts.order or info.index.order,
            phase=facts.phase,
            amount=facts.amount,
            currency=facts.currency,
            moved_at=info.moved_at,
            due=info.index.due,
            reason=unreadable or self._reason(facts),
            intent=None if intent is None else intent.id,
        )

    def _reason(self, facts: Facts) -> str | None:
        now = self._recorder.now()
        for intent in facts.intents:
            if intent.is_in_doubt(self._machine, now):
                return f"{intent.command} in doubt"
        if facts.opened and facts.conflict is not None:
            return facts.conflict
        return "past its horizon" if facts.is_abandoned(self._machine, now) else None

    async def _count(self, state: StreamState) -> int:
        count = 0
        async for _ in every(self._recorder.journal, state):
            count += 1
        return count


async def every(
    journal: Journal,
    state: StreamState,
    *,
    moved_since: datetime | None = None,
    moved_before: datetime | None = None,
    after: str = "",
    page: int = _PAGE,
) -> AsyncIterator[StreamInfo]:
    """All streams of a list, page by page."""
    while True:
        infos = await journal.streams(
            state, moved_since=moved_since, moved_before=moved_before, after=after, limit=page
        )
        for info in infos:
            yield info
        if len(infos) < page:
            return
        after = infos[-1].stream


def recorder_of(journal: Journal, settings: FlowSettings) -> Recorder:
    """The way into a journal for a program that has no client."""
    return Recorder(journal, settings, SystemClock(), _nobody_waits)


def _nobody_waits(_record: FlowRecord, _before: Facts, _after: Facts) -> None:
    """No flow of this process waits for what is written here."""
