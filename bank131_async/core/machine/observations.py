"""Observations in the fold: what a snapshot changes.

What only grows takes everything that is believed, old or new. Where the bank stands comes from the snapshots that none
outranks: a fresh status answer outranks all up to the version at which it was asked, a strictly newer ``updated_at``
outranks an older one, and nothing else decides.
"""

from __future__ import annotations

from bank131_async.core.machine.entries import Observed
from bank131_async.core.machine.facts import Facts
from bank131_async.core.machine.intents import claimed, witnessed
from bank131_async.core.machine.joins import (
    is_newer,
    joined_attempts,
    joined_refunds,
    joined_troubles,
    merged,
    troubles_of,
)
from bank131_async.core.machine.outcomes import Cancelled, Failed, Outcome, Succeeded
from bank131_async.core.machine.parts import Reading
from bank131_async.core.machine.phases import Phase
from bank131_async.core.machine.reading import CANCELLED, Sighting, look
from bank131_async.core.machine.settings import MachineSettings
from bank131_async.core.machine.standing import Draft
from bank131_async.core.machine.table import NewsKind
from bank131_async.core.models.session import Session
from bank131_async.core.models.timestamp import Timestamp

_NEWS_OF_PHASE = {
    Phase.CREATED: NewsKind.CREATED,
    Phase.IN_PROGRESS: NewsKind.PROCESSING,
    Phase.READY_TO_CONFIRM: NewsKind.CONFIRM_ASKED,
    Phase.ACTION_REQUIRED: NewsKind.ACTION_ASKED,
    Phase.READY_TO_CAPTURE: NewsKind.HELD,
    Phase.OUTCOME_UNKNOWN: NewsKind.UNKNOWN,
}
_NEWS_OF_OUTCOME: dict[type[Outcome], NewsKind] = {
    Succeeded: NewsKind.SUCCEEDED,
    Failed: NewsKind.FAILED,
    Cancelled: NewsKind.CANCELLED,
}


def observe(draft: Draft, entry: Observed, session: Session, settings: MachineSettings) -> tuple[Facts, NewsKind]:
    """Fold a snapshot; returns the facts after it and what kind of news it was."""
    before = draft.before
    if entry.digest is not None:
        if entry.digest in before.digests:
            return draft.made(settings), NewsKind.REPEATED
        draft.digests = (*before.digests, entry.digest)
        if entry.for_handlers:
            draft.unhandled = (*before.unhandled, entry.digest)
    is_answer = entry.source != "webhook"
    opening = before.opening
    sighting = look(
        session, entry.event_type, draft.version if is_answer else 0, opening.kind if opening else "payment", draft.at
    )
    if not sighting.believed:
        draft.question = draft.version
        return draft.made(settings), NewsKind.DISAGREEING
    updated = session.updated_at
    newest = draft.newest
    is_stale = updated is not None and newest is not None and is_newer(newest, updated)
    _grow(draft, sighting, entry, is_stale, settings)
    if not is_stale:
        _stand(draft, sighting, entry, updated)
    after = draft.made(settings)
    return after, _kind(before, after, sighting, is_stale)


def _grow(draft: Draft, sighting: Sighting, entry: Observed, is_stale: bool, settings: MachineSettings) -> None:
    if sighting.items:
        draft.items = joined_attempts(draft.items, sighting.items)
    if sighting.refunds:
        draft.refunds = joined_refunds(draft.refunds, sighting.refunds)
    draft.ended |= sighting.ended
    if draft.items is not draft.before.items or draft.refunds is not draft.before.refunds or sighting.troubles:
        found = sighting.troubles
        if draft.refunds or len(draft.items) != 1 or draft.items[0].failed:
            found = troubles_of(merged(draft.items), draft.refunds, one_success=draft.kind != "multi") + found
        if found:
            draft.troubles = joined_troubles(draft.troubles, found)
    if draft.intents:
        asked = entry.asked if entry.source == "status" else None
        if asked is not None:
            draft.intents = witnessed(draft.intents, sighting, asked, not is_stale, draft.at)
        draft.intents = claimed(draft.intents, draft.refunds, asked, settings)


def _stand(draft: Draft, sighting: Sighting, entry: Observed, updated: Timestamp | None) -> None:
    """Let the snapshot take its place among those that tell where the bank stands."""
    readings = draft.readings
    confirmed = entry.source != "webhook"
    if confirmed:
        asked = entry.asked or 0
        readings = tuple(reading for reading in readings if reading.version > asked)
        draft.answered_to = max(draft.answered_to, asked)
    elif sighting.doubtful:
        draft.question = draft.version
    if updated is not None:
        newest = draft.newest
        if newest is None or is_newer(updated, newest):
            draft.newest = updated
            if readings:
                readings = tuple(old for old in readings if old.at is None or not is_newer(updated, old.at))
        elif len(updated.text) != len(newest.text) and updated.precision > newest.precision:
            draft.newest = updated  # a tie at the coarser precision: the finer text tells more
    if sighting.phase is Phase.PAYMENT_FINISHED:
        draft.readings = ()  # what ends the payment is kept by what only grows
        return
    news = Reading(
        draft.version, confirmed, updated, sighting.phase, sighting.attempt, sighting.interaction, sighting.silent
    )
    draft.readings = (news,) if not readings else _with(readings, news)


def _with(readings: tuple[Reading, ...], news: Reading) -> tuple[Reading, ...]:
    """Add a reading; two that say the same are one, as late and as sure as either."""
    for index, old in enumerate(readings):
        if old.says_as(news):
            at = old.at if news.at is not None else None  # one without a time may be later than all others
            both = Reading(
                news.version,
                old.confirmed or news.confirmed,
                at,
                news.phase,
                news.attempt,
                old.interaction,
                news.silent,
            )
            return (*readings[:index], both, *readings[index + 1 :])
    return (*readings, news)


def _kind(before: Facts, after: Facts, sighting: Sighting, is_stale: bool) -> NewsKind:
    if len(after.troubles) > len(before.troubles):
        return NewsKind.CONTRADICTING
    if after.outcome is not None:
        return _kind_at_end(before, after, after.outcome, sighting)
    if is_stale and after.phase is before.phase:
        return NewsKind.STALE
    if after.question_open:
        return NewsKind.UNSETTLED
    if after.phase is Phase.IN_PROGRESS and any(item.failed for item in sighting.items):
        return NewsKind.ATTEMPT_FAILED
    return _NEWS_OF_PHASE[after.phase]


def _kind_at_end(before: Facts, after: Facts, outcome: Outcome, sighting: Sighting) -> NewsKind:
    if type(outcome) is not type(before.outcome):
        return _NEWS_OF_OUTCOME[type(outcome)]
    if after.refunds is not before.refunds:
        return NewsKind.REFUND
    if any(item.succeeded for item in sighting.items):
        return NewsKind.SUCCEEDED
    if not sighting.ended:
        return NewsKind.STALE
    return NewsKind.CANCELLED if sighting.ended & CANCELLED else NewsKind.FAILED
