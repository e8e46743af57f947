"""What all flows of one client share, put together once."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from bank131_async.client import ApiClient
from bank131_async.core.machine import Facts
from bank131_async.errors import StoreError, StoreUnavailableError
from bank131_async.flow.clock import Clock
from bank131_async.flow.commands import Commands
from bank131_async.flow.driver import Driver
from bank131_async.flow.outage import Outage
from bank131_async.flow.poller import Poller
from bank131_async.flow.questions import Questions
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.recorder import Recorder
from bank131_async.flow.sender import Sender
from bank131_async.flow.settings import FlowSettings
from bank131_async.flow.tasks import Tasks
from bank131_async.flow.waiting import Waiting
from bank131_async.stores import Journal

log: logging.Logger = logging.getLogger("bank131.flow")
#: So many calls in a row without an answer, and the bank is held to be down: a single one may be the call's fault.
_TOLERATED = 5
_PERSONS_KEPT = 10_000
#: How soon a flow with an open command is looked at again after news, in seconds.
_LOOK_AGAIN_S = 1.0


class Engine:
    """Recorder, questions, sender, driver, poller, commands and waiting of one client."""

    def __init__(
        self,
        api: ApiClient,
        journal: Journal,
        settings: FlowSettings,
        clock: Clock,
    ) -> None:
        self.api = api
        self.settings = settings
        self.clock = clock
        self.tasks: Tasks = Tasks()
        self.recorder: Recorder = Recorder(journal, settings, clock, self._moved)
        # What the log has told already, so that a flow that is looked at again and again is told of once.
        self._persons: dict[str, str] = {}
        self.bank_outage: Outage = Outage("the bank", tolerated=_TOLERATED)
        self.store_outage: Outage = Outage("the store", tolerated=1)
        self.questions: Questions = Questions(api, self.recorder, settings, self.bank_outage)
        self.sender: Sender = Sender(api, self.recorder, settings, self.bank_outage)
        self.driver: Driver = Driver(
            self.recorder, self.questions, self.sender, settings, clock, self._needs_person, self.bank_outage
        )
        self.poller: Poller = Poller(self._look, self._read, self._pause_s, journal, settings, self.tasks)
        self.commands: Commands = Commands(
            self.recorder, self.driver, self.sender, self.poller, settings, clock, self.tasks, api
        )
        self.waiting: Waiting = Waiting(api, self.recorder, self.poller, settings)

    @property
    def journal(self) -> Journal:
        """The project's journal."""
        return self.recorder.journal

    async def record_of(self, session_id: str) -> FlowRecord:
        """This process's record of a flow, abreast of the journal."""
        self.api.check_owner()
        record = self.poller.find(session_id)
        if record is None:
            return await self.recorder.open(session_id)
        await self.recorder.catch_up(record)
        return record

    def nudge(self, record: FlowRecord) -> None:
        """Something happened that the bank should be asked about: do it now, without holding the caller."""
        if self.poller.find(record.session_id) is not record:  # else the poller knows already
            self.tasks.spawn(self._settle_once(record), name=f"bank131 settle {record.session_id}")

    async def _settle_once(self, record: FlowRecord) -> None:
        try:
            await self.driver.settle(record)
        except StoreUnavailableError:  # what is outstanding is in the journal, for whoever looks at the flow next
            self.store_failed()

    def pushed(self, record: FlowRecord) -> None:
        """A webhook is about to tell the news: the next poll, which is put off because of them, can wait."""
        record.pushed_at = asyncio.get_running_loop().time()

    async def aclose(self) -> None:
        """End polling, finish what is in flight within the grace, leave the rest to recovery."""
        self.poller.close()
        await self.tasks.finish(self.settings.grace_s)

    def _pause_s(self, record: FlowRecord) -> float:
        pause_s = self.recorder.pause_s(record.facts, self.recorder.now())
        rest_s = self.settings.polling.after_webhook_s
        if asyncio.get_running_loop().time() - record.pushed_at < rest_s:
            return max(pause_s, rest_s)
        return pause_s

    async def _look(self, record: FlowRecord) -> float | None:
        now = asyncio.get_running_loop().time()
        if not self.store_outage.admits(now):
            return self.store_outage.pause_s
        soon, record.soon = record.soon, False
        try:
            again_s = await (self.driver.settle(record) if soon else self.driver.poll(record))
        except StoreUnavailableError:
            self.store_failed()
            return self.store_outage.pause_s
        self.store_outage.answered(now)
        # Time alone can end the waiting: past the horizon nothing in the journal changes.
        if self.waiting.abandoned(record.facts):
            record.wake()
        return again_s

    async def _read(self, record: FlowRecord) -> None:
        """Another process has written. What there is to do about it, or about a store that fails, a look finds."""
        if not self.store_outage.is_open:
            with contextlib.suppress(StoreError):
                await self.recorder.catch_up(record)
                if not record.facts.wants_polling:
                    return
        self.poller.look_soon(record)

    def _moved(self, record: FlowRecord, before: Facts, after: Facts) -> None:
        if after.phase is not before.phase:
            log.info("session %s: %s -> %s", record.session_id, before.phase, after.phase)
        if after.troubles and not before.troubles:
            log.error("session %s: conflict: %s; a person has to look", record.session_id, after.conflict)
        # Where nothing is outstanding the next poll may come when it comes.
        if not after.is_at_rest and after.wants_polling and self.poller.find(record.session_id) is record:
            self._reschedule(record, after)

    def _reschedule(self, record: FlowRecord, facts: Facts) -> None:
        if facts.question_open and not self.sender.is_sending(facts.open_intent):
            self.poller.look_soon(record)
        elif facts.open_intent is not None:
            self.poller.look_soon(record, _LOOK_AGAIN_S)
        else:
            self.poller.postpone(record)

    def store_failed(self) -> None:
        """The store was not available."""
        self.store_outage.failed(asyncio.get_running_loop().time(), self.clock.now())

    def _needs_person(self, record: FlowRecord, reason: str) -> None:
        if self._persons.get(record.session_id) != reason:
            if len(self._persons) >= _PERSONS_KEPT:
                self._persons.clear()
            self._persons[record.session_id] = reason
            log.error("session %s needs a person: %s", record.session_id, reason)
