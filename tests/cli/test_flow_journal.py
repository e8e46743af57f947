"""`bank131 flow show`, `list`, `resolve`, `prune` and `reconcile` on a journal in a file, without a key of the bank."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from bank131_async.core.machine import Command, Entry, Intended, Lost, Opened
from bank131_async.stores import FernetCipher, Index, SQLiteStore, open_store
from tests.support.journals import hook, item, session, told

Cli = Callable[..., Any]
ORDER = Opened(amount=15_000, currency="rub", order="7", by="web-1/10")
PAID = hook("payment_finished", session("accepted", item("succeeded"), t=10))
REFUND = Intended(
    intent="i1", command=Command.refund, key="secret-key", body=b"{}", amount=5_000, currency="rub", by="web-1/10"
)
BURNT = Lost(intent="i1", reason="idempotency_key_already_exists", key_used=True)
IN_DOUBT = Index(unfinished=True, in_doubt=True, needs_person=True)


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Writes a stream into the journal that the environment names."""
    path = tmp_path / "journal.db"
    monkeypatch.setenv("BANK131_STORE", f"sqlite:///{path}")
    monkeypatch.setenv("BANK131_PROJECT_ID", "shop")

    def write(stream: str, *entries: Entry, index: Index | None = None, days_ago: int = 0) -> None:
        async def append() -> None:
            store = SQLiteStore(path, now=lambda: datetime.now(UTC) - timedelta(days=days_ago))
            await store.journal("shop").append(stream, entries, index=index or Index())
            await store.aclose()

        asyncio.run(append())

    return write


def test_a_payment_is_a_line_for_each_entry_with_writer_verdict_and_no_key(
    cli: Cli, journal: Callable[..., None]
) -> None:
    journal("ps_1", ORDER, PAID, REFUND, BURNT)
    ran = cli("flow", "show", "ps_1")
    lines = ran.out.splitlines()
    assert ran.status == 0
    assert [line.split()[0] for line in lines[:4]] == ["1", "2", "3", "4"]
    assert "150.00 RUB, order '7'" in lines[0]
    assert "[web-1/10]" in lines[0]
    assert "-> moves to payment_finished" in lines[1]
    assert "refund intended" in lines[2]
    assert "refund (intent i1) is not settled" in lines[-1]
    assert "secret-key" not in ran.out


def test_a_payment_as_json_is_an_object_for_each_entry(cli: Cli, journal: Callable[..., None]) -> None:
    journal("ps_1", ORDER, PAID)
    first, second = cli("flow", "show", "ps_1", "--json").lines
    assert (first["version"], first["what"], first["by"], first["verdict"]) == (1, "opened", "web-1/10", "")
    assert (second["phase"], second["verdict"]) == ("payment_finished", "moves to payment_finished")
    assert first["at"].endswith("+00:00")


def test_an_unknown_payment_is_an_error_that_says_where_to_look(cli: Cli, journal: Callable[..., None]) -> None:
    journal("ps_1", ORDER)
    ran = cli("flow", "show", "ps_2")
    assert ran.status == 1
    assert "ps_2 is not in this journal" in ran.err
    assert "BANK131_STORE" in ran.err


