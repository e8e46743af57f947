"""`bank131 session` against a sandbox bank on a port."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Bank

Cli = Callable[..., Any]


def test_status_shows_the_session_for_people_and_for_programs(cli: Cli, bank: Bank) -> None:
    session_id = bank.paid_for()
    text, told = cli("session", "status", session_id).out, cli("session", "status", session_id, "--json").lines[0]

    assert text.splitlines()[0] == f"{session_id}  in_progress  waits for confirm"
    assert "150.00 RUB" in text
    assert {name: told[name] for name in ("session_id", "status", "next_action")} == {
        "session_id": session_id,
        "status": "in_progress",
        "next_action": "confirm",
    }
    assert told["session"]["payment_list"][0]["amount_details"] == {"amount": 15_000, "currency": "rub"}


def test_status_shows_no_token(cli: Cli, bank: Bank) -> None:
    session_id = bank.paid_for()
    cli("session", "confirm", session_id)

    assert (
        cli("session", "status", session_id, "--json").lines[0]["session"]["payment_list"][0]["recurrent"]["token"]
        == "***"
    )


def test_a_session_that_the_bank_does_not_know_is_one_line(cli: Cli, bank: Bank) -> None:
    ran = cli("session", "status", "ps_0")

    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "ps_0" in ran.err


def test_a_bank_that_cannot_be_reached_is_one_line(cli: Cli, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK131_SERVER", "http://127.0.0.1:1")
    monkeypatch.setenv("BANK131_REPEATS", "0")
    ran = cli("session", "status", "ps_1")

    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert "nothing has happened" in ran.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("ten",), "AMOUNT: expected a sum of RUB above zero with 2 decimals at most, such as 100"),
        (("12,5",), "AMOUNT: expected a sum of RUB above zero with 2 decimals at most, such as 100"),
        (("1.555",), "AMOUNT: expected a sum of RUB above zero with 2 decimals at most, such as 100"),
        (("0",), "AMOUNT: expected a sum of RUB above zero with 2 decimals at most, such as 100"),
        (("5", "--currency", "roubles"), "--currency: expected a code of ISO 4217, such as rub"),
    ],
)
def test_a_sum_that_is_none_is_refused_before_anything_is_sent_and_says_what_was_expected(
    cli: Cli, bank: Bank, arguments: tuple[str, ...], expected: str
) -> None:
    ran = cli("session", "refund", "ps_1", *arguments)

    assert (ran.status, ran.err) == (1, f"bank131: {expected}\n")


def test_a_payment_is_confirmed_captured_and_paid_back_by_hand(cli: Cli, bank: Bank) -> None:
    bank.configure(two_stage=True)
    session_id = bank.paid_for()

    assert cli("session", "confirm", session_id, "--json").lines == [
        {"command": "confirm", "session_id": session_id, "phase": "ready_to_capture"}
    ]
    assert cli("session", "capture", session_id, "100.00").out.startswith(f"capture: done; {session_id}")
    refunded = cli("session", "refund", session_id, "40", "--json").lines[0]
    assert refunded["refund_id"] in cli("session", "status", session_id).out
    assert bank.sandbox.bank.session(session_id).last.ledger.refundable == 6_000


def test_a_payment_is_cancelled_by_hand(cli: Cli, bank: Bank) -> None:
    session_id = bank.paid_for()

    assert cli("session", "cancel", session_id).status == 0
    assert bank.sandbox.bank.session(session_id).status == "cancelled"


def test_a_command_that_does_not_fit_is_one_line_that_says_where_to_look(cli: Cli, bank: Bank) -> None:
    session_id = bank.paid_for()
    ran = cli("session", "refund", session_id)

    assert ran.status == 1
    assert f"see where it stands: bank131 session status {session_id}" in ran.err.splitlines()[-1]


def test_without_a_store_the_command_warns_that_it_forgets(cli: Cli, bank: Bank) -> None:
    assert "BANK131_STORE is not set" in cli("session", "confirm", bank.paid_for()).err


def test_a_refund_with_a_name_is_made_once_if_there_is_a_store(
    cli: Cli, bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANK131_STORE", f"sqlite:///{tmp_path / 'journal.db'}")
    session_id = bank.paid_for()
    assert cli("session", "confirm", session_id).err == ""
    first = cli("session", "refund", session_id, "10", "--name", "return-17", "--json").lines[0]
    second = cli("session", "refund", session_id, "10", "--name", "return-17", "--json").lines[0]

    assert first["refund_id"] == second["refund_id"]
    assert bank.sandbox.bank.session(session_id).last.ledger.refundable == 14_000


def test_a_payout_is_confirmed_and_watched_by_hand(cli: Cli, bank: Bank) -> None:
    session_id = bank.paid_out()

    assert cli("session", "confirm", session_id).status == 0
    assert cli("session", "watch", session_id).out.startswith(f"{session_id}  succeeded")
    refused = cli("session", "refund", session_id)
    assert refused.status == 1
    assert "refund: this is a payout" in refused.err


# -- the live server ----------------------------------------------------------------------------------------------


@pytest.fixture
def live(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a live project. Nothing of it is ever reached in these tests."""
    monkeypatch.setenv("BANK131_SERVER", "live")


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("command", ["confirm", "cancel", "capture", "refund"])
def test_without_a_terminal_nothing_is_done_to_the_live_server(cli: Cli, command: str) -> None:
    ran = cli("session", command, "ps_1")

    assert (ran.status, ran.out) == (1, "")
    assert "no terminal to ask; give --yes" in ran.err


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("answer", ["\n", "n\n", "", "perhaps\n"])
def test_nothing_is_done_to_the_live_server_unless_the_answer_is_yes(cli: Cli, answer: str) -> None:
    ran = cli("session", "refund", "ps_1", "50.00", typed=answer)

    assert ran.status == 1
    assert "Really refund 50.00 RUB of ps_1? [y/N]" in ran.err
    assert "nothing was done" in ran.err


