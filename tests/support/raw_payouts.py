"""What the merchant without an SDK does to pay out."""

from __future__ import annotations

from typing import Any

from tests.support.bank_ways import AMOUNT
from tests.support.raw_merchant import RawMerchant


def start(merchant: RawMerchant, details: dict[str, Any], **fields: Any) -> str:
    """Create a session and start a payout; the id of the session."""
    name = "payout_details" if merchant.version == "v2" else "payment_method"
    session_id = merchant.call("session/create")["id"]
    body: dict[str, Any] = {"session_id": session_id, name: details, "amount_details": AMOUNT, **fields}
    merchant.call("session/start/payout", **body)
    return session_id


def paid_out(merchant: RawMerchant, details: dict[str, Any], **fields: Any) -> str:
    """Start a payout and confirm it; the id of the session."""
    session_id = start(merchant, details, **fields)
    merchant.call("session/confirm", session_id=session_id)
    return session_id


def payout(merchant: RawMerchant, session_id: str) -> Any:
    """The newest payout as ``session/status`` shows it."""
    session = merchant.status(session_id)
    return (session.get("payout_list") or session["payments"])[-1]
