"""The ledger refuses to move money that is not there."""

from __future__ import annotations

import pytest

from bank131_async.sandbox.ledger import Ledger, LedgerError


def held(amount: int = 100) -> Ledger:
    ledger = Ledger()
    ledger.authorise(amount)
    return ledger


def test_a_partial_capture_releases_the_rest() -> None:
    ledger = held()
    ledger.capture(30)

    assert (ledger.captured, ledger.released, ledger.held, ledger.refundable) == (30, 70, 0, 30)


def test_a_refund_is_reserved_first_and_given_back_when_declined() -> None:
    ledger = held()
    ledger.capture(100)
    ledger.reserve_refund(60)
    assert ledger.refundable == 40

    ledger.settle_refund(60, accepted=False)
    assert ledger.refundable == 100
    ledger.reserve_refund(100)
    ledger.settle_refund(100, accepted=True)

    assert (ledger.refunded, ledger.refunding, ledger.refundable) == (100, 0, 0)


@pytest.mark.parametrize("amount", [0, -1, 101])
def test_impossible_captures_are_refused(amount: int) -> None:
    with pytest.raises(LedgerError):
        held().capture(amount)


def test_what_is_done_once_is_not_done_twice() -> None:
    ledger = held()
    with pytest.raises(LedgerError):
        ledger.authorise(1)
    ledger.capture(100)
    with pytest.raises(LedgerError):
        ledger.capture(1)
    with pytest.raises(LedgerError):
        ledger.reserve_refund(101)
    with pytest.raises(LedgerError):
        ledger.settle_refund(1, accepted=True)
