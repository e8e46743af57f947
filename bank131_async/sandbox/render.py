"""Sessions as the bank writes them in answers and webhooks (reference: objects)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Literal

from bank131_async.sandbox.session import Attempt, Refund, Session, Stage

Json = dict[str, object]
PAYMENTS_NAME = {"v1": "acquiring_payments", "v2": "payment_list"}


def dumps(value: object, style: Literal["plain", "php"] = "plain") -> bytes:
    """JSON bytes: compact UTF-8, or as PHP writes it by default, with escaped slashes and non-ASCII characters."""
    if style == "php":
        return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode("ascii")
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair in a merchant's metadata has no UTF-8
        return json.dumps(value, separators=(",", ":")).encode("ascii")


def wire_time(moment: datetime) -> str:
    """A time as the bank writes it: UTC, microseconds, ``Z``."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def render_session(session: Session, version: Literal["v1", "v2"], *, webhook: str | None = None) -> Json:
    """The session object with the names of ``version``; ``webhook`` is the type of the webhook it is for."""
    settings = session.project.settings
    result: Json = {"id": session.id, "status": session.status, "created_at": wire_time(session.created_at)}
    updated_at = _updated_at(session, session.updated_at, session.created_at)
    if updated_at is not None:
        result["updated_at"] = updated_at
    if session.finished_at is not None:
        result["finished_at"] = wire_time(session.finished_at)
    next_action = _next_action(session, webhook)
    if next_action is not None:
        result["next_action"] = next_action
    if session.error is not None:
        result["error"] = _error(session.error)
    if session.attempts:
        result[PAYMENTS_NAME[version]] = [_payment(session, attempt) for attempt in session.attempts]
    if settings.show_actions and session.actions:
        result["actions"] = {name: wire_time(moment) for name, moment in session.actions.items()}
    return result


def render_amount(amount: int, currency: str) -> Json:
    """An amount object."""
    return {"amount": amount, "currency": currency}


def _payment(session: Session, attempt: Attempt) -> Json:
    settings, fields, ledger = session.project.settings, attempt.fields, attempt.ledger
    taken = ledger.captured or attempt.amount
    result: Json = {
        "id": attempt.id,
        "status": _payment_status(session, attempt),
        "created_at": wire_time(attempt.created_at),
    }
    updated_at = _updated_at(session, attempt.updated_at or attempt.created_at, attempt.created_at)
    if updated_at is not None:
        result["updated_at"] = updated_at
    if attempt.finished_at is not None:
        result["finished_at"] = wire_time(attempt.finished_at)
    optional: Json = {
        "customer": fields.customer,
        "payment_details": _details(attempt),
        "amount_details": render_amount(taken if settings.capture_changes_amount else attempt.amount, attempt.currency),
        "amounts": _amounts(attempt) if settings.show_amounts and ledger.captured else None,
        "participant_details": fields.participants,
        "payment_options": fields.options,
        "metadata": fields.metadata,
        "customer_interaction": interaction(session, attempt),
        "recurrent": _recurrent(attempt),
        "refunds": [_refund(session, attempt, refund) for refund in attempt.refunds] or None,
        "transaction_info": _transaction(attempt) if ledger.captured else None,
        "error": None if attempt.error is None else _error(attempt.error),
    }
    result.update({name: value for name, value in optional.items() if value is not None})
    return result


def interaction(session: Session, attempt: Attempt) -> Json | None:
    """``customer_interaction`` while the payer must act: a redirect to the 3-D Secure page."""
    if attempt.stage is not Stage.CHALLENGE or attempt.challenge is None:
        return None
    base, secret = f"{session.project.base_url}/3ds", attempt.challenge.secret
    if session.project.settings.redirect_method == "POST":
        redirect: Json = {"url": base, "base_url": base, "method": "POST", "params": {"MD": secret}}
    else:
        redirect = {"url": f"{base}?id={secret}", "base_url": base, "method": "GET", "qs": {"id": secret}}
    return {"type": "redirect", "redirect": redirect}


def _payment_status(session: Session, attempt: Attempt) -> str:
    settings = session.project.settings
    match attempt.stage:
        case Stage.PREPARING:
            return "in_progress"
        case Stage.WORKING:
            return settings.between_steps_status
        case Stage.UNKNOWN:
            return settings.unknown_item_status
        case Stage.SUCCEEDED:
            return "succeeded"
        case Stage.FAILED:
            return "failed"
        case Stage.CONFIRM | Stage.CHALLENGE | Stage.HELD:
            return "pending"


def _next_action(session: Session, webhook: str | None) -> str | None:
    last, settings = session.last, session.project.settings
    if last is None or session.ending is not None:
        return None
    if last.stage is Stage.CONFIRM:
        return "confirm"
    in_webhook = webhook == "ready_to_capture"
    shown = settings.next_action_in_ready_to_capture if in_webhook else settings.next_action_in_held_status
    return "capture" if last.stage is Stage.HELD and shown else None


def _updated_at(session: Session, updated_at: datetime, created_at: datetime) -> str | None:
    match session.project.settings.updated_at:
        case "fine":
            return wire_time(updated_at)
        case "coarse":
            return updated_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        case "equal":
            return wire_time(created_at)
        case "missing":
            return None


def _details(attempt: Attempt) -> Json:
    card = attempt.card
    return {"type": "card", "card": {"brand": card.card.brand, "last4": card.last4, "bin": card.bin}}


def _amounts(attempt: Attempt) -> Json:
    taken = render_amount(attempt.ledger.captured, attempt.currency)
    return {"gross": taken, "net": taken}


def _recurrent(attempt: Attempt) -> Json | None:
    if attempt.recurrent_token is None or attempt.finished_at is None:
        return None
    return {
        "token": attempt.recurrent_token,
        "created_at": wire_time(attempt.finished_at),
        "finished_at": wire_time(attempt.finished_at.replace(year=attempt.finished_at.year + 10, day=1)),
        "is_active": True,
    }


def _refund(session: Session, attempt: Attempt, refund: Refund) -> Json:
    result: Json = {"id": refund.id, "status": refund.status, "created_at": wire_time(refund.created_at)}
    if refund.finished_at is not None:
        result["finished_at"] = wire_time(refund.finished_at)
    result["amount_details"] = render_amount(refund.amount, attempt.currency)
    if refund.metadata is not None and session.project.settings.refund_metadata_echoed:
        result["metadata"] = refund.metadata
    if refund.is_chargeback:
        result["is_chargeback"] = True
    return result


def _transaction(attempt: Attempt) -> Json:
    number = int(attempt.id.rpartition("_")[2])
    return {"rrn": f"{number:012d}"[-12:], "auth_code": f"{number * 7919 % 1_000_000:06d}"}


def _error(error: tuple[str, str]) -> Json:
    return {"code": error[0], "description": error[1]}
