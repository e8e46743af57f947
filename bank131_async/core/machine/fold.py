"""Fold: entries to facts.

Entries are folded strictly in the order of their versions, whatever the order in which they are handed over: one that
was folded before is ignored, one beyond a gap waits in ``Facts.ahead`` until the gap is filled. So any two processes
whose facts have the same version have the same facts (docs/adr/0001).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import attrs

from bank131_async.core.codec import loads, structure
from bank131_async.core.machine.entries import (
    Answered,
    Handled,
    Intended,
    Lost,
    Observed,
    Opened,
    Pruned,
    Refused,
    Resolved,
    StoredEntry,
    TokenGiven,
)
from bank131_async.core.machine.facts import EMPTY, Facts
from bank131_async.core.machine.intents import answered_refund, claimed, planned, replied
from bank131_async.core.machine.observations import observe
from bank131_async.core.machine.parts import Opening
from bank131_async.core.machine.phases import Command, Phase
from bank131_async.core.machine.settings import MachineSettings
from bank131_async.core.machine.standing import Draft
from bank131_async.core.machine.table import NewsKind
from bank131_async.core.machine.tombstone import revived
from bank131_async.core.machine.usual import usual_success
from bank131_async.core.models.session import Session
from bank131_async.errors import CodecError, StoreCorruptError

_Reply: TypeAlias = Answered | Refused | Lost | Resolved
_Told: TypeAlias = Opened | Intended | TokenGiven | Handled | _Reply

#: Version of the fold. A process plans no command on a stream whose last one came from a newer fold.
FOLD_VERSION = 1


def fold(entries: Iterable[StoredEntry], settings: MachineSettings, facts: Facts = EMPTY) -> Facts:
    """Fold entries, in any order, into the facts. Raises StoreCorruptError for a body that cannot be read."""
    for stored in sorted(entries, key=_version):
        facts = apply(facts, stored, settings)
    return facts


def apply(facts: Facts, stored: StoredEntry, settings: MachineSettings, *, session: Session | None = None) -> Facts:
    """Fold one entry. ``session``: the decoded body of an observation, where the caller has it already."""
    return advance(facts, stored, settings, session)[0]


def advance(
    facts: Facts, stored: StoredEntry, settings: MachineSettings, session: Session | None
) -> tuple[Facts, NewsKind]:
    """As ``apply``; also tells what kind of news the entry was."""
    if stored.version != facts.version + 1 and not _holds_all(facts, stored):
        if stored.version > facts.version and stored not in facts.ahead:
            facts = attrs.evolve(facts, ahead=tuple(sorted((*facts.ahead, stored), key=_version)))
        return facts, NewsKind.REPEATED
    facts, kind = _advance(facts, stored, settings, session)
    while facts.ahead and facts.ahead[0].version <= facts.version + 1:
        following, facts = facts.ahead[0], attrs.evolve(facts, ahead=facts.ahead[1:])
        if following.version == facts.version + 1:
            facts, kind = _advance(facts, following, settings, None)
    return facts, kind


def _holds_all(facts: Facts, stored: StoredEntry) -> bool:
    """Whether it is a tombstone ahead of the facts, which needs none of the entries before it."""
    return isinstance(stored.entry, Pruned) and stored.version > facts.version


def _version(stored: StoredEntry) -> int:
    return stored.version


def _advance(
    facts: Facts, stored: StoredEntry, settings: MachineSettings, session: Session | None
) -> tuple[Facts, NewsKind]:
    entry = stored.entry
    if session is not None and isinstance(entry, Observed):
        usual = usual_success(facts, entry, session, stored.version, stored.at)
        if usual is not None:
            return usual, NewsKind.SUCCEEDED
    draft = Draft.of(facts, stored.version, stored.at)
    if isinstance(entry, Observed):
        return observe(draft, entry, session or read_session(entry.body), settings)
    if isinstance(entry, Pruned):  # whatever was known here before: it holds all that the entries before it told
        return attrs.evolve(revived(entry, settings), version=stored.version, ahead=facts.ahead), NewsKind.NOTED
    kind = _note(draft, entry, settings)
    return draft.made(settings), kind


def read_session(body: bytes) -> Session:
    """The session in a journaled webhook or answer; an empty one where there is none."""
    try:
        value = loads(body)
        held = value.get("session") if isinstance(value, dict) else None
        return Session() if held is None else structure(Session, held)
    except CodecError as error:
        raise StoreCorruptError(f"a journaled observation cannot be read: {error}") from None


def _note(
    draft: Draft,
    entry: _Told,
    settings: MachineSettings,
) -> NewsKind:
    match entry:
        case Opened():
            return _note_opened(draft, entry)
        case Intended():
            return _note_intended(draft, entry)
        case TokenGiven():
            draft.handled_by = "widget"
            return NewsKind.NOTED
        case Handled(digest=digest):
            draft.unhandled = tuple(one for one in draft.unhandled if one != digest)
            return NewsKind.NOTED
        case _:
            return _note_reply(draft, entry, settings)


def _note_opened(draft: Draft, entry: Opened) -> NewsKind:
    if draft.opening is not None:
        return NewsKind.NOTED
    draft.opening = Opening(
        entry.kind, entry.managed, entry.order, entry.params_digest, entry.amount, entry.currency, entry.origin
    )
    was_misread = entry.kind == "multi" and bool(draft.items)
    if was_misread:
        # Webhooks came first and were read as one payment's; the answer that is asked for now tells all of it.
        draft.items, draft.refunds, draft.troubles, draft.ended, draft.readings = (), (), (), 0, ()
    if entry.origin == "create" and not was_misread:
        return NewsKind.NOTED
    draft.question = draft.version  # begun elsewhere, or begun and started at once: the bank has to tell how far it is
    return NewsKind.ATTACHED


def _note_intended(draft: Draft, entry: Intended) -> NewsKind:
    before = draft.before
    phase = before.phase
    awaits = {Command.confirm: (Phase.READY_TO_CONFIRM,), Command.capture: (Phase.READY_TO_CAPTURE,)}.get(
        entry.command, (Phase.READY_TO_CONFIRM, Phase.READY_TO_CAPTURE)
    )
    reading = before.reading
    awaited = (
        phase in awaits
        and reading is not None
        and reading.phase is phase  # not a hold that only the webhook's type told of
        # Of a hold the status may be silent all along: then its silence is no effect of the command.
        and (reading.confirmed or phase is not Phase.READY_TO_CAPTURE)
        and (entry.attempt is None or before.named(reading.attempt) == before.named(entry.attempt))
    )
    if entry.command is Command.start:
        draft.handled_by = "merchant"  # the attempt is ours, whatever form was shown before
    known = tuple(item.id for item in before.items)
    draft.intents = (*draft.intents, planned(entry, draft.version, draft.at, awaited, known))
    return NewsKind.NOTED


def _note_reply(draft: Draft, entry: _Reply, settings: MachineSettings) -> NewsKind:
    """A reply to a command. One that may have moved the payment makes us ask the bank where it stands now."""
    draft.intents = tuple(
        replied(intent, entry, draft.version) if intent.id == entry.intent else intent for intent in draft.intents
    )
    if isinstance(entry, Answered) and entry.body is not None:
        draft.intents = answered_refund(draft.intents, entry.intent, read_session(entry.body))
    draft.intents = claimed(draft.intents, draft.refunds, None, settings)
    if _asks_nothing(entry) or any(one.id == entry.intent and one.command is Command.init for one in draft.intents):
        return NewsKind.NOTED
    draft.question = draft.version
    return NewsKind.REPLIED


def _asks_nothing(entry: _Reply) -> bool:
    match entry:
        case Resolved(how=how):
            return how != "done"
        case Lost(not_sent=not_sent):
            return not_sent
        case _:
            return False
