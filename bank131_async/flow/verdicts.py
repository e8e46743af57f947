"""What the fate of a command means to its caller."""

from __future__ import annotations

from bank131_async.core.machine import Command, IntentFacts
from bank131_async.core.models.codes import refusal
from bank131_async.errors import CardNeededError, CommandNotAllowedError


def verdict_of(intent: IntentFacts, session_id: str | None) -> IntentFacts:
    """The settled intent, or the error that its fate means: the bank's refusal, ``CardNeededError`` or
    ``CommandNotAllowedError``."""
    if intent.has_taken_effect:
        return intent
    if intent.code is not None:
        raise refusal(
            intent.command, intent.code, intent.description, http_status=intent.http_status, session_id=session_id
        )
    if intent.state == "superseded" and intent.command is Command.start:
        raise CardNeededError(
            "the start may not have reached the bank and its card is not kept: ask the payer for the card again",
            session_id=session_id,
        )
    raise CommandNotAllowedError(f"{intent.command} did not take effect", session_id=session_id)
