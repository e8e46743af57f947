"""Asking the bank where it stands, and writing down the answer if it tells anything."""

from __future__ import annotations

import asyncio
import logging

from bank131_async.client import ApiClient
from bank131_async.core import codec
from bank131_async.core.machine import Observed, StoredEntry, apply
from bank131_async.core.models import Session, SessionAnswer
from bank131_async.core.models.codes import facts_of
from bank131_async.core.operations import GetSessionStatus
from bank131_async.core.redact import redact_body
from bank131_async.errors import AnswerLostError, BankRefusedError, NotSentError, RateLimitedError
from bank131_async.flow.calls import check_session
from bank131_async.flow.outage import Outage
from bank131_async.flow.pace import Pace
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.recorder import Recorder
from bank131_async.flow.settings import FlowSettings

log: logging.Logger = logging.getLogger("bank131.flow")


class Questions:
    """``session/status`` calls whose answers become entries, at most so many a second over all flows."""

    def __init__(self, api: ApiClient, recorder: Recorder, settings: FlowSettings, bank: Outage) -> None:
        self._api = api
        self._bank = bank
        self._recorder = recorder
        self._machine = settings.machine
        self._pace = Pace(settings.status_calls_per_second, settings.status_calls_at_once)

    async def ask(self, record: FlowRecord) -> bool:
        """Ask once; true when the bank answered. The answer is evidence for what was in the journal before asking.

        Raises ``BankRefusedError`` when the bank refuses the question itself: no such session, a wrong key.
        """
        await self._keep_pace()
        asked = record.facts.version
        try:
            session = await self._fetch(record.session_id)
        except (NotSentError, AnswerLostError) as error:
            log.info("session %s: status not answered: %s", record.session_id, type(error).__name__)
            record.miss()
            return False
        await self._note(record, session, asked)
        record.misses = record.misses + 1 if record.facts.question_open else 0
        return True

    async def fetch(self, session_id: str) -> Session | None:
        """The session as the bank shows it now, not journaled; ``None`` when no usable answer came."""
        answer = await self.fetch_answer(session_id)
        return None if answer is None else answer.session

    async def fetch_answer(self, session_id: str) -> SessionAnswer | None:
        """``fetch``, with what the answer tells beside the session."""
        await self._keep_pace()
        try:
            return await self._answer(session_id)
        except (NotSentError, AnswerLostError, BankRefusedError):
            return None

    async def _keep_pace(self) -> None:
        now = asyncio.get_running_loop().time()
        pause = self._pace.reserve(now) - now
        if pause > 0:
            await asyncio.sleep(pause)

    async def _fetch(self, session_id: str) -> Session:
        answer = await self._answer(session_id)
        if answer.session is None:
            raise AnswerLostError("the answer holds no session", session_id=session_id)
        return answer.session

    async def _answer(self, session_id: str) -> SessionAnswer:
        loop = asyncio.get_running_loop()
        try:
            answer = check_session(await self._api.execute(GetSessionStatus(session_id=session_id)), session_id)
        except (NotSentError, AnswerLostError):
            self._bank.failed(loop.time(), self._recorder.now())
            raise
        except BankRefusedError as error:
            self._bank.answered(loop.time())
            if isinstance(error, RateLimitedError) or facts_of(error.code, error.http_status).in_doubt:
                raise AnswerLostError(f"the question was not answered: {error.code}", session_id=session_id) from error
            raise
        self._bank.answered(loop.time())
        return answer

    async def _note(self, record: FlowRecord, session: Session, asked: int) -> None:
        facts = record.facts
        if not facts.question_open and facts.open_intent is None:
            # Most polls bring nothing: that is found out before any bytes are made.
            bare = Observed(source="status", asked=asked, body=b"")
            stored = StoredEntry(facts.version + 1, self._recorder.now(), bare)
            if apply(facts, stored, self._machine, session=session).same_facts(facts):
                return
        body = redact_body(codec.encode(SessionAnswer(status="ok", session=session)))
        entry = Observed(source="status", asked=asked, body=body)
        await self._recorder.write(record, entry, session=session)
