"""Two processes, one payment, and everything that can happen next.

A process reads the journal and plans in one step (``plan`` is pure); the append, the sending, the reply and each
answer are steps of their own, so that the other process, the bank, a crash or a loss may come between any two of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

import attrs

from bank131_async.core.machine import (
    EMPTY,
    Answered,
    Append,
    AskStatus,
    Command,
    Entry,
    Facts,
    Intended,
    Lost,
    MachineSettings,
    Observed,
    Opened,
    Phase,
    Refused,
    Resend,
    Resolved,
    SendFresh,
    StoredEntry,
    Tick,
    Wish,
    apply,
    plan,
)
from bank131_async.core.machine.phases import Command as AnyCommand
from tests.exhaustive.bank import SUM, Bank, Reply, Stage, answer_of, webhook_of
from tests.support.journals import NOON

#: One step of time: more than the settle interval.
STEP_S = 61.0
SETTINGS = MachineSettings()


class Node:
    """A journal, as a node of the tree of all journals: equal journals are one object, and are folded once."""

    __slots__ = ("_children", "entries", "facts", "length")

    def __init__(self, length: int, facts: Facts, entries: tuple[Entry, ...]) -> None:
        self.length = length
        self.facts = facts
        self.entries = entries
        self._children: dict[tuple[Entry, int], Node] = {}

    def plus(self, entry: Entry, clock: int) -> Node:
        """The journal with one entry more."""
        child = self._children.get((entry, clock))
        if child is None:
            stored = StoredEntry(self.length + 1, at(clock), entry)
            child = Node(self.length + 1, apply(self.facts, stored, SETTINGS), (*self.entries, entry))
            self._children[entry, clock] = child
        return child


def at(clock: int) -> datetime:
    """The store's time."""
    return NOON + timedelta(seconds=STEP_S * clock)


@attrs.frozen
class Doing:
    """What a process is in the middle of. ``entries`` at ``version``: about to be appended, then to be sent."""

    what: Literal["idle", "append", "send", "wait", "reply", "ask", "told"] = "idle"
    entries: tuple[Entry, ...] = ()
    version: int = 0
    intent: str = ""


IDLE = Doing()


@attrs.frozen
class Process:
    """``wish``: the command that its caller wants; ``holds``: intents whose bytes only this process has."""

    wish: Command | None
    doing: Doing = IDLE
    holds: frozenset[str] = frozenset()


@attrs.frozen
class Request:
    """Bytes on their way to the bank."""

    command: AnyCommand
    key: str
    intent: str
    sender: int


@attrs.frozen
class State:
    """Everything. ``losses`` and ``crashes`` are what the adversary has left."""

    bank: Bank
    journal: Node
    processes: tuple[Process, Process]
    requests: frozenset[Request] = frozenset()
    webhooks: frozenset[Bank] = frozenset()
    clock: int = 0
    losses: int = 2
    crashes: int = 1
    ids: int = 0


@attrs.frozen
class Story:
    """What is looked at: where the bank stands at first, what the two processes want, what is unknown of the bank."""

    name: str
    stage: Stage
    wishes: tuple[Command, Command | None]
    echoes: bool = True
    with_time: bool = True

    def begin(self) -> State:
        """The first state: opened, and asked once."""
        bank = Bank(self.stage, moves=1)
        root = Node(0, EMPTY, ()).plus(Opened(amount=10_000, currency="RUB"), 0)
        root = root.plus(answer_of(bank, self.echoes, self.with_time, 1), 0)
        return State(bank, root, (Process(self.wishes[0]), Process(self.wishes[1])))


Step: TypeAlias = tuple[str, State]


def steps(story: Story, state: State) -> Iterator[Step]:
    """Every next state, with the name of the step."""
    for who in (0, 1):
        yield from _of_process(story, state, who)
    for request in state.requests:
        yield from _arrives(story, state, request)
    for seen in state.webhooks:
        entry = webhook_of(seen, story.echoes, story.with_time)
        if entry is not None:
            after = _appended(state, entry)
            yield "webhook", attrs.evolve(after, webhooks=state.webhooks - {seen})
    moved = state.bank.work()
    if moved is not None:
        yield "the bank works", attrs.evolve(state, bank=moved, webhooks=state.webhooks | {moved})
    if state.clock < 3:
        yield "time passes", attrs.evolve(state, clock=state.clock + 1)


