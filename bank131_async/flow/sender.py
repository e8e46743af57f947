"""Sends a journaled intent and writes down what became of it."""

from __future__ import annotations

import asyncio
import functools

from bank131_async.client import ApiClient
from bank131_async.core import codec
from bank131_async.core.machine import Answered, IntentFacts, Lost, Refused
from bank131_async.core.models import SessionAnswer
from bank131_async.core.models.codes import facts_of
from bank131_async.core.operations import Operation
from bank131_async.core.redact import redact_body
from bank131_async.errors import AnswerLostError, BankRefusedError, DuplicateKeyError, NotSentError, RateLimitedError
from bank131_async.flow.calls import check_session, operation_of
from bank131_async.flow.outage import Outage
from bank131_async.flow.pauses import between_sendings_s
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.recorder import Recorder
from bank131_async.flow.settings import FlowSettings

_LOOK_AGAIN_S = 1.0
_RESTS_KEPT = 1000
_UNANSWERED = (NotSentError.__name__, AnswerLostError.__name__)


class _SettledMeanwhileError(Exception):
    """The fence found that somebody else has settled the intent: nothing was sent."""


class Sender:
    """Puts intents on the wire, each at most once at a time in this process."""

    def __init__(self, api: ApiClient, recorder: Recorder, settings: FlowSettings, bank: Outage) -> None:
        self._api = api
        self._bank = bank
        self._recorder = recorder
        self._fence_s = settings.fence_s
        # Bytes that must not be journaled (open card data), by session and intent, while the command needs them.
        self._held: dict[str, dict[str, bytes]] = {}
        self.in_flight: set[str] = set()
        # Loop times before which these intents are not sent again: Retry-After, and pauses that grow.
        self._not_before: dict[str, float] = {}

    def body_of(self, record: FlowRecord, intent: IntentFacts) -> bytes | None:
        """The exact bytes of the intent, if this process has them."""
        return intent.body if intent.body is not None else self._held.get(record.session_id, {}).get(intent.id)

    def hold(self, record: FlowRecord, intent_id: str, body: bytes) -> None:
        """Keep the bytes in memory, and only there, until they are forgotten."""
        self._held.setdefault(record.session_id, {})[intent_id] = body

    def holds(self, record: FlowRecord) -> frozenset[str]:
        """Ids of the flow's intents whose bytes only this process has."""
        return frozenset(self._held.get(record.session_id, ()))

    def forget(self, record: FlowRecord, intent_id: str) -> None:
        """Drop the intent's held bytes: the command that needed them has ended."""
        held = self._held.get(record.session_id, {})
        held.pop(intent_id, None)
        if not held:
            self._held.pop(record.session_id, None)

    def hand_over(self, record: FlowRecord, old_id: str, new_id: str) -> None:
        """Held bytes, if there are any, belong to the intent that has taken the old one's place."""
        held = self._held.get(record.session_id, {})
        if old_id in held:
            held[new_id] = held.pop(old_id)

    async def send(
        self,
        record: FlowRecord,
        intent: IntentFacts,
        *,
        operation: Operation[SessionAnswer] | None = None,
    ) -> None:
        """Send the intent's bytes under its key. ``operation`` is the call, where the caller has it.

        A process may be paused at any moment. If more time than the fence has passed since the journal was asked,
        others may have settled the intent, so it is read again, and nothing is sent unless it is still open.
        """
        body = self.body_of(record, intent)
        if body is None or intent.id in self.in_flight:
            return
        self.in_flight.add(intent.id)
        try:
            self._not_before.pop(intent.id, None)
            call = operation or operation_of(intent, record.session_id, body)
            reply = await self._exchange(record, intent, call, body)
            if isinstance(reply, Lost):
                self._rest(intent, between_sendings_s(intent, intent.losses + 1))
            await self._recorder.write(record, reply)
        except _SettledMeanwhileError:
            return
        finally:
            self.in_flight.discard(intent.id)

    def is_sending(self, intent: IntentFacts | None) -> bool:
        """True while the intent is on the wire in this process: its answer comes, and asking would tell nothing."""
        return intent is not None and intent.id in self.in_flight

    def pause_s(self, intent: IntentFacts) -> float:
        """Seconds until the intent may be sent again."""
        if self.is_sending(intent):
            return _LOOK_AGAIN_S
        return max(0.0, self._not_before.get(intent.id, 0.0) - asyncio.get_running_loop().time())

    def _rest(self, intent: IntentFacts, pause_s: float) -> None:
        now = asyncio.get_running_loop().time()
        if len(self._not_before) > _RESTS_KEPT:
            self._not_before = {key: moment for key, moment in self._not_before.items() if moment > now}
        self._not_before[intent.id] = max(self._not_before.get(intent.id, 0.0), now + pause_s)

    async def _fence(self, record: FlowRecord, intent_id: str) -> float:
        """Read the journal again if too much time has passed since the intent was known to be open.

        Returns the loop time by which the request has to leave: from then on somebody may have settled the intent.
        """
        if asyncio.get_running_loop().time() - record.abreast_at > self._fence_s:
            await self._recorder.catch_up(record)
        still = record.facts.open_intent
        if still is None or still.id != intent_id:
            raise _SettledMeanwhileError
        return record.abreast_at + self._fence_s

    async def _exchange(
        self,
        record: FlowRecord,
        intent: IntentFacts,
        operation: Operation[SessionAnswer],
        body: bytes,
    ) -> Answered | Refused | Lost:
        reply = await self._attempt(record, intent, operation, body)
        now = asyncio.get_running_loop().time()
        if isinstance(reply, Lost) and reply.reason in _UNANSWERED:
            self._bank.failed(now, self._recorder.now())
        else:
            self._bank.answered(now)
        return reply

    async def _attempt(
        self,
        record: FlowRecord,
        intent: IntentFacts,
        operation: Operation[SessionAnswer],
        body: bytes,
    ) -> Answered | Refused | Lost:
        try:
            answer = await self._api.execute(
                operation,
                idempotency_key=intent.key,
                body=body,
                before_send=functools.partial(self._fence, record, intent.id),
            )
            check_session(answer, operation.session_id)
        except RateLimitedError as error:
            self._rest(intent, error.retry_after or _LOOK_AGAIN_S)
            return Lost(intent=intent.id, reason=type(error).__name__, not_sent=True)
        except NotSentError as error:
            return Lost(intent=intent.id, reason=type(error).__name__, not_sent=True)
        except BankRefusedError as error:
            if facts_of(error.code, error.http_status).in_doubt:
                key_used = isinstance(error, DuplicateKeyError)
                return Lost(intent=intent.id, reason=error.code, key_used=key_used)
            return Refused(
                intent=intent.id, code=error.code, description=error.description, http_status=error.http_status
            )
        except AnswerLostError as error:
            return Lost(intent=intent.id, reason=type(error).__name__)
        return Answered(intent=intent.id, body=redact_body(codec.encode(answer)))
