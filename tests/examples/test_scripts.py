"""What the small examples print, so that what readers copy does what its comments say."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

OutputOf = Callable[[str], list[str]]


@pytest.fixture
def output_of(repository: Path, capsys: pytest.CaptureFixture[str]) -> OutputOf:
    def run(name: str) -> list[str]:
        runpy.run_path(str(repository / "examples" / name), run_name="__main__")
        return capsys.readouterr().out.splitlines()

    return run


def test_delayed_capture_takes_a_part_and_releases_a_whole_hold(output_of: OutputOf) -> None:
    assert output_of("delayed_capture.py") == [
        "order apples: 500.00 RUB are held",
        "order pears: 300.00 RUB are held",
        "order apples: taken 431.20 RUB",
        "order pears: Cancelled(by='merchant')",
    ]


def test_refunds_pay_a_return_back_once_and_learn_of_the_chargeback(output_of: OutputOf) -> None:
    first, again, second, chargeback = output_of("refunds.py")

    assert first.startswith("return-17: 50.00 RUB accepted, refund rf_")
    assert again == first
    assert second.startswith("return-18: 30.00 RUB accepted, refund rf_")
    # 150.00 less two refunds: had the repetition paid back a second time, only 20.00 would be left.
    assert chargeback == "chargeback: 70.00 RUB accepted"


def test_the_worker_confirms_what_is_in_stock_and_cancels_what_is_not(output_of: OutputOf) -> None:
    printed = output_of("worker_awaiting.py")

    assert "worker: order 7 is paid, shipping" in printed
    assert "worker: order 8 is cancelled by merchant" in printed
    assert printed.count("worker: order 7 is ready to confirm, goods reserved") == 1


def test_payouts_pay_each_order_once_and_tell_how_each_ended(output_of: OutputOf) -> None:
    first, second, again, declined = output_of("payouts.py")

    assert first.startswith("salary-2026-11/1: Ivan Ivanov, 900.00 RUB: paid (ps_")
    assert second.startswith("salary-2026-11/2: Petr Petrov, 850.00 RUB: paid (ps_")
    assert again == second
    assert declined.startswith("salary-2026-11/3: Sidor Sidorov, 700.00 RUB: not paid: Failed(")


def test_recurring_charges_a_saved_card_once_a_month_until_the_payer_cancels(output_of: OutputOf) -> None:
    saved, december, january, again, february = output_of("recurring.py")

    assert saved == "user-1: card saved"
    assert december.startswith("user-1, 2026-12: paid (ps_")
    assert january.startswith("user-1, 2027-01: paid (ps_")
    assert again == january
    assert february == "user-1, 2027-02: not paid: binding_is_deactivated, the move is the issuer's, repeat: no"
