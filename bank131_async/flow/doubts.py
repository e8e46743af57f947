"""What a person may settle: commands of whose fate nothing but their word can tell."""

from __future__ import annotations

from datetime import datetime

from bank131_async.core.machine import Facts, IntentFacts, MachineSettings
from bank131_async.errors import CommandNotAllowedError
from bank131_async.flow.streams import is_session


def doubt_of(stream: str, facts: Facts, intent_id: str, settings: MachineSettings, now: datetime) -> IntentFacts:
    """The command with this id, if a person may settle it; ``CommandNotAllowedError`` says what to do instead."""
    intent = next((one for one in facts.intents if one.id == intent_id), None)
    session_id = stream if is_session(stream) else None
    if intent is None:
        known = ", ".join(one.id for one in facts.intents) or "none"
        raise CommandNotAllowedError(f"there is no intent {intent_id} here (known: {known})", session_id=session_id)
    if not intent.is_open:
        raise CommandNotAllowedError(
            f"{intent.command} {intent.id} is settled already ({intent.state}): there is nothing to decide",
            session_id=session_id,
        )
    if not intent.is_in_doubt(settings, now) and not facts.is_abandoned(settings, now):
        raise CommandNotAllowedError(
            f"{intent.command} {intent.id} is not in doubt: the bank's word will settle it. Let a worker run "
            "(bank.payments.run) and look again",
            session_id=session_id,
        )
    return intent
