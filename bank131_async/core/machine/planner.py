"""The one door: facts and news in, a step out.

News is an entry that has been journaled, a wish of ours that has not, or the passing of time. What comes back is the
facts afterwards, the table's verdict, and orders for the driver.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TypeAlias

import attrs

from bank131_async.core.machine.entries import StoredEntry
from bank131_async.core.machine.facts import AMOUNT_DIFFERS, Facts
from bank131_async.core.machine.fold import FOLD_VERSION, advance
from bank131_async.core.machine.orders import Allow, AskPerson, AskStatus, CallPolicy, Order, Wake, WakeAt
from bank131_async.core.machine.phases import Command, Phase
from bank131_async.core.machine.settings import MachineSettings
from bank131_async.core.machine.settle import settle
from bank131_async.core.machine.table import (
    NEWS_OF_COMMAND,
    TABLE,
    Ask,
    Conflict,
    Illegal,
    Stay,
    Verdict,
)
from bank131_async.core.models.session import Session


@attrs.frozen(kw_only=True, weakref_slot=False)
class Wish:
    """A command of ours that is not written down yet. ``attempt``: the one it is meant for, if that matters."""

    command: Command
    attempt: str | None = None
    amount: int | None = None
    currency: str | None = None
    params_digest: str | None = None


@attrs.frozen(weakref_slot=False)
class Tick:
    """Time has passed. ``holds``: ids of the commands whose unjournaled bytes (a card) this process still has."""

    holds: Collection[str] = ()


_QUESTION = AskStatus("the bank has to tell where the payment stands")
_TELLS = {
    phase: CallPolicy(phase)
    for phase in (Phase.READY_TO_CONFIRM, Phase.READY_TO_CAPTURE, Phase.ACTION_REQUIRED, Phase.PAYMENT_FINISHED)
}
_NEWS_FOR: dict[Phase, tuple[Order, ...]] = {
    phase: (Wake(), _TELLS[phase]) if phase in _TELLS else (Wake(),) for phase in Phase
}

News: TypeAlias = StoredEntry | Wish | Tick


@attrs.frozen(weakref_slot=False)
class Step:
    """What a piece of news led to: the facts after it, how it was judged, and what is to be done."""

    facts: Facts
    verdict: Verdict
    orders: tuple[Order, ...]


def plan(facts: Facts, news: News, now: datetime, settings: MachineSettings, *, session: Session | None = None) -> Step:
    """Judge news.

    ``now`` is the store's time (aware UTC); ``session`` the decoded body of an observation, where the caller has it.
    Raises StoreCorruptError for an entry that cannot be read, and nothing else.
    """
    if isinstance(news, StoredEntry):
        return _plan_entry(facts, news, now, settings, session)
    if isinstance(news, Wish):
        return _plan_wish(facts, news)
    orders = outstanding(facts, now, settings, news.holds)
    asks = any(isinstance(order, AskStatus) for order in orders)
    return Step(facts, Ask() if asks else Stay(), orders)


def _plan_entry(
    before: Facts, stored: StoredEntry, now: datetime, settings: MachineSettings, session: Session | None
) -> Step:
    after, kind = advance(before, stored, settings, session)
    verdict = TABLE[before.phase, kind]
    orders: list[Order] = []
    if has_moved(before, after):
        orders += _NEWS_FOR[after.phase]
    if len(after.troubles) > len(before.troubles):
        verdict = Conflict(str(after.conflict))
        orders.append(AskPerson(str(after.conflict)))
    orders += outstanding(after, now, settings)
    return Step(after, verdict, tuple(orders))


def has_moved(before: Facts, after: Facts) -> bool:
    """Whether anything changed that somebody may wait for: phase, outcome, attempt, interaction, refunds, commands."""
    return (
        before.phase is not after.phase
        or before.outcome != after.outcome
        or before.items != after.items
        or before.refunds != after.refunds
        or before.intents != after.intents
        or before.troubles is not after.troubles
        or before.interaction != after.interaction
        or before.attempt != after.attempt
    )


def outstanding(
    facts: Facts, now: datetime, settings: MachineSettings, holds: Collection[str] = ()
) -> tuple[Order, ...]:
    """What is to be done as things stand, whatever led to it; empty for a payment at rest."""
    orders: list[Order] = []
    if facts.question_open:
        orders.append(_QUESTION)
    for intent in facts.intents:
        order = settle(intent, now, settings, holds)
        if order is not None and order not in orders and not (orders and isinstance(order, AskStatus)):
            orders.append(order)
    if facts.opening is not None:
        moment = facts.deadline(settings)
        if moment is None or moment <= now:
            moment = facts.horizon(settings)
        if moment is not None:
            orders.append(WakeAt(moment) if moment > now else AskPerson("the flow has passed its horizon"))
    return tuple(orders)


def _plan_wish(facts: Facts, wish: Wish) -> Step:
    verdict = _judge(facts, wish)
    orders: tuple[Order, ...] = ()
    if isinstance(verdict, Stay):
        orders = (Allow(),)
    elif isinstance(verdict, Ask):
        orders = (AskStatus(f"{wish.command} is wished, and the bank has not said where it stands"),)
    return Step(facts, verdict, orders)


def _judge(facts: Facts, wish: Wish) -> Verdict:
    """Whether a command may be sent. The table says what each phase allows; nothing is refused on hearsay."""
    busy = _why_busy(facts, wish)
    if busy is not None:
        return Illegal(busy)
    if facts.troubles and wish.command is not Command.refund:
        return Conflict(str(facts.conflict))
    if facts.question_open:
        return Ask()
    verdict = TABLE[facts.phase, NEWS_OF_COMMAND[wish.command]]
    if wish.command is Command.refund and facts.phase.is_final and not facts.has_succeeded:
        verdict = Illegal()
    if isinstance(verdict, Illegal):
        return _softened(facts, wish)
    if wish.command in (Command.confirm, Command.capture) and facts.amount_differs(wish.attempt or facts.attempt):
        return Conflict(AMOUNT_DIFFERS)
    return verdict


def _why_busy(facts: Facts, wish: Wish) -> str | None:
    if facts.newest_fold > FOLD_VERSION:
        return "a newer version of this package has planned commands here"
    if not facts.opened and wish.command is not Command.init:
        return "nothing was opened here"
    if facts.opened and wish.command is Command.init:
        return "the session exists already"
    intent = facts.open_intent
    if intent is not None:
        return f"{intent.command} (intent {intent.id}) is under way"
    if wish.attempt is not None and facts.named(wish.attempt) != facts.attempt:
        return "the session is at another attempt"
    return None


def _softened(facts: Facts, wish: Wish) -> Verdict:
    """The table forbids it. That holds if the end is known or an answer of the bank has said where it stands."""
    reading = facts.reading
    if facts.phase.is_final or (reading is not None and reading.confirmed):
        if _is_left_open(facts, wish):
            return Stay()
        return Illegal(f"the payment is in {facts.phase.value}")
    return Ask()


def _is_left_open(facts: Facts, wish: Wish) -> bool:
    """Cells of the table that a silent answer does not exclude: the bank has the last word."""
    if wish.command is Command.start:
        return facts.phase is Phase.IN_PROGRESS and bool(facts.items) and all(one.failed for one in facts.attempts)
    held_by_type = facts.phase is Phase.READY_TO_CAPTURE and facts.reading is not None and facts.reading.silent
    return wish.command is Command.confirm and held_by_type
