"""The referee: compares what reaches the bank, what the journal holds and what the bank's ledger says, all the time.

It knows the merchant's decisions from the plan, the bank's own model, and the raw journal. Only where a rule is about
the facts themselves does it use the machine's fold.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import attrs

from bank131_async.core.machine import (
    EMPTY,
    Answered,
    Command,
    Entry,
    Facts,
    Intended,
    Observed,
    Opened,
    Phase,
    Refused,
    Resolved,
    StoredEntry,
    Succeeded,
    fold,
)
from bank131_async.sandbox import OutgoingWebhook
from bank131_async.sandbox.session import Session, Stage
from bank131_async.stores import Appended
from tests.simulation.edge import Call
from tests.simulation.payout_rules import check_payout
from tests.simulation.plan import PayoutStory, Story

if TYPE_CHECKING:
    from tests.simulation.world import World

MONEY = {
    "start/payment": Command.start, "confirm": Command.confirm, "cancel": Command.cancel, "capture": Command.capture,
    "refund": Command.refund, "init/payment": Command.init, "start/payout": Command.start, "init/payout": Command.init,
    "multi/init": Command.init,
}  # fmt: skip
INITS = frozenset(name for name, command in MONEY.items() if command is Command.init)
#: How much later than its end a command may still leave: the fence, and a little for the way.
_FENCE_S = 2.6
#: So many requests in so few seconds are not asked by reason.
_TOO_MANY, _SHORT_S = 250, 10.0


@attrs.frozen
class Effect:
    """A command that the bank accepted."""

    method: str
    session_id: str
    attempt: str
    position: int
    key: str
    refund_id: str | None


@attrs.define
class StreamNotes:
    """What the referee remembers of a stream."""

    facts: Facts = EMPTY
    open_intent: str | None = None
    digests: set[bytes] = attrs.Factory(set)
    newest: tuple[str, str] = ("", "")
    held_by_type: bool = False
    succeeded: bool = False
    opened_at: float = 0.0
    came_back: bool = False


class Referee:
    """``violations`` is what it found, ``effects`` what the bank accepted."""

    def __init__(self, world: World) -> None:
        self.violations: list[str] = []
        self.effects: list[Effect] = []
        self.orders: dict[str, str] = {}
        self.starts: Counter[str] = Counter()
        self.unnamed: Counter[tuple[str, int]] = Counter()
        self.streams: defaultdict[str, StreamNotes] = defaultdict(StreamNotes)
        self.intents: dict[str, Intended] = {}
        self.used_keys: set[str] = set()
        self._closed_at: dict[str, float] = {}
        self._bodies: dict[str, bytes] = {}
        self._recent: deque[float] = deque()
        self._world = world

    def fail(self, what: str) -> None:
        """A rule is broken."""
        self.violations.append(what)
        self._world.log("VIOLATION", what)
        self._world.broken.set()

    # -- requests -----------------------------------------------------------------------------------------------------

    def leaves(self, call: Call) -> None:
        """A request leaves a process now."""
        closed_at = self._closed_at.get(call.key)
        if closed_at is not None and self._world.loop.time() - closed_at > _FENCE_S:
            self.fail(f"{call.method} was sent although its intent has been closed for long")

    def arrives(self, call: Call) -> None:
        """A request is at the bank's door."""
        self._world.log(f"> {call.name}", call.session_id or "")
        now = self._world.loop.time()
        self._recent.append(now)
        if len(self._recent) > _TOO_MANY and now - self._recent.popleft() < _SHORT_S:
            self.fail(f"{_TOO_MANY} requests within {_SHORT_S} s: something spins")
        if call.name not in MONEY:
            return
        intended = self.intents.get(call.key)
        if intended is None or intended.command is not MONEY[call.name]:
            self.fail(f"{call.method} was sent before its intent was in the journal")
        elif intended.body is not None and intended.body != call.body:
            self.fail(f"{call.method} was sent with other bytes than the journal has")
        if self._bodies.setdefault(call.key, call.body) != call.body:
            self.fail(f"{call.method}: one key with two bodies")

    def answers(self, call: Call, status: int, told: dict[str, Any]) -> None:
        """The bank has dealt with it."""
        code = (told.get("error") or {}).get("code", "")
        self._world.log(f"< {call.name}", f"{status} {told.get('status')} {code}")
        if code == "idempotency_key_already_exists":
            self.used_keys.add(call.key)
        if told.get("status") != "ok":
            return
        session_id = told["session"]["id"] if "session" in told else None
        if (call.name == "create" or call.name in INITS) and session_id is not None:
            body = json.loads(call.body)
            told_by = body["payment_list"][0] if call.name == "multi/init" else body
            self.orders[session_id] = str(told_by.get("metadata", {}).get("order", ""))
        if call.name in MONEY and session_id is not None:
            session = self._world.bank.session(session_id)
            last = session.last
            refund_id = last.refunds[-1].id if call.name == "refund" and last is not None else None
            place = len(session.attempts) - 1
            self.effects.append(Effect(call.name, session_id, last.id if last else "", place, call.key, refund_id))
            self._check_consent(session, call.name, place)
            self.check_money(session)

    def _check_consent(self, session: Session, name: str, place: int) -> None:
        story = self.story_of(session.id)
        if story is None:
            return
        if name == "confirm" and not story.consents[place]:
            self.fail(f"attempt {place} was confirmed and the merchant had decided otherwise")
        if name == "cancel" and place >= 0 and story.consents[place] and story.take:
            self.fail(f"attempt {place} was cancelled and the merchant had decided otherwise")
        if name == "capture" and not story.take:
            self.fail("captured although the merchant had decided to let the hold go")

    def story_of(self, session_id: str) -> Story | None:
        """The merchant's decisions for a session."""
        order = self.orders.get(session_id)
        return next((one for one in self._world.plan.stories if one.order == order), None)

    def payout_of(self, session_id: str) -> PayoutStory | None:
        """The decision that a session pays out for."""
        order = self.orders.get(session_id)
        return next((one for one in self._world.plan.payouts if one.order == order), None)

    def sessions_of(self, order: str) -> list[Session]:
        """What the bank has opened for an order."""
        return [self._world.bank.session(name) for name, owner in self.orders.items() if owner == order]

    def check_money(self, session: Session) -> None:
        """The bank's ledger of one order against the merchant's decisions."""
        payout = self.payout_of(session.id)
        if payout is not None:
            check_payout(self._world, payout)
        story = self.story_of(session.id)
        if story is None:
            return
        sessions = self.sessions_of(story.order)
        if sum(bool(one.attempts) for one in sessions) > 1:
            self.fail(f"{story.order} was started in two sessions")
        if sum(len(one.attempts) for one in sessions) > self.starts[story.order]:
            self.fail(f"{story.order} has more attempts than the merchant started")
        confirms = Counter((one.session_id, one.attempt) for one in self.effects if one.method == "confirm")
        if any(count > 1 for count in confirms.values()):
            self.fail(f"{story.order}: an attempt was confirmed twice")
        self._check_captured(story, sessions)
        self._check_refunds(story, sessions)

    def _check_captured(self, story: Story, sessions: list[Session]) -> None:
        paid = [one for session in sessions for one in session.attempts if one.ledger.captured]
        if len(paid) > 1:
            self.fail(f"{story.order} was paid twice")
        for attempt in paid:
            decided = story.take if self._world.plan.switches["two_stage"] else story.amount
            settled_by_bank = attempt.card is not None and attempt.card.card.unknown is not None
            if attempt.ledger.captured != decided and not settled_by_bank:
                self.fail(f"{story.order}: {attempt.ledger.captured} captured, {decided} decided")

    def _check_refunds(self, story: Story, sessions: list[Session]) -> None:
        decided = Counter({amount: count for (order, amount), count in self.unnamed.items() if order == story.order})
        decided.update(one.amount for one in story.refunds if one.name is not None)
        made = Counter(
            refund.amount
            for session in sessions
            for attempt in session.attempts
            for refund in attempt.refunds
            if not refund.is_chargeback and refund.id not in self._world.people.made
        )
        for amount, count in made.items():
            if count > decided[amount]:
                self.fail(f"{story.order}: {count} refunds of {amount}, {decided[amount]} decided")

    # -- webhooks -----------------------------------------------------------------------------------------------------

    def delivered(self, webhook: OutgoingWebhook, status: int | None) -> None:
        """A receiver has answered."""
        self._world.log(f"webhook {webhook.type}", f"{webhook.session_id} {status}")
        if status == 200 and sha256(webhook.body).digest() not in self.streams[webhook.session_id].digests:
            self.fail(f"{webhook.type} of {webhook.session_id} was acknowledged and is not in the journal")
        if status == 200 and webhook.type == "payment_refunded":
            self.streams[webhook.session_id].came_back = True

    # -- the journal --------------------------------------------------------------------------------------------------

    def appended(self, stream: str, entries: Sequence[Entry], done: Appended) -> None:
        """Something was committed."""
        notes = self.streams[stream]
        first = done.version - len(entries) + 1
        for entry in entries:
            self._world.log(f"+ {type(entry).__name__.lower()}", f"{stream} {_told(entry)}")
            self._check_entry(notes, stream, entry)
        if stream.startswith("@"):
            return
        stored = [StoredEntry(version, done.at, entry) for version, entry in enumerate(entries, first)]
        notes.facts = fold(stored, self._world.machine, notes.facts)
        self._check_end(notes, stream)
        self._check_reading(notes, stream)

    def _check_entry(self, notes: StreamNotes, stream: str, entry: Entry) -> None:
        match entry:
            case Opened(kind=kind):
                notes.opened_at = self._world.loop.time()
                # Until it is opened nobody knows that it has several operations: one success looks like the end.
                notes.succeeded = notes.succeeded and kind != "multi"
            case Observed(digest=digest):
                if digest is not None:
                    notes.digests.add(digest)
                _note_newest(notes, entry)
            case Intended():
                if notes.open_intent is not None:
                    self.fail(f"{stream}: two open intents")
                notes.open_intent = entry.intent
                self.intents[entry.key] = entry
                self._check_fresh_key(entry)
            case Answered(intent=intent) | Resolved(intent=intent) | Refused(intent=intent):
                notes.open_intent = None if notes.open_intent == intent else notes.open_intent
                for key, intended in self.intents.items():
                    if intended.intent == intent and not isinstance(entry, Refused):
                        self._closed_at.setdefault(key, self._world.loop.time())
            case _:
                pass

    def _check_fresh_key(self, entry: Intended) -> None:
        if entry.replaces is None:
            return
        old = next((one for one in self.intents.values() if one.intent == entry.replaces), None)
        if entry.command.is_additive:
            self.fail(f"{entry.command} got a fresh key")
        elif old is None or old.key not in self.used_keys:
            self.fail(f"{entry.command} got a fresh key although the bank had not called the old one used")

    def _check_end(self, notes: StreamNotes, stream: str) -> None:
        facts = notes.facts
        if notes.succeeded and not facts.has_succeeded:
            self.fail(f"{stream}: the facts have left the final success")
        notes.succeeded = notes.succeeded or facts.has_succeeded
        if facts.outcome is None:
            return
        session = self._world.bank.session(stream)
        paid = any(one.stage is Stage.SUCCEEDED for one in session.attempts)
        if isinstance(facts.outcome, Succeeded):
            if not paid:
                self.fail(f"{stream}: said to have succeeded before the bank has")
        elif session.ending is None and not (session.last is not None and session.last.stage is Stage.FAILED):
            self.fail(f"{stream}: said to have ended ({facts.outcome}) and the bank goes on")

    def _check_reading(self, notes: StreamNotes, stream: str) -> None:
        """Where every change has a time of its own, the phase is what the newest snapshot says."""
        facts = notes.facts
        says = {Phase.READY_TO_CONFIRM: "confirm", Phase.READY_TO_CAPTURE: "capture", Phase.ACTION_REQUIRED: "action"}
        expected = says.get(facts.phase)
        if expected is None or facts.question_open or self._world.plan.switches["updated_at"] != "fine":
            return
        shown = notes.newest[1]
        if shown != expected and not (expected == "capture" and shown == "" and notes.held_by_type):
            self.fail(f"{stream}: {facts.phase.value} although the newest snapshot says {shown or 'nothing'}")


def _told(entry: Entry) -> str:
    match entry:
        case Observed(source=source, event_type=event_type, asked=asked):
            return f"{source} {event_type or asked}"
        case Intended(command=command, amount=amount, name=name):
            return f"{command} {amount or ''} {name or ''}"
        case Resolved(how=how, by=by):
            return f"{how} by {by}"
        case Refused(code=code):
            return code
        case _:
            return str(getattr(entry, "reason", ""))


def _note_newest(notes: StreamNotes, entry: Observed) -> None:
    body = json.loads(entry.body)
    session = body.get("session") or {}
    if entry.event_type == "ready_to_capture":
        notes.held_by_type = True
    moment = session.get("updated_at") or ""
    if moment >= notes.newest[0]:
        says = session.get("next_action") or ("action" if _waits_for_payer(session) else "")
        notes.newest = (moment, says)


def _waits_for_payer(session: dict[str, Any]) -> bool:
    items = session.get("payment_list") or session.get("payments") or session.get("acquiring_payments") or ()
    return any(item.get("customer_interaction") and item.get("status") == "pending" for item in items)
