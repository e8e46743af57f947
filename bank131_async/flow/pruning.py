"""``bank.prune``: replace the journals of payments that ended long ago by tombstones."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from bank131_async.core.machine import EMPTY, is_prunable, tombstone
from bank131_async.errors import ConfigurationError, StaleVersionError, StoreCorruptError
from bank131_async.flow.audit import every
from bank131_async.flow.clock import process_name
from bank131_async.flow.inits import linked_session
from bank131_async.flow.recorder import Recorder
from bank131_async.flow.settings import FlowSettings
from bank131_async.flow.streams import INBOX, is_session
from bank131_async.stores import Index, StreamInfo, StreamState

log: logging.Logger = logging.getLogger("bank131.flow")


class Pruning:
    """Prunes one project's journal. May run in any number of processes, at any time, and be stopped at any moment."""

    def __init__(self, recorder: Recorder, settings: FlowSettings) -> None:
        self._recorder = recorder
        self._machine = settings.machine

    async def run(self, older_than: timedelta, batch: int) -> int:
        """Prune what has not moved for ``older_than``; returns how many streams. See ``Bank131Client.prune``."""
        if older_than <= timedelta(0):
            raise ConfigurationError("older_than: expected a time above zero, such as timedelta(days=90)")
        if batch < 1:
            raise ConfigurationError("batch: expected a number of streams above zero")
        await self._recorder.learn_time()
        before = self._recorder.now() - older_than
        count = 0
        # A basket that nobody ever paid needs a person by the book, and none in truth: it ends here too.
        for state in (StreamState.finished, StreamState.needs_person):
            async for info in every(self._recorder.journal, state, moved_before=before, page=batch):
                if not info.pruned:
                    try:
                        count += await self._prune(info)
                    except StoreCorruptError as error:
                        log.error("not pruned: %s", error)  # one that cannot be read keeps no other from its end
                    await asyncio.sleep(0)
        return count

    async def _prune(self, info: StreamInfo) -> bool:
        journal, facts, session_id = self._recorder.journal, EMPTY, None
        if info.stream != INBOX:
            record = await self._recorder.open(info.stream)
            facts = record.facts
            if facts.version != info.version or not is_prunable(facts, self._machine, self._recorder.now()):
                return False
            if not is_session(info.stream):
                session_id = linked_session(await journal.load(info.stream))
        stone = tombstone(facts, session_id=session_id, by=process_name())
        try:
            if info.index.needs_person:  # first, for whoever dies between the two leaves what the next run finishes
                at_rest = Index(kind=facts.kind, order=facts.order)
                await journal.append(info.stream, (), expected_version=info.version, index=at_rest)
            await journal.prune(info.stream, stone, expected_version=info.version)
        except StaleVersionError:
            return False  # it has just moved: not a matter of the past
        return True
