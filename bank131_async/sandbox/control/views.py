"""What there is to see, as JSON: the clock, projects, sessions with ledger and timeline, webhooks and faults."""

from __future__ import annotations

import json
from itertools import islice
from typing import cast

from attrs import asdict

from bank131_async.core.models import JsonValue
from bank131_async.core.redact import redact_json
from bank131_async.sandbox.bank import SandboxBank
from bank131_async.sandbox.control.actions import Action, open_actions
from bank131_async.sandbox.delivery import Delivery, OutgoingWebhook
from bank131_async.sandbox.faults import FAULTS, FaultRule
from bank131_async.sandbox.project import Project
from bank131_async.sandbox.record import Entry, Exchange, Note
from bank131_async.sandbox.refusal import invalid
from bank131_async.sandbox.render import interaction, render_amount, render_session, wire_time
from bank131_async.sandbox.session import Attempt, Session

Json = dict[str, object]

DEFAULT_PAGE = 50
LARGEST_PAGE = 500


def clock(bank: SandboxBank) -> Json:
    """The bank's time, whether it stands still, and when something happens by itself."""
    due = bank.next_due_at
    return {
        "now": wire_time(bank.now()),
        "frozen": bank.is_frozen,
        "next_due_at": None if due is None else wire_time(due),
    }


def project(item: Project) -> Json:
    """A project with all its switches."""
    return {"id": item.id, "settings": asdict(item.settings)}


def fault(rule: FaultRule) -> Json:
    """A rule in force."""
    return {
        "number": rule.number,
        "name": rule.name,
        "method": rule.method,
        "session_id": rule.session_id,
        "probability": rule.probability,
        "left": rule.left,
        "seconds": rule.seconds,
        "status": rule.status,
        "struck": rule.struck,
    }


def faults(bank: SandboxBank) -> Json:
    """The seed, the rules in force, and every fault there is."""
    known = [{"name": item.name, "kind": item.kind, "description": item.description} for item in FAULTS.values()]
    return {"seed": bank.faults.seed, "rules": [fault(rule) for rule in bank.faults.rules.values()], "known": known}


# -- sessions ----------------------------------------------------------------------------------------------------------


def sessions(bank: SandboxBank, *, before: str | None, limit: int, status: str | None, project_id: str | None) -> Json:
    """A page of sessions, newest first, and the ``before`` of the next page. Raises ``Refusal`` for an unknown one."""
    try:
        newest = bank.newest_sessions(before)
    except KeyError:
        raise invalid("before: no such session") from None
    fitting = (item for item in newest if status in (None, item.status) and project_id in (None, item.project.id))
    page = list(islice(fitting, limit + 1))
    more = len(page) > limit
    return {
        "sessions": [row(item) for item in page[:limit]],
        "next_before": page[limit - 1].id if more else None,
        "total": len(bank.sessions),
    }


def row(item: Session) -> Json:
    """A session in a list: where it stands and the money of its newest payment or payout."""
    last = item.last
    newest: Json = {"stage": "nothing was started"} if last is None else operation(last)
    return {
        "id": item.id,
        "project_id": item.project.id,
        "status": item.status,
        "created_at": wire_time(item.created_at),
        "updated_at": wire_time(item.updated_at),
        "kind": newest.get("kind"),
        "method": newest.get("method"),
        "stage": newest["stage"],
        "amount_details": newest.get("amount_details"),
        "ledger": newest.get("ledger"),
    }


def operation(attempt: Attempt) -> Json:
    """A payment or payout: its way, where it stands, and its money."""
    ledger = attempt.ledger
    return {
        "id": attempt.id,
        "kind": attempt.kind,
        "method": attempt.method.title,
        "stage": attempt.stage.value,
        "amount_details": render_amount(attempt.amount, attempt.currency) if attempt.amount else None,
        "ledger": {**asdict(ledger), "held": ledger.held, "refundable": ledger.refundable},
    }


def session(bank: SandboxBank, item: Session) -> Json:
    """A session with everything that is known of it, secrets excepted."""
    timeline = bank.record.of(item.id)[-LARGEST_PAGE:]
    deliveries: dict[int, list[Delivery]] = {}
    for delivery in bank.deliveries(item.id):
        deliveries.setdefault(delivery.webhook.number, []).append(delivery)
    return {
        **row(item),
        "operations": [operation(attempt) for attempt in item.attempts],
        "actions": [_action(action) for action in open_actions(item)],
        "payers_page": payers_page(item),
        "session": redact_json(cast("JsonValue", render_session(item, "v2"))),
        "timeline": [_entry(entry, deliveries) for entry in timeline],
    }


def _action(action: Action) -> Json:
    return {"who": action.who, "name": action.name, "label": action.label, "option": action.option}


def payers_page(item: Session) -> str | None:
    """The bank's page that the payer is waited for at, if there is one."""
    for attempt in item.counting:
        shown = cast("dict[str, Json]", interaction(item, attempt) or {})
        if "redirect" in shown:
            return str(shown["redirect"]["url"])
        if "inform" in shown:
            return str(cast("Json", shown["inform"]["qr"])["content"])
    return None


# -- the timeline ------------------------------------------------------------------------------------------------------


def _entry(entry: Entry, deliveries: dict[int, list[Delivery]]) -> Json:
    return {"order": entry.order, **_item(entry.item, deliveries)}


def _item(item: Exchange | Note | OutgoingWebhook, deliveries: dict[int, list[Delivery]]) -> Json:
    match item:
        case Exchange():
            return _exchange(item)
        case Note():
            return {"kind": "action", "at": wire_time(item.at), "who": item.who, "what": item.what}
        case OutgoingWebhook():
            return webhook(item, deliveries.get(item.number, []))


def _exchange(exchange: Exchange) -> Json:
    return {
        "kind": "request",
        "at": wire_time(exchange.at),
        "method": exchange.method,
        "path": exchange.path,
        "request": readable(exchange.request),
        "status": exchange.status,
        "answer": readable(exchange.answer),
        "fault": exchange.fault,
    }


def webhook(sent: OutgoingWebhook, deliveries: list[Delivery]) -> Json:
    """A webhook with its sendings."""
    return {
        "kind": "webhook",
        "at": wire_time(sent.first_due_at),
        "number": sent.number,
        "type": sent.type,
        "session_id": sent.session_id,
        "url": sent.url,
        "body": readable(sent.body),
        "deliveries": [delivered(item) for item in deliveries],
    }


def delivered(delivery: Delivery) -> Json:
    """One sending of a webhook and its answer."""
    return {
        "number": delivery.webhook.number,
        "type": delivery.webhook.type,
        "session_id": delivery.webhook.session_id,
        "attempt": delivery.webhook.attempt,
        "forged": delivery.webhook.forged,
        "sent_at": wire_time(delivery.sent_at),
        "answered_at": wire_time(delivery.answered_at),
        "status": delivery.status,
        "error": delivery.error,
        "answer": delivery.answer.decode("utf-8", "replace"),
    }


def delivery(item: Delivery) -> Json:
    """One sending with what was sent, and where to."""
    return {**delivered(item), "url": item.webhook.url, "body": readable(item.webhook.body)}


def readable(body: bytes) -> object:
    """The JSON of a body without its secrets; a text if it is none."""
    if not body:
        return None
    try:
        return redact_json(json.loads(body))
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")
