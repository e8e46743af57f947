"""Payments, payouts and refunds as the bank writes them (reference: objects)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal

from bank131_async.sandbox.render.json import Json, present, render_amount, render_error, wire_time
from bank131_async.sandbox.requests.fields import PAYOUT_NAME
from bank131_async.sandbox.session import Attempt, Refund, Session, Stage
from bank131_async.sandbox.vault import Recurrent

FEE_PERCENT = 2
NEW_VALUE = "sandbox_new_value"


def render_item(session: Session, attempt: Attempt, version: Literal["v1", "v2"]) -> Json:
    """A payment or payout with the names of ``version``."""
    fields = attempt.fields
    method = PAYOUT_NAME[version] if attempt.kind == "payout" else "payment_details"
    result = _head(session, attempt)
    optional: Json = {
        "customer": _customer(attempt),
        method: _method(session, attempt) or None,
        "amount_details": _amount(session, attempt),
        "amounts": _amounts(session, attempt),
        "fiscalization_details": _fiscalization(attempt),
        "participant_details": fields.participants,
        "payment_options": _options(attempt) if attempt.kind == "payment" else None,
        "metadata": fields.metadata,
        "customer_interaction": interaction(session, attempt),
        "recurrent": None if attempt.recurrent is None else render_recurrent(attempt.recurrent, attempt.finished_at),
        "refunds": [_refund(session, attempt, refund) for refund in attempt.refunds] or None,
        "revenue_split_info": _split(attempt),
        "transaction_info": _transaction(attempt),
        "error": None if attempt.error is None else render_error(attempt.error),
    }
    result.update(present(optional))
    if session.project.settings.unknown_fields:
        result["sandbox_new_field"] = {"nested": [1, None, "x"]}
    return result


def interaction(session: Session, attempt: Attempt) -> Json | None:
    """``customer_interaction`` while the payer must act: a page to go to, or a QR code to scan."""
    challenge, settings, base = attempt.challenge, session.project.settings, session.project.base_url
    if attempt.stage is not Stage.CHALLENGE or challenge is None:
        return None
    secret, payer = challenge.secret, attempt.method.payer
    if payer == "push" and not settings.sberpay_web_redirect:
        return None
    if payer == "qr":
        qr: Json = {"content": f"{base}/qr?id={secret}", "img": f"{base}/qr.svg?id={secret}"}
        return {"type": "inform", "inform": {"qr": qr}}
    page = f"{base}/3ds"
    if settings.redirect_method == "POST" and payer == "challenge":
        redirect: Json = {"url": page, "base_url": page, "method": "POST", "params": {"MD": secret}}
    else:
        redirect = {"url": f"{page}?id={secret}", "base_url": page, "method": "GET", "qs": {"id": secret}}
    return {"type": "redirect", "redirect": redirect}


def render_recurrent(recurrent: Recurrent, created_at: datetime | None = None) -> Json:
    """A recurrent token."""
    value: Json = {
        "token": recurrent.token,
        "created_at": wire_time(created_at or recurrent.created_at),
        "finished_at": wire_time(recurrent.finished_at),
        "is_active": recurrent.is_active,
        "type": "recurrent_token",
    }
    return value


def updated_time(session: Session, updated_at: datetime, created_at: datetime) -> str | None:
    """``updated_at``, as fine as the project has it."""
    match session.project.settings.updated_at:
        case "fine":
            return wire_time(updated_at)
        case "coarse":
            return updated_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        case "equal":
            return wire_time(created_at)
        case "missing":
            return None


def _head(session: Session, attempt: Attempt) -> Json:
    created_at = attempt.created_at
    updated_at = updated_time(session, attempt.updated_at or created_at, created_at)
    finished_at = None if attempt.finished_at is None else wire_time(attempt.finished_at)
    head: Json = {
        "id": attempt.id,
        "status": _status(session, attempt),
        "created_at": wire_time(created_at),
        "updated_at": updated_at,
        "finished_at": finished_at,
    }
    return present(head)


def _status(session: Session, attempt: Attempt) -> str:
    settings = session.project.settings
    match attempt.stage:
        case Stage.PREPARING:
            return "in_progress"
        case Stage.WORKING:
            return NEW_VALUE if settings.unknown_values else settings.between_steps_status
        case Stage.UNKNOWN:
            return settings.unknown_item_status
        case Stage.SUCCEEDED:
            return "succeeded"
        case Stage.FAILED:
            return "failed"
        case Stage.CONFIRM | Stage.CHALLENGE | Stage.HELD:
            return "pending"


def _customer(attempt: Attempt) -> Json | None:
    customer = attempt.fields.customer
    paid_by_fps = attempt.method.name.startswith("faster_payment_system") and attempt.ledger.captured
    if customer is None or not paid_by_fps or attempt.kind == "payout":
        return customer
    # The payer's own number is shown, masked, in place of what the merchant gave (docs: payments/payment-fps-qr).
    return {**customer, "contacts": [{"phone": "+7900*****67"}]}


def _method(session: Session, attempt: Attempt) -> Json:
    shown, card = attempt.method.shown, attempt.card
    inner = shown.get("card")
    if card is None or not isinstance(inner, dict) or not session.project.settings.show_card_id:
        return shown
    card_id = hashlib.sha256(f"{session.project.id}/{card.fingerprint}".encode()).hexdigest()[:32]
    return {**shown, "card": {**inner, "card_id": card_id}}


def _amount(session: Session, attempt: Attempt) -> Json | None:
    if not attempt.currency:
        return None
    taken = attempt.ledger.captured or attempt.amount
    shown = taken if session.project.settings.capture_changes_amount else attempt.amount
    return render_amount(shown, attempt.currency)


def _amounts(session: Session, attempt: Attempt) -> Json | None:
    settings, taken = session.project.settings, attempt.ledger.captured
    if not settings.show_amounts or not taken:
        return None
    if not settings.show_fee:
        whole = render_amount(taken, attempt.currency)
        return {"gross": whole, "net": whole}
    fee = taken * FEE_PERCENT // 100
    return {
        "gross": render_amount(taken, attempt.currency),
        "net": render_amount(taken - fee, attempt.currency),
        "fee": {"merchant_fee": render_amount(fee, attempt.currency.upper())},
    }


def _fiscalization(attempt: Attempt) -> Json | None:
    fiscal, receipt = attempt.fields.fiscal, attempt.receipt
    if fiscal is None:
        return None
    taxpayer = dict(fiscal.shown)
    if receipt is not None:
        taxpayer["receipt"] = present({"id": receipt.id, "link": receipt.link})
    return {"professional_income_taxpayer": taxpayer}


def _options(attempt: Attempt) -> Json | None:
    options, subscription_id = attempt.fields.options, attempt.subscription_id
    if options is None or subscription_id is None:
        return options
    given = options.get("subscription")
    added: Json = {"id": subscription_id, "initial": True}
    return {**options, "subscription": {**(given if isinstance(given, dict) else {}), **added}}


def _refund(session: Session, attempt: Attempt, refund: Refund) -> Json:
    echoed = session.project.settings.refund_metadata_echoed
    value: Json = {
        "id": refund.id,
        "status": refund.status,
        "created_at": wire_time(refund.created_at),
        "finished_at": None if refund.finished_at is None else wire_time(refund.finished_at),
        "amount_details": render_amount(refund.amount, attempt.currency),
        "metadata": refund.metadata if echoed else None,
        "is_chargeback": True if refund.is_chargeback else None,
    }
    return present(value)


def _split(attempt: Attempt) -> list[Json] | None:
    shares = attempt.fields.split
    if shares is None:
        return None
    parts = [attempt.amount * _hundredths(share) // 10_000 for share in shares]
    rest = attempt.amount - sum(parts)
    return [
        {**share, "amount": render_amount(rest if share.get("remains") else part, attempt.currency)}
        for share, part in zip(shares, parts, strict=True)
    ]


def _hundredths(share: Json) -> int:
    """A percentage as whole hundredths, without a float."""
    whole, _, fraction = str(share.get("percent", "0")).partition(".")
    return int(whole) * 100 + int(fraction[:2].ljust(2, "0"))


def _transaction(attempt: Attempt) -> Json | None:
    if not attempt.ledger.captured:
        return None
    number = int(attempt.id.rpartition("_")[2])
    if attempt.method.name.startswith("faster_payment_system"):
        info: Json = {"fp_message_id": f"A{number:031d}"}
        if attempt.recurrent is not None:
            info["external_subscription_token"] = attempt.recurrent.token
        return info
    return {"rrn": f"{number:012d}"[-12:], "auth_code": f"{number * 7919 % 1_000_000:06d}"}