def _of_process(story: Story, state: State, who: int) -> Iterator[Step]:
    process = state.processes[who]
    doing = process.doing
    match doing.what:
        case "idle":
            planned = _planned(state, who)
            if planned is not None:
                yield f"{who} plans", _with(state, who, planned)
        case "append":
            yield f"{who} appends", _append(state, who)
        case "send":
            yield f"{who} sends", _send(state, who)
        case "wait":
            if state.losses:
                lost = attrs.evolve(state, losses=state.losses - 1)
                yield f"{who} hears nothing", _reply(lost, who, Lost(intent=doing.intent, reason="timeout"))
        case "reply":
            yield (
                f"{who} notes the reply",
                _with(_appended(state, *doing.entries), who, attrs.evolve(process, doing=IDLE)),
            )
        case "ask":
            told = answer_of(state.bank, story.echoes, story.with_time, doing.version)
            yield f"{who} is told", _with(state, who, attrs.evolve(process, doing=Doing("told", (told,))))
            if state.losses:
                lost = attrs.evolve(state, losses=state.losses - 1)
                yield f"{who} is not told", _with(lost, who, attrs.evolve(process, doing=IDLE))
        case "told":
            yield (
                f"{who} notes the answer",
                _with(_appended(state, *doing.entries), who, attrs.evolve(process, doing=IDLE)),
            )
    if state.crashes and doing.what != "idle":
        dead = Process(process.wish)
        yield f"{who} crashes", _with(attrs.evolve(state, crashes=state.crashes - 1), who, dead)


def _planned(state: State, who: int) -> Process | None:
    """What the process decides to do, with the journal as it stands."""
    process, node = state.processes[who], state.journal
    orders = plan(node.facts, Tick(process.holds), at(state.clock), SETTINGS).orders
    for order in orders:
        match order:
            case AskStatus():
                return attrs.evolve(process, doing=Doing("ask", (), node.length))
            case Append(entry):
                return attrs.evolve(process, doing=Doing("append", (entry,), node.length))
            case Resend(intent):
                return attrs.evolve(process, doing=Doing("send", (), 0, intent))
            case SendFresh(intent):
                return _fresh(state, process, intent)
            case _:
                continue
    return _wished(state, process)


def _fresh(state: State, process: Process, intent_id: str) -> Process:
    old = state.journal.facts.intent(intent_id)
    closing = Resolved(intent=old.id, how="superseded", by="evidence")
    fresh = _intent(old.command, state.ids, old.attempt, old.body, old.seen_refunds, replaces=old.id)
    doing = Doing("append", (closing, fresh), state.journal.length, fresh.intent)
    return attrs.evolve(process, doing=doing)


def _wished(state: State, process: Process) -> Process | None:
    facts, wish = state.journal.facts, process.wish
    if wish is None or any(one.command is wish and (one.is_open or one.has_taken_effect) for one in facts.intents):
        return None  # it is this very decision, by whichever process
    step = plan(facts, Wish(command=wish), at(state.clock), SETTINGS)
    if any(isinstance(order, AskStatus) for order in step.orders):
        return attrs.evolve(process, doing=Doing("ask", (), state.journal.length))
    if not step.orders:
        return None
    body = None if wish is Command.start else b"{}"
    seen = tuple(one.id for one in facts.refunds)
    intended = _intent(wish, state.ids, facts.attempt, body, seen)
    holds = process.holds | {intended.intent} if body is None else process.holds
    return attrs.evolve(process, doing=Doing("append", (intended,), state.journal.length, intended.intent), holds=holds)


def _intent(
    command: AnyCommand,
    number: int,
    attempt: str | None,
    body: bytes | None,
    seen: tuple[str, ...],
    replaces: str | None = None,
) -> Intended:
    amount = SUM if command is Command.refund else None
    return Intended(
        intent=f"i{number}", command=command, attempt=attempt, key=f"k{number}", body=body, amount=amount,
        currency="rub" if amount else None, seen_refunds=seen, name="r", replaces=replaces,
    )  # fmt: skip


