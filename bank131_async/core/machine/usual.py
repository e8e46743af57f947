"""The end of most payments, folded in one go.

Nine of ten payments end with the same webhook: one attempt, succeeded, session accepted, nothing contradicting. For
that one the steps of :mod:`observations` come to very little, and a server that is flooded with webhooks does little
else. ``observe`` is the truth; here it is repeated, and left to it whatever is not as usual.
"""

from __future__ import annotations

from datetime import datetime

from bank131_async.core.machine.entries import Observed
from bank131_async.core.machine.facts import Facts, made_facts
from bank131_async.core.machine.joins import is_newer, joined_attempts
from bank131_async.core.machine.outcomes import Succeeded
from bank131_async.core.machine.parts import Attempt
from bank131_async.core.machine.phases import Phase
from bank131_async.core.models.enums import PaymentStatus, SessionStatus
from bank131_async.core.models.payment import Payment
from bank131_async.core.models.session import Session


def usual_success(before: Facts, entry: Observed, session: Session, version: int, at: datetime) -> Facts | None:
    """The facts after the webhook of a plain success; ``None`` if it is not one, or if the facts are not plain."""
    payments = session.payment_list
    if entry.event_type != "payment_finished" or len(payments) != 1 or session.payout_list:
        return None
    payment = payments[0]
    if payment.status is not PaymentStatus.succeeded or session.status is not SessionStatus.accepted:
        return None
    if payment.refunds or payment.id is None or not _is_plain(before, entry, payment.id):
        return None
    newest, updated = before.newest, session.updated_at
    if newest is not None and updated is not None and not is_newer(updated, newest):
        return None
    digests, unhandled = before.digests, before.unhandled
    if entry.digest is not None:
        digests += (entry.digest,)
        unhandled += (entry.digest,) if entry.for_handlers else ()
    return made_facts(
        version,
        before.opening,
        Phase.PAYMENT_FINISHED,
        Succeeded(None, payment.id),
        joined_attempts(before.items, (_attempt(payment, payment.id),)),
        refunds=(),
        intents=before.intents,
        readings=(),
        newest=newest if updated is None else updated,
        question=before.question,
        answered_to=max(before.answered_to, before.question),
        ended=before.ended,
        troubles=(),
        handled_by=before.handled_by,
        entered_at=at,
        unknown_entries=before.unknown_entries,
        digests=digests,
        ahead=before.ahead,
        unhandled=unhandled,
    )


def _is_plain(facts: Facts, entry: Observed, attempt: str) -> bool:
    """Whether a payment is under way with this attempt or none, and nothing odd is known of it."""
    items = facts.items
    if facts.outcome is not None or facts.refunds or facts.troubles or entry.digest in facts.digests:
        return False
    if facts.opening is not None and facts.opening.kind != "payment":
        return False
    return not items or (len(items) == 1 and items[0].id == attempt and not items[0].failed)


def _attempt(payment: Payment, attempt: str) -> Attempt:
    money = payment.amount_details
    if money is None:
        return Attempt(attempt, 0, True)
    return Attempt(attempt, 0, True, False, False, None, money.amount, money.currency)
