"""The outcome as the caller gets it: with the payment that the bank last showed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bank131_async.core.codec import decode
from bank131_async.core.machine import Observed, Succeeded
from bank131_async.core.metadata import untagged
from bank131_async.core.models import ConfirmInformation, Payment, Payout, Session, WebhookBody
from bank131_async.core.redact import REDACTED
from bank131_async.flow.record import FlowRecord
from bank131_async.stores import Journal

if TYPE_CHECKING:
    from bank131_async.flow.engine import Engine


async def with_payment(engine: Engine, record: FlowRecord, outcome: Succeeded) -> Succeeded:
    """Fill in the payment from the journal, or from one status call if the journal had to hide a part of it."""
    payment = None if record.shown is None else _item(record.shown, outcome.attempt)
    if payment is None:
        payment = await _journaled(engine, record, outcome.attempt)
    if payment is None or _is_incomplete(payment):
        session = await engine.questions.fetch(record.session_id)
        shown = None if session is None else _item(session, outcome.attempt)
        payment = shown or payment
    if isinstance(payment, Payout):
        return Succeeded(payout=payment, attempt=outcome.attempt)
    return Succeeded(payment=payment, attempt=outcome.attempt)


async def _journaled(engine: Engine, record: FlowRecord, attempt: str | None) -> Payment | Payout | None:
    for stored in reversed(await engine.journal.load(record.session_id)):
        if isinstance(stored.entry, Observed):
            session = decode(WebhookBody, stored.entry.body).session
            item = None if session is None else _item(session, attempt)
            if item is not None:
                return item
    return None


async def asked_to_confirm(journal: Journal, stream: str) -> ConfirmInformation | None:
    """What came with the newest news that asked for a confirmation and said what about."""
    for stored in reversed(await journal.load(stream)):
        if isinstance(stored.entry, Observed):
            information = decode(WebhookBody, stored.entry.body).confirm_information
            if information is not None:
                return information
    return None


def _item(session: Session, attempt: str | None) -> Payment | Payout | None:
    session = untagged(session)
    items: tuple[Payment | Payout, ...] = (*(session.payment_list or ()), *(session.payout_list or ()))
    for item in items:
        if item.id == attempt and item.status == "succeeded":
            return item
    return items[0] if len(items) == 1 and items[0].id is None else None


def _is_incomplete(payment: Payment | Payout) -> bool:
    recurrent = payment.recurrent if isinstance(payment, Payment) else None
    return recurrent is not None and recurrent.token == REDACTED