def _append(state: State, who: int) -> State:
    process = state.processes[who]
    doing = process.doing
    if state.journal.length != doing.version:  # somebody else was first
        return _with(state, who, attrs.evolve(process, doing=IDLE))
    after = _appended(state, *doing.entries)
    following = Doing("send", (), 0, doing.intent) if doing.intent else IDLE
    return _with(attrs.evolve(after, ids=after.ids + bool(doing.intent)), who, attrs.evolve(process, doing=following))


def _send(state: State, who: int) -> State:
    process = state.processes[who]
    intent = state.journal.facts.intent(process.doing.intent)
    request = Request(intent.command, intent.key, intent.id, who)
    waiting = attrs.evolve(process, doing=Doing("wait", (), 0, intent.id))
    return _with(attrs.evolve(state, requests=state.requests | {request}), who, waiting)


def _arrives(story: Story, state: State, request: Request) -> Iterator[Step]:
    bank, reply = state.bank.handle(request.command, request.key, request.intent)
    webhooks = state.webhooks | {bank} if bank is not state.bank else state.webhooks
    after = attrs.evolve(state, bank=bank, webhooks=webhooks, requests=state.requests - {request})
    sender = state.processes[request.sender]
    if sender.doing == Doing("wait", (), 0, request.intent):
        yield f"{request.command} arrives: {reply}", _reply(after, request.sender, _entry(request.intent, reply))
        if state.losses:
            unheard = attrs.evolve(after, losses=state.losses - 1)
            lost = Lost(intent=request.intent, reason="reset")
            yield f"{request.command} arrives, its answer does not", _reply(unheard, request.sender, lost)
    else:
        yield f"{request.command} arrives late: {reply}", after


def _entry(intent: str, reply: Reply) -> Entry:
    if reply == "ok":
        return Answered(intent=intent)
    if reply == "refused":
        return Refused(intent=intent, code="invalid_request", http_status=400)
    return Lost(intent=intent, reason="idempotency_key_already_exists", key_used=True)


def _reply(state: State, who: int, entry: Entry) -> State:
    process = state.processes[who]
    return _with(state, who, attrs.evolve(process, doing=Doing("reply", (entry,), 0, process.doing.intent)))


def _with(state: State, who: int, process: Process) -> State:
    other = state.processes[1 - who]
    return attrs.evolve(state, processes=(process, other) if who == 0 else (other, process))


def _appended(state: State, *entries: Entry) -> State:
    node = state.journal
    for entry in entries:
        if isinstance(entry, Observed) and entry.source == "status" and _adds_nothing(node, entry, state.clock):
            continue
        node = node.plus(entry, state.clock)
    return attrs.evolve(state, journal=node)


def _adds_nothing(node: Node, entry: Observed, clock: int) -> bool:
    """As the driver: an answer that changes no fact, while nothing is open, is not written."""
    facts = node.facts
    if facts.question_open or facts.open_intent is not None:
        return False
    return apply(facts, StoredEntry(node.length + 1, at(clock), entry), SETTINGS).same_facts(facts)


def broken(state: State) -> str | None:
    """The rule that does not hold in this state, or ``None``."""
    facts, bank = state.journal.facts, state.bank
    if sum(intent.is_open for intent in facts.intents) > 1:
        return "two open intents"
    if bank.taken.count(Command.refund) > 1:
        return "one decision, two refunds"
    if facts.conflict is not None:
        return f"a conflict that the bank does not have: {facts.conflict}"
    if facts.phase is Phase.PAYMENT_FINISHED:
        paid = bank.stage == "succeeded"
        if facts.has_succeeded != paid or bank.stage not in ("succeeded", "cancelled"):
            return "the end is known before the bank has come to it"
    for intent in facts.intents:
        if intent.has_taken_effect and intent.command not in bank.taken:
            return f"{intent.command} is said to be done, and the bank has not done it"
    return None
