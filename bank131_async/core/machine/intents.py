"""Commands in the fold: what the entries about them amount to, and what snapshots prove about their fate.

What a status answer shows is evidence for a command only if it was *asked* after the command was written down. An
effect that is seen is proof; one that is missing never is. A refund that carries our tag is proof wherever it is seen.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import attrs

from bank131_async.core.machine.entries import Answered, Intended, Lost, Refused, Resolved
from bank131_async.core.machine.parts import EPOCH, Attempt, IntentFacts, IntentState, Proof, RefundFacts
from bank131_async.core.machine.phases import Command, Phase
from bank131_async.core.machine.reading import TIMEOUTS, Sighting, look
from bank131_async.core.machine.settings import MachineSettings
from bank131_async.core.models.session import Session

Intents: TypeAlias = tuple[IntentFacts, ...]


def planned(entry: Intended, version: int, at: datetime, awaited: bool, known: tuple[str, ...]) -> IntentFacts:
    """The command as written down. ``awaited``: the bank was seen waiting for it; ``known``: the attempts then."""
    return IntentFacts(
        id=entry.intent,
        command=entry.command,
        attempt=entry.attempt,
        key=entry.key,
        version=version,
        at=at,
        by=entry.by,
        fold=entry.fold,
        body=entry.body,
        amount=entry.amount,
        currency=entry.currency,
        name=entry.name,
        params_digest=entry.params_digest,
        call=entry.call,
        seen_refunds=entry.seen_refunds,
        masked_card=entry.masked_card,
        replaces=entry.replaces,
        reply_version=version,
        awaited=awaited,
        known=known,
    )


def replied(intent: IntentFacts, entry: Answered | Refused | Lost | Resolved, version: int) -> IntentFacts:
    """The command after a reply to it.

    Positive evidence (an answer, ``done``) holds against everything else; then the last resolution; then a refusal;
    then a loss. A refusal of a refund that may have been received before does not settle it: the first sending may be
    the reason for the second one's refusal.
    """
    match entry:
        case Answered():
            return _settled(intent, "answered", version)
        case Resolved(how=how):
            return intent if intent.has_taken_effect else _settled(intent, how, version)
        case Refused():
            refusal = attrs.evolve(
                intent,
                code=entry.code,
                description=entry.description,
                http_status=entry.http_status,
                reply_version=version,
                checked=False,
            )
            doubtful = intent.command.is_additive and intent.maybe_sent
            return attrs.evolve(refusal, state="lost" if doubtful else "refused") if intent.is_open else intent
        case Lost():
            return _lost(intent, entry, version)


def _lost(intent: IntentFacts, entry: Lost, version: int) -> IntentFacts:
    if intent.state not in ("open", "lost"):
        return intent
    return attrs.evolve(
        intent,
        state="lost",
        losses=intent.losses + 1,
        maybe_sent=intent.maybe_sent or not entry.not_sent,
        sent_last=not entry.not_sent,
        key_used=intent.key_used or entry.key_used,
        reply_version=version,
        silent_statuses=0,
        silent_since=None,
        silent_until=None,
    )


def _settled(intent: IntentFacts, state: IntentState, version: int) -> IntentFacts:
    return attrs.evolve(intent, state=state, reply_version=version, body=None, known=(), silent_statuses=0)


def witnessed(intents: Intents, sighting: Sighting, asked: int, is_fresh: bool, at: datetime) -> Intents:
    """The commands after a status answer that was asked when the journal stood at version ``asked``.

    ``is_fresh``: the answer is not older than what was known; only then does its silence count.
    """
    if not any(intent.is_open and asked >= intent.version for intent in intents):
        return intents
    return tuple(
        _witnessed(intent, sighting, asked, is_fresh, at) if intent.is_open and asked >= intent.version else intent
        for intent in intents
    )


def _witnessed(intent: IntentFacts, sighting: Sighting, asked: int, is_fresh: bool, at: datetime) -> IntentFacts:
    proof = intent.proof or _proof(intent, sighting, is_fresh)
    if proof is not None:
        return intent if intent.proof else attrs.evolve(intent, proof=proof)
    if not is_fresh or asked < intent.reply_version:
        return intent
    if intent.state == "refused":
        return attrs.evolve(intent, checked=True)
    if intent.command is Command.start and not _awaits_start(sighting):
        return intent
    return attrs.evolve(
        intent,
        silent_statuses=intent.silent_statuses + 1,
        silent_since=intent.silent_since or at,
        silent_until=at,
    )


def _proof(intent: IntentFacts, sighting: Sighting, is_fresh: bool) -> Proof | None:
    """What the answer proves. One older than what was known (not ``is_fresh``) proves only by what it shows."""
    awaited = intent.awaited and is_fresh
    match intent.command:
        case Command.start:
            return _proof_of_start(intent, sighting)
        case Command.confirm | Command.capture:
            return _proof_of_consent(intent, sighting, awaited)
        case Command.cancel:
            return _proof_of_cancel(intent, sighting, awaited)
        case _:
            return None


def _awaits_start(sighting: Sighting) -> bool:
    """Whether the bank takes a start: nothing was tried yet, or every try has failed and the session is left open."""
    tried_in_vain = bool(sighting.items) and not sighting.ended and all(item.failed for item in sighting.items)
    return sighting.phase is Phase.CREATED or tried_in_vain


def _proof_of_start(intent: IntentFacts, sighting: Sighting) -> Proof | None:
    for item in sighting.items:
        if item.id not in intent.known and f"#{item.position}" not in intent.known:
            return "done"
    return "not_done" if sighting.ended else None


def _proof_of_consent(intent: IntentFacts, sighting: Sighting, awaited: bool) -> Proof | None:
    """Confirm and capture: done if the attempt went on, not done if it ended without.

    ``awaited``: the bank waited for this command before, so that its waiting no more is an effect.
    """
    item = _item(intent, sighting)
    if item is not None and item.succeeded:
        return "done"
    is_capture = intent.command is Command.capture
    if sighting.ended or (item is not None and item.failed):
        late = item is None or item.error is None or item.error.code in TIMEOUTS
        return "not_done" if late or is_capture else "done"
    actions = sighting.session.actions
    if actions is not None and intent.command in actions and len(sighting.items) == 1:
        return "done"  # the stamp does not say which attempt it is about
    waits = Phase.READY_TO_CAPTURE if is_capture else Phase.READY_TO_CONFIRM
    return "done" if awaited and item is not None and sighting.phase is not waits else None


def _proof_of_cancel(intent: IntentFacts, sighting: Sighting, awaited: bool) -> Proof | None:
    item = _item(intent, sighting)
    if item is not None and item.succeeded:
        return "not_done"
    if sighting.ended or (item is not None and item.failed):
        return "done"
    gone = sighting.phase in (Phase.IN_PROGRESS, Phase.OUTCOME_UNKNOWN)
    return "done" if awaited and item is not None and gone else None


def _item(intent: IntentFacts, sighting: Sighting) -> Attempt | None:
    """The command's attempt as the snapshot shows it; where one of the two has no id, the position tells."""
    name, items = intent.attempt, sighting.items
    if name is None:
        return items[-1] if items else None
    for item in items:
        if item.id == name or name == f"#{item.position}":
            return item
    return items[0] if len(items) == 1 and items[0].id[0] == "#" else None


