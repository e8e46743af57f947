"""A payment's journal as a person reads it: what happened, when, by whom, and how each piece of news was judged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from bank131_async.core.machine import (
    EMPTY,
    Answered,
    Ask,
    Conflict,
    Entry,
    Facts,
    Handled,
    Intended,
    Lost,
    MachineSettings,
    Move,
    Observed,
    Opened,
    Phase,
    Pruned,
    Refused,
    Resolved,
    Stale,
    StoredEntry,
    TokenGiven,
    Verdict,
    plan,
    read_session,
)
from bank131_async.core.models import Amount, Payment, Payout, Session
from bank131_async.errors import StoreCorruptError
from bank131_async.flow.streams import INBOX


@attrs.frozen(kw_only=True, weakref_slot=False)
class TimelineEntry:
    """One entry of the journal in words. None of them shows card data, tokens, keys or bodies.

    ``at``: the store's time (aware UTC). ``what``: the kind of entry, ``detail`` its particulars. ``by``: the process
    that wrote it, where the entry tells. ``verdict``: how the table of states judged it, empty where nothing changed.
    ``phase``: where the payment stood afterwards.
    """

    version: int
    at: datetime
    what: str
    detail: str
    by: str
    verdict: str
    phase: Phase


@attrs.frozen(kw_only=True, weakref_slot=False)
class Timeline:
    """A stream's entries, oldest first, and the facts that they amount to."""

    stream: str
    facts: Facts
    entries: tuple[TimelineEntry, ...]


def timeline(stream: str, entries: Iterable[StoredEntry], settings: MachineSettings) -> Timeline:
    """Put a stream in words. Raises ``StoreCorruptError`` for an entry that cannot be read."""
    facts, told = EMPTY, list[TimelineEntry]()
    for stored in entries:
        verdict = ""
        if stream != INBOX:  # its entries belong to no payment
            step = plan(facts, stored, stored.at, settings)
            facts, verdict = step.facts, _verdict(step.verdict)
        what, detail = _words(stored.entry)
        told.append(
            TimelineEntry(
                version=stored.version,
                at=stored.at,
                what=what,
                detail=detail,
                by=_writer(stored.entry),
                verdict=verdict,
                phase=facts.phase,
            )
        )
    return Timeline(stream=stream, facts=facts, entries=tuple(told))


def _verdict(verdict: Verdict) -> str:
    match verdict:
        case Move(target):
            return f"moves to {target}"
        case Stale():
            return "older than what is known"
        case Ask():
            return "the bank is asked"
        case Conflict(reason):
            return f"conflict: {reason}"
        case _:
            return ""


def _writer(entry: Entry) -> str:
    return entry.by if isinstance(entry, Opened | Intended | Handled | Pruned) else ""


def _words(entry: Entry) -> tuple[str, str]:
    match entry:
        case Opened() | Intended() | TokenGiven():
            return _of_ours(entry)
        case Observed():
            what = f"webhook {entry.event_type}" if entry.source == "webhook" else f"{entry.source} answer"
            asked = "" if entry.asked is None else f"asked at {entry.asked}"
            return what, _joined(asked, _session(entry))
        case Handled(digest=digest):
            return "handlers run", f"webhook {digest.hex()[:12]}"
        case Pruned(session_id=session_id):
            return "pruned", _joined("what was before is gone, its facts are kept", session_id or "")
        case _:
            return _of_fate(entry)


def _of_ours(entry: Opened | Intended | TokenGiven) -> tuple[str, str]:
    match entry:
        case Opened():
            order = "" if entry.order is None else f"order {entry.order!r}"
            managed = "" if entry.managed else "not managed"
            return "opened", _joined(f"by {entry.origin}", _money(entry.amount, entry.currency), order, managed)
        case Intended():
            name = "" if entry.name is None else f"name {entry.name!r}"
            attempt = "" if entry.attempt is None else f"attempt {entry.attempt}"
            after = "" if entry.replaces is None else f"instead of {entry.replaces}"
            money = _money(entry.amount, entry.currency)
            return f"{entry.command} intended", _joined(
                f"intent {entry.intent}", money, name, attempt, entry.masked_card or "", after
            )
        case TokenGiven(widget=widget):
            return "token given out", widget


def _of_fate(entry: Answered | Refused | Lost | Resolved) -> tuple[str, str]:
    intent = f"intent {entry.intent}"
    match entry:
        case Answered():
            return "accepted by the bank", intent
        case Refused():
            return "refused by the bank", _joined(intent, entry.code, entry.description)
        case Lost():
            return "no answer", _joined(intent, entry.reason, "not sent" if entry.not_sent else "")
        case Resolved():
            how = "not done" if entry.how == "not_done" else entry.how
            return f"settled as {how}", _joined(intent, f"by {entry.by}", entry.note)


def _session(entry: Observed) -> str:
    try:
        session = read_session(entry.body)
    except StoreCorruptError:
        return "its body cannot be read"
    parts = [f"session {session.status}" if session.status else ""]
    parts += [f"{item.id or 'item'} {item.status}" for item in _items(session)]
    parts += [
        f"{'chargeback' if refund.is_chargeback else 'refund'} {refund.id} {refund.status}"
        for payment in session.payment_list
        for refund in payment.refunds
    ]
    parts += [f"next {session.next_action}" if session.next_action else ""]
    return _joined(*parts)


def _items(session: Session) -> tuple[Payment | Payout, ...]:
    return (*session.payment_list, *session.payout_list)


def _money(amount: int | None, currency: str | None) -> str:
    return str(Amount.minor(amount, currency)) if amount and currency else ""


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
