"""Sessions as the bank writes them in answers and webhooks (reference: objects)."""

from __future__ import annotations

from typing import Literal, cast

from bank131_async.sandbox.funds import OWN_ACCOUNT
from bank131_async.sandbox.render.items import render_item, updated_time
from bank131_async.sandbox.render.json import Json, present, render_amount, render_error, wire_time
from bank131_async.sandbox.requests.fields import PAYOUT_NAME
from bank131_async.sandbox.session import Attempt, Session, Stage

Version = Literal["v1", "v2"]

LIST_NAMES: dict[Version, dict[str, str]] = {
    "v1": {"payment": "acquiring_payments", "payout": "payments"},
    "v2": {"payment": "payment_list", "payout": "payout_list"},
}


def render_session(session: Session, version: Version, *, webhook: str | None = None) -> Json:
    """The session object with the names of ``version``; ``webhook`` is the type of the webhook it is for."""
    settings = session.project.settings
    names = LIST_NAMES[version]
    actions = {name: wire_time(moment) for name, moment in session.actions.items()}
    value: Json = {
        "id": session.id,
        "status": session.status,
        "created_at": wire_time(session.created_at),
        "updated_at": updated_time(session, session.updated_at, session.created_at),
        "finished_at": None if session.finished_at is None else wire_time(session.finished_at),
        "next_action": _next_action(session, webhook),
        "error": None if session.error is None else render_error(session.error),
        "actions": actions if settings.show_actions and actions else None,
    }
    for kind, name in names.items():
        value[name] = [
            render_item(session, attempt, version) for attempt in session.attempts if attempt.kind == kind
        ] or None
    if settings.unknown_fields:
        value["sandbox_new_field"] = "a field that no document names"
    return present(value)


def confirm_information(session: Session, version: Version) -> Json | None:
    """What a payout from an escrow or settlement account brings to be sent back with the confirmation.

    Source: docs: settlement-account/settlement-payout-accounts; the official PHP SDK for its shape.
    """
    payout = next((item for item in session.attempts if item.kind == "payout"), None)
    if session.family == "plain" or payout is None or payout.stage is not Stage.CONFIRM:
        return None
    transfer: Json = {
        PAYOUT_NAME[version]: _bare(payout),
        "customer": _side(payout.fields.participant("sender", "account") or OWN_ACCOUNT, _name(payout, "sender")),
        "recipient": _side(_account(payout), _name(payout, "recipient")),
        "purpose": str(_bare(payout).get("description", payout.method.title)),
        "amount": render_amount(payout.amount, payout.currency),
    }
    if not session.project.settings.confirm_exchanges:
        return {"transfer_details": transfer}
    return {"transfer_details": transfer, "exchanges": [_exchange(payout)]}


def _exchange(payout: Attempt) -> Json:
    """A conversion at par, with a commission of nothing: what matters to a client is that it comes back."""
    amount = render_amount(payout.amount, payout.currency)
    return {
        "id": f"ex_{payout.id}",
        "source": amount,
        "destination": amount,
        "fx_rate": "1.0000",
        "commission": render_amount(0, payout.currency),
    }


def _bare(payout: Attempt) -> Json:
    """The innermost object of the way of delivery: the bank leaves its wrappers out here."""
    value = payout.method.shown
    while isinstance(inner := value.get(str(value.get("type") or value.get("system_type"))), dict):
        value = cast("Json", inner)
    return value


def _account(payout: Attempt) -> str:
    account = _bare(payout).get("account")
    return account if isinstance(account, str) else OWN_ACCOUNT


def _name(payout: Attempt, side: Literal["sender", "recipient"]) -> str:
    return payout.fields.participant(side, "full_name") or payout.fields.participant(side, "company_name") or side


def _side(account: str, name: str) -> Json:
    return {
        "account_number": account,
        "name": name,
        "bank_name": "Sandbox bank",
        "bik": "049205131",
        "correspondent_account_number": "30101810822029205131",
    }


def _next_action(session: Session, webhook: str | None) -> str | None:
    settings = session.project.settings
    stages = {attempt.stage for attempt in session.counting}
    if session.ending is not None:
        return None
    if Stage.CONFIRM in stages and Stage.PREPARING not in stages:
        return "confirm"
    in_webhook = webhook == "ready_to_capture"
    shown = settings.next_action_in_ready_to_capture if in_webhook else settings.next_action_in_held_status
    return "capture" if Stage.HELD in stages and shown else None
