"""Carries out what the planner orders for one flow: ask, settle, send again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from weakref import WeakValueDictionary

from bank131_async.core.machine import (
    Append,
    AskPerson,
    AskStatus,
    Intended,
    IntentFacts,
    Lost,
    Order,
    Resend,
    Resolved,
    SendFresh,
    Tick,
    WakeAt,
    plan,
)
from bank131_async.errors import StaleVersionError
from bank131_async.flow.clock import Clock, process_name
from bank131_async.flow.outage import Outage
from bank131_async.flow.pauses import growing_s
from bank131_async.flow.questions import Questions
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.recorder import Recorder
from bank131_async.flow.sender import Sender
from bank131_async.flow.settings import FlowSettings

log: logging.Logger = logging.getLogger("bank131.flow")
NeedsPerson = Callable[[FlowRecord, str], None]
#: Orders carried out in one round before the flow waits its turn again; a planner that never rests must not spin.
_ORDERS_PER_ROUND = 12
#: Until an intent that is on the wire just now is looked at again, in seconds.
_LOOK_AGAIN_S = 1.0


class Driver:
    """One round for one flow at a time; rounds of the same flow in this process never overlap."""

    def __init__(
        self,
        recorder: Recorder,
        questions: Questions,
        sender: Sender,
        settings: FlowSettings,
        clock: Clock,
        needs_person: NeedsPerson,
        bank: Outage,
    ) -> None:
        self._recorder = recorder
        self._questions = questions
        self._sender = sender
        self._settings = settings
        self._clock = clock
        self._needs_person = needs_person
        self._bank = bank
        self._rounds: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def poll(self, record: FlowRecord) -> float | None:
        """A timer or a hint fired: read the journal; if that brought nothing, ask the bank; settle what is open.

        Returns the seconds after which to come back, or ``None`` for the usual poll.
        """
        async with self._round(record):
            has_news = await self._recorder.catch_up(record)
            if self._sender.is_sending(record.facts.open_intent):
                return _LOOK_AGAIN_S
            silent = not has_news and record.facts.wants_polling
            if silent and not await self._ask(record):
                return self._pause_s(record)
            return await self._settle(record)

    async def ask(self, record: FlowRecord) -> float | None:
        """Ask the bank, whether or not anything is outstanding, then settle; returns as ``poll``."""
        async with self._round(record):
            if not await self._ask(record):
                return self._pause_s(record)
            return await self._settle(record)

    async def settle(self, record: FlowRecord) -> float | None:
        """Carry out what is outstanding, without polling for its own sake; returns as ``poll``."""
        async with self._round(record):
            await self._recorder.catch_up(record)
            return await self._settle(record)

    async def _settle(self, record: FlowRecord) -> float | None:
        for _ in range(_ORDERS_PER_ROUND):
            now = self._recorder.now()
            holds = self._sender.holds(record)
            orders = plan(record.facts, Tick(holds), now, self._settings.machine).orders
            order = next((order for order in orders if not isinstance(order, WakeAt)), None)
            if order is None:
                return self._rest_s(record, orders, now)
            before = record.facts
            try:
                pause = await self._carry_out(record, order)
            except StaleVersionError:
                await self._recorder.catch_up(record)
                continue
            if pause is not None:
                return pause
            if record.facts is before:
                return self._pause_s(record)
        return self._pause_s(record)

    async def _ask(self, record: FlowRecord) -> bool:
        """Ask the bank, unless it is known not to answer; true when it did."""
        if self._bank.admits(asyncio.get_running_loop().time()):
            return await self._questions.ask(record)
        record.miss()
        return False

    def _pause_s(self, record: FlowRecord) -> float:
        """After a question that was not answered, or whose answer settled nothing: the bank needs time."""
        return growing_s(record.misses, longest_s=self._settings.polling.max_s)

    async def _carry_out(self, record: FlowRecord, order: Order) -> float | None:
        """Do one order; a number means that the rest has to wait that many seconds."""
        match order:
            case AskStatus():
                before = record.facts.version
                answered = await self._ask(record)
                has_more_news = record.facts.version > before + 1
                if not answered or (record.facts.question_open and not has_more_news):
                    return self._pause_s(record)  # no answer, or one that is older than what is known
            case Append(Lost(intent=intent_id)) if intent_id in self._sender.in_flight:
                return _LOOK_AGAIN_S  # not lost: this process is sending it just now
            case Append(entry):
                await self._recorder.write(record, entry, compare=True)
            case Resend(intent_id):
                return await self._resend(record, record.facts.intent(intent_id))
            case SendFresh(intent_id):
                return await self._send_fresh(record, record.facts.intent(intent_id))
            case AskPerson(reason):
                self._needs_person(record, reason)
                return self._settings.polling.max_s
            case _:
                return None
        return None

    async def _resend(self, record: FlowRecord, intent: IntentFacts) -> float | None:
        pause_s = self._sender.pause_s(intent)
        if pause_s > 0:
            return pause_s
        if not self._bank.admits(asyncio.get_running_loop().time()):
            return self._bank.pause_s
        await self._sender.send(record, intent)
        after = record.facts.intent(intent.id)
        return self._sender.pause_s(after) if after.is_open else None

    async def _send_fresh(self, record: FlowRecord, old: IntentFacts) -> float | None:
        """The key is burnt and the effect is positively missing: the same bytes under a new key, as a new intent."""
        if self._sender.body_of(record, old) is None:
            return self._pause_s(record)
        if not self._bank.admits(asyncio.get_running_loop().time()):
            return self._bank.pause_s
        fresh = Intended(
            intent=self._clock.new_id(),
            command=old.command,
            attempt=old.attempt,
            key=self._clock.new_id(),
            body=old.body,
            amount=old.amount,
            currency=old.currency,
            name=old.name,
            seen_refunds=old.seen_refunds,
            masked_card=old.masked_card,
            params_digest=old.params_digest,
            call=old.call,
            by=process_name(),
            replaces=old.id,
        )
        closing = Resolved(intent=old.id, how="superseded", by="evidence", note=f"replaced by {fresh.intent}")
        await self._recorder.write(record, closing, fresh, compare=True)
        self._sender.hand_over(record, old.id, fresh.intent)
        await self._sender.send(record, record.facts.intent(fresh.intent))
        return None

    def _rest_s(self, record: FlowRecord, orders: tuple[Order, ...], now: datetime) -> float | None:
        """A payment at rest is polled as usual, unless a deadline comes first."""
        moments = [order.when for order in orders if isinstance(order, WakeAt)]
        if not moments:
            return None
        soonest_s = (min(moments) - now).total_seconds()
        return soonest_s if soonest_s < self._recorder.pause_s(record.facts, now) else None

    def _round(self, record: FlowRecord) -> asyncio.Lock:
        lock = self._rounds.get(record.session_id)
        if lock is None:
            lock = self._rounds[record.session_id] = asyncio.Lock()
        return lock
