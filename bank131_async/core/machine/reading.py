"""How one snapshot of a session is read: what it says, and whether type and body agree enough to be believed.

The rules are those of the bank's documents (reference/objects, reference/webhooks), with the bodies that real clients
met: look at the item and not at the session for the result; a type that the body contradicts is no news at all.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import attrs

from bank131_async.core.machine.entries import Kind
from bank131_async.core.machine.parts import Attempt, RefundFacts, Trouble
from bank131_async.core.machine.phases import Phase
from bank131_async.core.metadata import untag_metadata
from bank131_async.core.models.enums import NextAction, PaymentStatus, RefundStatus, SessionStatus, WebhookType
from bank131_async.core.models.error import BankError
from bank131_async.core.models.interaction import CustomerInteraction
from bank131_async.core.models.payment import Payment
from bank131_async.core.models.payout import Payout
from bank131_async.core.models.refund import Refund
from bank131_async.core.models.session import Session

Item: TypeAlias = Payment | Payout

#: Bits of ``Facts.ended``: how the session was seen to end.
CANCELLED, TIMED_OUT, DECLINED, SETTLED = 1, 2, 4, 8
#: Errors that say that somebody was too slow (docs: reference/errors): an end by time limit, not a refusal.
TIMEOUTS = frozenset({"confirm_timeout", "capture_timeout"})

_SUCCEEDED, _FAILED = PaymentStatus.succeeded, PaymentStatus.failed
_FINAL = (_SUCCEEDED, _FAILED)
_ASKS_FOR: dict[str, Phase] = {
    WebhookType.ready_to_confirm: Phase.READY_TO_CONFIRM,
    WebhookType.ready_to_capture: Phase.READY_TO_CAPTURE,
    WebhookType.action_required: Phase.ACTION_REQUIRED,
}
_NEXT: dict[str | None, Phase] = {
    NextAction.confirm: Phase.READY_TO_CONFIRM,
    NextAction.capture: Phase.READY_TO_CAPTURE,
}
_REFUND_STATUSES: dict[str | None, RefundStatus] = {str(status): status for status in RefundStatus}


@attrs.define(eq=False, weakref_slot=False)
class Sighting:
    """What a snapshot says. ``doubtful``: believed, but its type says more than its body, so the bank is asked."""

    session: Session
    believed: bool
    doubtful: bool
    phase: Phase
    attempt: str | None
    interaction: CustomerInteraction | None
    silent: bool
    items: tuple[Attempt, ...]
    refunds: tuple[RefundFacts, ...]
    ended: int
    troubles: tuple[Trouble, ...]


def look(session: Session, event_type: str | None, told_by: int, kind: Kind, at: datetime) -> Sighting:
    """Read a snapshot.

    ``event_type`` is a webhook's type, ``None`` for answers; ``told_by`` the version of a status answer, 0 for
    webhooks; ``at`` is the store's time. ``kind`` decides which items count if, against all promises, there are both;
    of a multi-session all do, and as one webhook may be about one of them, its type cannot contradict the body.
    """
    payments, payouts = session.payment_list, session.payout_list
    items = _items(payments, payouts, kind)
    asked_for = None if event_type is None else _ASKS_FOR.get(event_type)
    index = len(items) - 1
    if index > 0:
        index = _waiting(session, items, asked_for) if kind == "multi" else _current(items)
    item = items[index] if items else None
    end = 0 if session.status == SessionStatus.in_progress else _end(session, item)
    if kind == "multi" and session.status == SessionStatus.accepted:
        end |= SETTLED
    phase = _phase(session, item, end)
    silent = item is not None and phase is Phase.IN_PROGRESS and _is_silent(session, item)
    believed, doubtful, held = item is not None or session.status is not None, False, False
    if event_type is not None and believed:
        believed = kind == "multi" or _agrees(session, event_type, asked_for, items, item)
        held = asked_for is Phase.READY_TO_CAPTURE and (silent or phase is asked_for)
        doubtful = asked_for is not None and asked_for is not phase and not held
    sighting = Sighting(
        session,
        believed,
        doubtful,
        phase,
        None if item is None else item.id or f"#{index}",
        item.customer_interaction if item is not None and phase is Phase.ACTION_REQUIRED else None,
        silent,
        (),
        (),
        end,
        (Trouble.OTHER_KIND,) if payments and payouts and kind != "multi" else (),
    )
    if believed and items:
        live = _note_items(sighting, items, index if held else -1, told_by, at)
        if live > 1 and kind != "multi":
            sighting.troubles += (Trouble.TWO_LIVE,)
    return sighting


def _items(payments: tuple[Payment, ...], payouts: tuple[Payout, ...], kind: Kind) -> tuple[Item, ...]:
    if kind == "multi":
        return (*payments, *payouts)
    return (payments or payouts) if kind == "payment" else (payouts or payments)


def _current(items: tuple[Item, ...]) -> int:
    """The item that the bank is at: the last live one, else the last."""
    last = len(items) - 1
    return next((index for index in range(last, -1, -1) if not _is_final(items[index])), last)


def _waiting(session: Session, items: tuple[Item, ...], asked_for: Phase | None) -> int:
    """The operation of a multi-session that it waits for: to be captured, or for its payer; else the last live one."""
    live = [index for index, item in enumerate(items) if not _is_final(item)]
    held = asked_for is Phase.READY_TO_CAPTURE or session.next_action == NextAction.capture
    if held:  # a payout is never held
        chosen = [index for index in live if isinstance(items[index], Payment)]
    else:
        chosen = [index for index in live if items[index].customer_interaction is not None]
    return (chosen or live or [len(items) - 1])[-1]


def _is_final(item: Item) -> bool:
    return item.status in _FINAL or bool(item.refunds)


def _is_silent(session: Session, item: Item) -> bool:
    return (
        item.status == PaymentStatus.pending
        and session.next_action is None
        and item.customer_interaction is None
        and (session.status == SessionStatus.in_progress or session.status is None)
    )


def _phase(session: Session, item: Item | None, end: int) -> Phase:
    if end or (item is not None and (item.status == _SUCCEEDED or item.refunds)):
        return Phase.PAYMENT_FINISHED
    if session.status == SessionStatus.error:
        return Phase.OUTCOME_UNKNOWN
    if session.next_action is not None and session.next_action in _NEXT:
        return _NEXT[session.next_action]
    if item is None:
        return Phase.CREATED if session.status == SessionStatus.created else Phase.IN_PROGRESS
    if item.customer_interaction is not None and item.status != _FAILED:
        return Phase.ACTION_REQUIRED
    return Phase.IN_PROGRESS


def _end(session: Session, item: Item | None) -> int:
    """How the session ended without success, as bits; 0 while it has not."""
    if item is not None and item.status == _SUCCEEDED and session.status == SessionStatus.accepted:
        return 0
    if session.is_cancelled:
        error = _error_of(session, item)
        return CANCELLED | TIMED_OUT if error is not None and error.code in TIMEOUTS else CANCELLED
    if item is None or item.status != _FAILED:
        return 0
    if session.status == SessionStatus.accepted or _is_definite(session, _error_of(session, item)):
        return DECLINED
    return 0


def _is_definite(session: Session, error: BankError | None) -> bool:
    """A session in ``error`` whose item was declined by a code that says that no money moved."""
    return session.status == SessionStatus.error and error is not None and error.definite_decline


def _error_of(session: Session, item: Item | None) -> BankError | None:
    return session.error if item is None or item.error is None else item.error


def _agrees(
    session: Session, event_type: str, asked_for: Phase | None, items: tuple[Item, ...], item: Item | None
) -> bool:
    """Whether the body can be what a webhook of this type tells."""
    if asked_for is not None:
        if item is not None and (item.status in _FINAL or item.refunds):
            return False
        if session.status != SessionStatus.in_progress and _is_over(session):
            return False
        waits_for = session.next_action
        return waits_for is None or asked_for is Phase.ACTION_REQUIRED or _NEXT.get(waits_for, asked_for) is asked_for
    if event_type == WebhookType.payment_finished:
        return item is not None and _is_final(item)
    if event_type == WebhookType.payment_refunded:
        return any(one.refunds for one in items)
    return True


def _is_over(session: Session) -> bool:
    return session.status == SessionStatus.accepted or session.is_cancelled


def _note_items(sighting: Sighting, items: tuple[Item, ...], held: int, told_by: int, at: datetime) -> int:
    """Note attempts and refunds; returns how many of the items are live."""
    session = sighting.session
    last = len(items) - 1
    live = 0
    attempts: list[Attempt] = []
    for index, item in enumerate(items):
        attempt = _attempt(session, item, index, index == last, index == held, told_by)
        attempts.append(attempt)
        if not attempt.succeeded and item.status != _FAILED:
            live += 1
        if item.refunds:
            sighting.refunds += tuple(
                _refund(refund, attempt.id, place, told_by, at) for place, refund in enumerate(item.refunds)
            )
    sighting.items = tuple(attempts)
    return live


def _attempt(session: Session, item: Item, index: int, is_last: bool, held: bool, told_by: int) -> Attempt:
    status, money = item.status, item.amount_details
    succeeded = status == _SUCCEEDED or bool(item.refunds)
    failed, error = False, None
    if status == _FAILED or (is_last and not succeeded and session.status != SessionStatus.in_progress):
        failed, error = _failure(session, item, is_last)
    return Attempt(
        item.id or f"#{index}",
        index,
        succeeded,
        failed,
        held,
        error,
        money.amount if money else None,
        money.currency if money else None,
        told_by,
        told_by,
    )


def _failure(session: Session, item: Item, is_last: bool) -> tuple[bool, BankError | None]:
    """Whether the attempt failed for good, and why; the session's error stands in for the last item's."""
    failed = item.status == _FAILED
    if not failed and not session.is_cancelled:
        return False, None
    error = _error_of(session, item) if is_last else item.error
    # In a session in error "failed" is not final (docs: reference/errors), unless the code leaves no doubt.
    if session.status == SessionStatus.error and not _is_definite(session, error):
        return False, None
    return failed, error


def _refund(refund: Refund, attempt: str, place: int, told_by: int, at: datetime) -> RefundFacts:
    money = refund.amount_details
    return RefundFacts(
        refund.id or f"{attempt}#{place}",
        # An unknown status is news of no end: the refund counts as under way.
        _REFUND_STATUSES.get(refund.status, RefundStatus.in_progress),
        money.amount if money else None,
        money.currency if money else None,
        refund.is_chargeback is True,
        None if refund.metadata is None else untag_metadata(refund.metadata)[1],
        refund.created_at,
        False,
        attempt,
        at,
        told_by,
    )
