"""The outcome as the caller gets it: with the payment that the bank last showed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bank131_async.core.codec import decode, encode
from bank131_async.core.machine import Observed, Succeeded
from bank131_async.core.metadata import untagged
from bank131_async.core.models import ConfirmInformation, Payment, Payout, Session, WebhookBody
from bank131_async.core.redact import REDACTED
from bank131_async.errors import AnswerLostError
from bank131_async.flow.record import FlowRecord
from bank131_async.stores import Journal

if TYPE_CHECKING:
    from bank131_async.flow.engine import Engine


async def with_payment(engine: Engine, record: FlowRecord, outcome: Succeeded) -> Succeeded:
    """Fill in the payment from the journal, or from one status call if a part of it is not there."""
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


async def asked_to_confirm(engine: Engine, stream: str) -> ConfirmInformation | None:
    """What the bank asks to have sent back with the confirmation, as it says now, else as the journal has it.

    Raises ``AnswerLostError`` if neither can be sent back: the bank does not answer, and the journal hides a part.
    """
    answer = await engine.questions.fetch_answer(stream)
    if answer is not None and answer.confirm_information is not None:
        return answer.confirm_information
    information = await _journaled_question(engine.journal, stream)
    if information is not None and REDACTED.encode() in encode(information):
        raise AnswerLostError(
            "the bank did not tell again what it wants to have sent back, and the journal keeps that without its "
            "secrets: nothing was sent, call again",
            session_id=stream,
        )
    return information


async def _journaled_question(journal: Journal, stream: str) -> ConfirmInformation | None:
    """What came with the newest webhook that said what the confirmation is about."""
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
    """Whether the bank could tell more: a token that no journal keeps, a receipt's link that came later."""
    if isinstance(payment, Payment):
        return payment.recurrent is not None and payment.recurrent.token == REDACTED
    details = payment.fiscalization_details
    taxpayer = None if details is None else details.professional_income_taxpayer
    return taxpayer is not None and (taxpayer.receipt is None or taxpayer.receipt.link is None)
