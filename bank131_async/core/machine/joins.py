"""Joins of what only grows: the union of two reports, the same in any order.

Beyond the design's rules (a present field beats an absent one; of differing ones the last-ordered status answer holds),
two *webhooks* that differ leave the greater value, by a fixed order: no order of theirs is known, but every process has
to come to the same.
"""

from __future__ import annotations

import attrs

from bank131_async.core.machine.parts import Attempt, RefundFacts, Trouble
from bank131_async.core.models.enums import RefundStatus
from bank131_async.core.models.error import BankError
from bank131_async.core.models.timestamp import Timestamp

_RANK = {RefundStatus.in_progress: 0, RefundStatus.error: 1, RefundStatus.declined: 2, RefundStatus.accepted: 3}


def joined_attempts(known: tuple[Attempt, ...], news: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
    """The union by id, ordered by position; ``known`` itself when the news adds nothing."""
    if not known and len(news) == 1:
        return news
    result = known
    for attempt in news:
        for at, old in enumerate(result):
            if old.id == attempt.id:
                if _adds(old, attempt):
                    result = (*result[:at], _joined_attempt(old, attempt), *result[at + 1 :])
                break
        else:
            result = tuple(sorted((*result, attempt), key=_place))
    return result


def _place(attempt: Attempt) -> tuple[int, int, str]:
    return attempt.position, len(attempt.id), attempt.id


def _adds(old: Attempt, new: Attempt) -> bool:
    return (
        (new.succeeded and not old.succeeded)
        or (new.failed and not old.failed)
        or (new.held and not old.held)
        or new.position > old.position
        or new.error_from > old.error_from
        or new.amount_from > old.amount_from
        or (new.error is not None and new.error != old.error)
        or (new.amount is not None and (new.amount != old.amount or new.currency != old.currency))
    )


def _joined_attempt(old: Attempt, new: Attempt) -> Attempt:
    error, error_from = old.error, old.error_from
    if new.error is not None or new.error_from > error_from:
        error, error_from = _error(error, error_from, new.error, new.error_from)
    amount, currency, amount_from = old.amount, old.currency, old.amount_from
    if new.amount != amount or new.currency != currency or new.amount_from > amount_from:
        amount, currency, amount_from = _money(amount, currency, amount_from, new.amount, new.currency, new.amount_from)
    return Attempt(
        old.id,
        max(old.position, new.position),
        old.succeeded or new.succeeded,
        old.failed or new.failed,
        old.held or new.held,
        error,
        amount,
        currency,
        error_from,
        amount_from,
    )


def joined_refunds(known: tuple[RefundFacts, ...], news: tuple[RefundFacts, ...]) -> tuple[RefundFacts, ...]:
    """The union by id, ordered by id; ``known`` itself when the news adds nothing."""
    result = known
    for refund in news:
        for at, old in enumerate(result):
            if old.id == refund.id:
                joined = _joined_refund(old, refund)
                if joined != old or joined.amount_from != old.amount_from:
                    result = (*result[:at], joined, *result[at + 1 :])
                break
        else:
            result = tuple(sorted((*result, refund), key=_refund_order))
    return result


def _refund_order(refund: RefundFacts) -> tuple[int, str]:
    return len(refund.id), refund.id


def _joined_refund(old: RefundFacts, new: RefundFacts) -> RefundFacts:
    status = old.status if _RANK[old.status] >= _RANK[new.status] else new.status
    both = {old.status, new.status}
    amount, currency, amount_from = _money(
        old.amount, old.currency, old.amount_from, new.amount, new.currency, new.amount_from
    )
    return RefundFacts(
        old.id,
        status,
        amount,
        currency,
        old.is_chargeback or new.is_chargeback,
        _greater_text(old.tag, new.tag),
        _earlier(old.created_at, new.created_at),
        old.conflict or new.conflict or both == {RefundStatus.accepted, RefundStatus.declined},
        _greater_text(old.attempt, new.attempt),
        min(old.since, new.since),
        amount_from,
    )


def merged(items: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
    """Attempts with the nameless ones merged into the last named one at their position, where there is one."""
    if len(items) < 2:
        return items
    nameless = [item for item in items if item.id[0] == "#"]
    if not nameless or len(nameless) == len(items):
        return items
    named = [item for item in items if item.id[0] != "#"]
    for item in nameless:
        for at in range(len(named) - 1, -1, -1):
            if named[at].position == item.position:
                named[at] = _joined_attempt(named[at], attrs.evolve(item, id=named[at].id))
                break
        else:
            named.append(item)
    return tuple(sorted(named, key=_place))


def troubles_of(
    attempts: tuple[Attempt, ...], refunds: tuple[RefundFacts, ...], *, one_success: bool = True
) -> tuple[Trouble, ...]:
    """The contradictions that attempts and refunds themselves show; ``one_success``: only one of them may succeed."""
    found: tuple[Trouble, ...] = ()
    successes = 0
    for attempt in attempts:
        if attempt.succeeded:
            successes += 1
            if attempt.failed:
                found = (Trouble.SUCCESS_AND_FAILURE,)
    if successes > 1 and one_success:
        found += (Trouble.TWO_SUCCESSES,)
    for refund in refunds:
        if refund.conflict:
            return (*found, Trouble.REFUND_BOTH_WAYS)
    return found


def joined_troubles(known: tuple[Trouble, ...], news: tuple[Trouble, ...]) -> tuple[Trouble, ...]:
    """The union, in the order in which the troubles are declared; ``known`` itself when nothing is new."""
    if all(trouble in known for trouble in news):
        return known
    return tuple(trouble for trouble in Trouble if trouble in known or trouble in news)


def is_newer(one: Timestamp, other: Timestamp) -> bool:
    """Whether ``one`` is strictly later than ``other``, at the coarser precision of the two."""
    if len(one.text) == len(other.text) and one.text[-1] == other.text[-1] == "Z":
        return one > other
    digits = min(one.precision, other.precision, 6)
    unit = 10 ** (6 - digits)
    return (one.replace(microsecond=one.microsecond // unit * unit)) > (
        other.replace(microsecond=other.microsecond // unit * unit)
    )


def _error(old: BankError | None, old_from: int, new: BankError | None, new_from: int) -> tuple[BankError | None, int]:
    if new is None or new_from < old_from:
        return (new, new_from) if old is None else (old, old_from)
    if old is None or old == new:
        return (new if old is None else old), new_from
    return (new, new_from) if new_from > old_from or _words(new) > _words(old) else (old, old_from)


def _words(error: BankError) -> tuple[str, str]:
    return error.code or "", error.description or ""


def _money(
    old: int | None, old_currency: str | None, old_from: int, new: int | None, new_currency: str | None, new_from: int
) -> tuple[int | None, str | None, int]:
    if new is None or (old is not None and new_from < old_from):
        return old, old_currency, old_from
    if old == new and old_currency == new_currency:
        return old, old_currency, new_from
    if old is None or new_from > old_from or (new, new_currency or "") > (old, old_currency or ""):
        return new, new_currency, new_from
    return old, old_currency, old_from


def _greater_text(old: str | None, new: str | None) -> str | None:
    return new if old is None or (new is not None and new > old) else old


def _earlier(old: Timestamp | None, new: Timestamp | None) -> Timestamp | None:
    return new if old is None or (new is not None and new < old) else old
