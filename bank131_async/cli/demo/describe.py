"""Requests, answers, steps and outcomes in a few words, with nothing secret in them."""

from __future__ import annotations

import re

from bank131_async import (
    ActionRequired,
    Amount,
    AttemptFailed,
    Cancelled,
    Failed,
    Payment,
    ReadyToCapture,
    ReadyToConfirm,
    Session,
    SessionAnswer,
    Succeeded,
)
from bank131_async.core.codec import decode, loads
from bank131_async.core.machine import FlowStep, Outcome
from bank131_async.core.models import JsonValue, WebhookBody
from bank131_async.core.redact import redact_json
from bank131_async.errors import CodecError


def request_text(body: bytes) -> str:
    """What the shop tells the bank: the sum, and the card with its digits masked."""
    # Redacted before anything is read out of it, so that nothing secret can be shown by mistake.
    sent = redact_json(loads(body))
    parts: list[str] = []
    amount = _inside(sent, "amount_details")
    if isinstance(amount, dict):
        number, currency = amount.get("amount"), amount.get("currency")
        parts += [str(Amount.minor(number, currency))] if isinstance(number, int) and isinstance(currency, str) else []
    card = _inside(sent, "payment_details", "card", "bank_card", "number")
    parts += [f"card {card}"] if isinstance(card, str) else []
    parts += ["for the bank's form"] if _inside(sent, "acquiring_widget") else []
    return ", ".join(parts)


def session_asked_for(body: bytes) -> str | None:
    """The session that a request is about, if it names one."""
    sent = loads(body)
    session_id = _inside(sent, "session_id") or _inside(sent, "acquiring_widget", "session_id")
    return session_id if isinstance(session_id, str) else None


def answer_text(body: bytes) -> tuple[str, str | None]:
    """What the bank answers, and the id of the session that it shows."""
    try:
        answer = decode(SessionAnswer, body)
    except CodecError:
        return "unreadable", None
    if answer.error is not None:
        return f"refused: {answer.error.code}", None
    return ("ok", None) if answer.session is None else (session_text(answer.session), answer.session.id)


def webhook_text(body: bytes) -> tuple[str, str, str | None]:
    """A webhook's type, what it tells, and the id of its session."""
    try:
        webhook = decode(WebhookBody, body)
    except CodecError:
        return "unreadable", "", None
    session = webhook.session
    return str(webhook.type), "" if session is None else session_text(session), session.id if session else None


def session_text(session: Session) -> str:
    """Where a session stands: its payment if there is one, who has to act, and the last refund."""
    if not session.payment_list:
        return f"session {session.status}"
    payment = session.payment_list[-1]
    parts = [f"payment {payment.status}"]
    parts += [f"error {payment.error.code}"] if payment.error is not None else []
    parts += [f"next: {session.next_action}"] if session.next_action else []
    parts += ["the payer has to act"] if payment.customer_interaction is not None else []
    if payment.refunds:
        last = payment.refunds[-1]
        parts.append(f"{'chargeback' if last.is_chargeback else 'refund'} {last.status}")
    return ", ".join(parts)


def step_text(step: FlowStep) -> tuple[str, str]:
    """A step's name, which is its phase wherever it is one, and what it asks for."""
    match step:
        case ReadyToConfirm() | ReadyToCapture():
            return _snake(type(step).__name__), "" if step.amount is None else str(step.amount)
        case ActionRequired():
            by = "the form leads the payer" if step.handled_by == "widget" else "the shop leads the payer"
            return "action_required", by
        case AttemptFailed():
            return "attempt_failed", "" if step.error is None else str(step.error.code)
        case _:
            return _snake(type(step).__name__), ""


def outcome_text(outcome: Outcome) -> str:
    """How the payment ended."""
    match outcome:
        case Succeeded(payment):
            taken = payment.amount_details if payment is not None else None
            if isinstance(payment, Payment) and payment.amounts is not None and payment.amounts.gross is not None:
                taken = payment.amounts.gross  # the captured part, where a hold was not taken whole
            return f"succeeded {taken}"
        case Failed(error):
            return "failed" if error is None else f"failed {error.code}"
        case Cancelled(by):
            return f"cancelled by {by}"


def _inside(value: JsonValue, *path: str) -> JsonValue:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