def echoes_tags(intents: Intents, refunds: tuple[RefundFacts, ...], settings: MachineSettings) -> bool:
    """Whether the bank shows our tags again: set, or learnt from a refund that is surely ours, or else believed."""
    if not settings.tag_refunds:
        return False
    if settings.refund_metadata_echoed is not None:
        return settings.refund_metadata_echoed
    if any(refund.tag for refund in refunds):
        return True
    ours = {intent.refund_id for intent in intents if intent.has_taken_effect}
    return not any(refund.id in ours for refund in refunds)


def claimed(
    intents: Intents, refunds: tuple[RefundFacts, ...], asked: int | None, settings: MachineSettings
) -> Intents:
    """Say which refund is whose: by tag; without tags, by being the only new one of that sum.

    ``asked`` as in ``observed``, ``None`` for webhooks: those prove something by a tag alone.
    """
    if not refunds or not any(intent.command is Command.refund for intent in intents):
        return intents
    result = tuple(_claimed_by_tag(intent, refunds) for intent in intents)
    echoed = echoes_tags(result, refunds, settings)
    if echoed and (settings.refund_metadata_echoed or any(refund.tag for refund in refunds)):
        return result  # a refund of ours would show its tag
    taken = {intent.refund_id for intent in result}
    free = [refund for refund in refunds if not (refund.is_chargeback or refund.tag or refund.id in taken)]
    if not free:
        return result
    wanting = [intent for intent in result if _wants_refund(intent)]
    for intent in wanting:
        may_claim = intent.has_taken_effect or (asked is not None and asked >= intent.version and not echoed)
        matching = [refund for refund in free if _matches(intent, refund)]
        rivals = [other for other in wanting if other is not intent and any(_matches(other, one) for one in matching)]
        if may_claim and len(matching) == 1 and not rivals:
            proof: Proof | None = None if intent.has_taken_effect else "done"
            winner = attrs.evolve(intent, refund_id=matching[0].id, proof=proof)
            result = tuple(winner if one is intent else one for one in result)
    return result


def answered_refund(intents: Intents, intent_id: str, session: Session) -> Intents:
    """The commands after an answer to a refund, which lists the refund it made: by our tag, else the only new one."""
    intent = next((one for one in intents if one.id == intent_id), None)
    if intent is None or intent.command is not Command.refund or intent.refund_id is not None:
        return intents
    sighting = look(session, None, 0, "payment", EPOCH)
    new = [one for one in sighting.refunds if not one.is_chargeback and one.id not in intent.seen_refunds]
    ours = [one for one in new if one.tag == intent.id] or [one for one in new if one.tag is None]
    if len(ours) > 1:  # others made by hand: the answer was written right after ours
        ours = sorted((one for one in ours if one.created_at and _matches(intent, one)), key=_created)[-1:]
    if len(ours) != 1:
        return intents
    made = attrs.evolve(intent, refund_id=ours[0].id)
    return tuple(made if one is intent else one for one in intents)


def _created(refund: RefundFacts) -> datetime:
    return refund.created_at or EPOCH


def _claimed_by_tag(intent: IntentFacts, refunds: tuple[RefundFacts, ...]) -> IntentFacts:
    if intent.command is not Command.refund:
        return intent
    for refund in refunds:
        if refund.tag == intent.id:
            # Whatever a refusal or a person has said of it: the bank shows that it was made.
            state: IntentState = "done" if not intent.is_open and not intent.has_taken_effect else intent.state
            if intent.refund_id != refund.id or state != intent.state or (intent.is_open and not intent.proof):
                return attrs.evolve(intent, refund_id=refund.id, proof="done", state=state)
    return intent


def _wants_refund(intent: IntentFacts) -> bool:
    return intent.command is Command.refund and intent.refund_id is None and (intent.is_open or intent.has_taken_effect)


def _matches(intent: IntentFacts, refund: RefundFacts) -> bool:
    if refund.id in intent.seen_refunds:
        return False
    if intent.amount is None or refund.amount is None:
        return intent.amount is None and intent.has_taken_effect
    return refund.amount == intent.amount and (refund.currency or "").lower() == (intent.currency or "").lower()