def test_yes_in_words_or_as_an_option_lets_it_go_on(cli: Cli, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bank131_async.cli.connect.is_live", lambda server: True)
    first, second = bank.paid_for(), bank.paid_for()

    assert cli("session", "confirm", first, typed="yes\n").status == 0
    assert cli("session", "confirm", second, "--yes").status == 0
    assert [bank.sandbox.bank.session(session_id).status for session_id in (first, second)] == ["accepted"] * 2


# -- watching -----------------------------------------------------------------------------------------------------


def test_watch_tells_each_step_and_how_it_ended(cli: Cli, bank: Bank) -> None:
    session_id = bank.paid_for(number="4000000000000135")
    cli("session", "confirm", session_id)
    ran = cli("session", "watch", session_id, "--json")

    assert ran.status == 1
    assert ran.lines[-1] == {
        "session_id": session_id,
        "event": "failed",
        "code": "bank_card_expired",
        "amount": None,
        "currency": None,
    }


def test_watch_of_a_payment_that_succeeds_ends_with_status_0(cli: Cli, bank: Bank) -> None:
    session_id = bank.paid_for()
    cli("session", "confirm", session_id)

    assert cli("session", "watch", session_id).out == f"{session_id}  succeeded  150.00 RUB\n"


def test_watch_gives_up_after_its_timeout(cli: Cli, bank: Bank) -> None:
    session_id = bank.paid_for()
    ran = cli("session", "watch", session_id, "--timeout", "0.6", "--json")

    assert ran.status == 1
    assert ran.lines[0] == {
        "session_id": session_id,
        "event": "ready_to_confirm",
        "attempt": ran.lines[0]["attempt"],
        "amount": 15_000,
        "currency": "rub",
    }
    assert f"bank131 session watch {session_id}" in ran.err