@pytest.mark.parametrize("missing", ["BANK131_STORE", "BANK131_PROJECT_ID"])
def test_without_a_journal_the_variable_is_named(
    cli: Cli, journal: Callable[..., None], monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delenv(missing)
    ran = cli("flow", "list", "--unfinished")
    assert ran.status == 1
    assert missing in ran.err


def test_lists_are_paged_and_name_the_reason(cli: Cli, journal: Callable[..., None]) -> None:
    for number in (1, 2, 3):
        journal(f"ps_{number}", ORDER, PAID, REFUND, BURNT, index=IN_DOUBT)
    journal("ps_4", ORDER, index=Index(unfinished=True))
    for option in ("--in-doubt", "--needs-a-person"):
        found = cli("flow", "list", option, "--json").lines
        assert [one["stream"] for one in found] == ["ps_1", "ps_2", "ps_3"]
        assert {(one["reason"], one["intent"], one["order"]) for one in found} == {("refund in doubt", "i1", "7")}
    first = cli("flow", "list", "--unfinished", "--limit", "3").out
    assert "the next one: --after ps_3" in first
    rest = cli("flow", "list", "--unfinished", "--limit", "3", "--after", "ps_3").out
    assert rest.startswith("ps_4")
    assert "the last one" in rest
    assert cli("flow", "list", "--unhandled").out == "none\n"


def test_exactly_one_list_is_asked_for(cli: Cli, journal: Callable[..., None]) -> None:
    for options in ((), ("--unfinished", "--in-doubt")):
        ran = cli("flow", "list", *options)
        assert ran.status == 1
        assert "expected one of" in ran.err


@pytest.mark.parametrize(("word", "state"), [("done", "done"), ("not-done", "not_done")])
def test_a_doubt_is_resolved_after_a_yes(cli: Cli, journal: Callable[..., None], word: str, state: str) -> None:
    journal("ps_1", ORDER, PAID, REFUND, BURNT, index=IN_DOUBT)
    arguments = ("flow", "resolve", "ps_1", "--intent", "i1", "--as", word, "--note", "ticket 12")
    assert "nothing was written" in cli(*arguments, typed="n\n").err
    assert "--yes" in cli(*arguments).err
    assert len(cli("flow", "show", "ps_1", "--json").lines) == 4
    ran = cli(*arguments, "--json", typed="y\n")
    assert ran.lines == [{"stream": "ps_1", "intent": "i1", "command": "refund", "state": state}]
    last = cli("flow", "show", "ps_1", "--json").lines[-1]
    assert last["what"] == f"settled as {word.replace('-', ' ')}"
    assert last["detail"].endswith("by person, ticket 12")
    assert cli("flow", "list", "--in-doubt").out == "none\n"
    again = cli(*arguments, "--yes")
    assert again.status == 1
    assert "settled already" in again.err


def test_what_is_not_in_doubt_is_refused_with_the_next_step(cli: Cli, journal: Callable[..., None]) -> None:
    confirm = Intended(intent="i1", command=Command.confirm, key="k", body=b"{}")
    journal("ps_1", ORDER, told(session("in_progress", item(), next_action="confirm", t=1), 1), confirm)
    ran = cli("flow", "resolve", "ps_1", "--intent", "i1", "--as", "done", "--yes")
    assert ran.status == 1
    assert "not in doubt" in ran.err
    assert "Let a worker run" in ran.err
    ran = cli("flow", "resolve", "ps_1", "--intent", "i9", "--as", "done", "--yes")
    assert "no intent i9 here (known: i1)" in ran.err


def test_pruning_needs_a_time_and_leaves_what_is_younger(cli: Cli, journal: Callable[..., None]) -> None:
    journal("ps_1", ORDER, PAID)
    journal("ps_2", attrs.evolve(ORDER, order="8"), PAID, days_ago=89)
    journal("ps_3", attrs.evolve(ORDER, order="9"), PAID, days_ago=91)
    assert cli("flow", "prune", "--older-than", "90d").out == "1 pruned\n"
    assert cli("flow", "prune", "--older-than", "90d", "--json").lines == [{"pruned": 0}]
    left = {stream: len(cli("flow", "show", stream, "--json").lines) for stream in ("ps_1", "ps_2", "ps_3")}
    assert left == {"ps_1": 2, "ps_2": 2, "ps_3": 1}
    assert cli("flow", "prune", "--older-than", "1h", "--json").lines == [{"pruned": 1}]
    for nonsense in ("90", "0d", "-1d", "d"):
        ran = cli("flow", "prune", f"--older-than={nonsense}")
        assert ran.status == 1
        assert "such as 90d" in ran.err


def test_reconciling_asks_the_bank_and_needs_its_key(cli: Cli, journal: Callable[..., None]) -> None:
    ran = cli("flow", "reconcile", "--since", "30d")
    assert ran.status == 1
    assert "BANK131_PRIVATE_KEY" in ran.err


def test_an_enciphered_journal_is_read_with_the_key_of_the_environment(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, key = f"sqlite:///{tmp_path / 'journal.db'}", FernetCipher.new_key()

    async def append() -> None:
        store = open_store(url, cipher=FernetCipher(key))
        await store.journal("shop").append("ps_1", (ORDER, PAID), index=Index(unfinished=True))
        await store.aclose()

    asyncio.run(append())
    monkeypatch.setenv("BANK131_STORE", url)
    monkeypatch.setenv("BANK131_PROJECT_ID", "shop")
    without = cli("flow", "show", "ps_1")
    assert without.status == 1
    assert "enciphered" in without.err
    monkeypatch.setenv("BANK131_STORE_KEY", f"{FernetCipher.new_key()},{key}")
    assert "150.00 RUB, order '7'" in cli("flow", "show", "ps_1").out
    assert [one["order"] for one in cli("flow", "list", "--unfinished", "--json").lines] == ["7"]
    monkeypatch.setenv("BANK131_STORE_KEY", "hunter2")
    wrong = cli("flow", "show", "ps_1")
    assert wrong.status == 1
    assert "BANK131_STORE_KEY" in wrong.err
    assert "hunter2" not in wrong.err
