"""Refusals that come from where a session stands."""

from __future__ import annotations

from bank131_async.sandbox.refusal import Refusal, invalid
from bank131_async.sandbox.requests.amounts import Sum
from bank131_async.sandbox.session import Attempt, Session, Stage


def wrong_state(session: Session, method: str, expected: str) -> Refusal:
    """The refusal of a command that comes at the wrong time: where the session stands, and what was expected."""
    last = session.last
    where = "" if last is None else f", its {last.kind}: {last.stage.value}"
    return invalid(f"session_id: the session is {session.status}{where}; {method} expects {expected}")


def waiting(session: Session, method: str, *stages: Stage) -> list[Attempt]:
    """The attempts that wait at one of these stages. Raises ``Refusal`` if none does."""
    found = [attempt for attempt in session.counting if attempt.stage in stages]
    if not found or session.ending is not None:
        raise wrong_state(session, method, "one that " + " or ".join(stage.value for stage in stages))
    return found


def amount_of(total: Sum | None, attempt: Attempt) -> int | None:
    """The amount of a command, once its currency is found to be that of the payment."""
    if total is not None and total.currency.lower() != attempt.currency.lower():
        raise invalid(f"amount_details.currency: expected {attempt.currency}, the currency of the payment")
    return None if total is None else total.amount
