"""The program as a whole: its help, its errors, what it loads."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cyclopts import App

from bank131_async import errors
from bank131_async.cli.advice import advice
from bank131_async.cli.app import app

Cli = Callable[..., Any]


def commands(of: App, *way: str) -> Iterator[tuple[str, ...]]:
    for name in of:
        if name.startswith("-"):
            continue
        inner = [*commands(of[name], *way, name)]
        yield from inner or [(*way, name)]


COMMANDS = [*commands(app)]


def page(*way: str) -> str:
    at = app
    for name in way:
        at = at[name]
    return at.help or ""


def test_every_command_of_the_issue_is_there() -> None:
    wanted = {
        *(("demo",), ("sandbox",), ("doctor",), ("sign",), ("verify",), ("listen",), ("trigger",), ("replay",)),
        *(("keys", name) for name in ("generate", "show", "check")),
        *(("session", name) for name in ("status", "confirm", "cancel", "capture", "refund", "watch")),
        ("flow", "draw"),
    }

    assert wanted <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_help_of_every_command_has_an_example_of_itself(command: tuple[str, ...]) -> None:
    assert f"bank131 {' '.join(command)}" in page(*command).partition("Example: ")[2]


@pytest.mark.parametrize("command", [way for way in COMMANDS if way[0] not in ("demo", "sandbox")], ids=" ".join)
def test_every_command_speaks_json(command: tuple[str, ...], cli: Cli) -> None:
    assert "--json" in cli(*command, "--help").out


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_the_overview_names_every_command(arguments: tuple[str, ...], cli: Cli) -> None:
    ran = cli(*arguments)

    assert ran.status == 0
    assert {line.split()[0] for line in ran.out.splitlines() if line.startswith("  ")} == {way[0] for way in COMMANDS}
    assert all(len(line) <= 120 for line in ran.out.splitlines())


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_load_neither_the_client_nor_what_draws_tables(argument: str) -> None:
    watch = (
        "import sys, atexit; from bank131_async.cli import main;"
        "atexit.register(lambda: print([m for m in ('asyncio', 'aiohttp', 'cryptography', 'cattrs', 'rich.console')"
        " if m in sys.modules]));"
        "main()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", watch, argument], capture_output=True, text=True, timeout=60, check=True
    )

    assert ran.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("nope",), "bank131: Unknown command"),
        (("sandbox", "--port", "x"), "bank131 sandbox: Invalid value"),
        (("session", "status"), 'bank131 session status: Command "session status" parameter SESSION_ID requires'),
        (("flow", "draw", "--format", "x"), "bank131 flow draw: Invalid value"),
    ],
)
def test_a_wrong_call_is_one_line_that_names_the_help_and_exit_status_2(
    arguments: tuple[str, ...], expected: str, cli: Cli
) -> None:
    ran = cli(*arguments)

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(expected)
    assert ran.err.count("\n") == 1
    assert ran.err.endswith("--help\n")


@pytest.mark.usefixtures("no_environment")
def test_a_missing_setting_is_one_line_with_the_next_step(cli: Cli) -> None:
    ran = cli("session", "status", "ps_1")

    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("bank131: BANK131_PROJECT_ID: expected")
    assert ran.err.endswith("`bank131 doctor` checks every setting\n")


def test_a_file_that_is_not_there_is_one_line(cli: Cli, tmp_path: Path) -> None:
    ran = cli("sign", tmp_path / "nope", "--key", tmp_path / "nope")

    assert ran.status == 1
    assert ran.err.count("\n") == 1


def test_what_to_do_about_an_error_names_its_session() -> None:
    lost = errors.AnswerLostError("the answer was cut off", session_id="ps_7")

    assert advice(lost) == "; do not repeat it; look first: bank131 session status ps_7"
    assert advice(errors.ConfigurationError("x: expected y")) == ""
    assert advice(errors.AuthenticationError("no", code="authentication_error")).endswith("bank131 doctor")


def test_the_program_runs_as_a_process() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "from bank131_async.cli import main; main()", "flow", "draw"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert ran.stdout.startswith("stateDiagram-v2\n")
