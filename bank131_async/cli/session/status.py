"""``bank131 session status``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bank131_async.cli.options import Json, show

if TYPE_CHECKING:
    from bank131_async.core.models import Payment, Payout, Refund, Session


def status(session_id: str, /, *, as_json: Json = False) -> None:
    """Ask the bank where a session stands. Reads only; nothing is written down.

    Example: bank131 session status ps_1001

    Parameters
    ----------
    session_id
        The id that the bank gave.
    """
    import asyncio

    session = asyncio.run(_ask(session_id))
    show(facts_of(session), text_of(session), as_json=as_json)


async def _ask(session_id: str) -> Session:
    from bank131_async.cli.connect import read_config
    from bank131_async.client import ApiClient
    from bank131_async.errors import AnswerLostError

    async with ApiClient(read_config()) as api:
        answer = await api.sessions.status(session_id)
    if answer.session is None:
        raise AnswerLostError("session/status was answered without a session", session_id=session_id)
    return answer.session


def facts_of(session: Session) -> dict[str, object]:
    """The session as a JSON object, without secrets: what scripts ask for most, then all of it as the bank shows it."""
    import json

    from bank131_async.core.codec import encode
    from bank131_async.core.redact import redact_body

    return {
        "session_id": session.id,
        "status": session.status,
        "next_action": session.next_action,
        "session": json.loads(redact_body(encode(session))),
    }


def text_of(session: Session) -> str:
    """The session for people: a line for itself and one for each payment, payout and refund."""
    rows = [_row(session.id, session.status, f"waits for {session.next_action}" if session.next_action else "")]
    items: list[Payment | Payout] = [*session.payment_list, *session.payout_list]
    for item in items:
        rows.append("  " + _item(item))
        rows += ["    " + _refund(refund) for refund in item.refunds]
    return "\n".join(rows)


def _item(item: Payment | Payout) -> str:
    error = "" if item.error is None else f"{item.error.code}: {item.error.description or ''}"
    payer = "the payer has to act" if item.customer_interaction is not None else ""
    return _row(item.id, item.status, item.amount_details, error, payer)


def _refund(refund: Refund) -> str:
    return _row(refund.id, refund.status, refund.amount_details, "chargeback" if refund.is_chargeback else "refund")


def _row(*parts: object) -> str:
    return "  ".join(str(part) for part in parts if part)
