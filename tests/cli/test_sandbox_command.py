"""`bank131 sandbox` as a process: its first line, its keys, its cards, its end."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

import pytest

from bank131_async.core.signing import Signer, Verifier
from bank131_async.sandbox.requests.cards import passes_luhn

PROGRAM = [sys.executable, "-c", "from bank131_async.cli import main; main()"]


def run(*arguments: str, code: str = PROGRAM[2]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=30, check=False
    )


def first_line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_says_how_to_reach_it_serves_and_ends_cleanly(tmp_path: Path, stop: signal.Signals) -> None:
    arguments = ["sandbox", "--port", "0", "--keys", str(tmp_path / "keys"), "--json", "--set", "two_stage=true"]
    with subprocess.Popen([*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        facts = json.loads(first_line(process.stdout))
        assert set(facts) == {"url", "project_id", "private_key_path", "bank_public_key_path", "dashboard_url"}
        with urllib.request.urlopen(facts["dashboard_url"], timeout=10) as response:
            assert json.load(response)["sessions"] == []
        Verifier.from_pem(Path(facts["bank_public_key_path"]))
        signer = Signer.from_pem(Path(facts["private_key_path"]))
        request = urllib.request.Request(
            facts["url"] + "/api/v1/session/create",
            data=b"{}",
            headers={
                "Content-Type": "application/json",
                "X-PARTNER-PROJECT": facts["project_id"],
                "X-PARTNER-SIGN": signer.sign(b"{}"),
            },
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            assert json.load(response)["session"]["id"].startswith("ps_")
        process.send_signal(stop)
        out, err = process.communicate(timeout=10)

    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)])
def test_people_are_told_of_the_dashboard_and_of_an_address_that_is_open_to_others(host: str, warned: bool) -> None:
    arguments = [*PROGRAM, "sandbox", "--port", "0", "--host", host]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        told = ""
        while "BANK131_PUBLIC_KEY_PATH" not in told:
            told += first_line(process.stdout)
        process.terminate()
        told += process.communicate(timeout=10)[0]

    assert re.search(r"dashboard  http://\S+:\d+/_sandbox/$", told, re.MULTILINE)
    assert ("can control the sandbox" in told) is warned


def test_what_it_tells_people_is_an_environment_in_which_the_doctor_finds_it(tmp_path: Path) -> None:
    arguments = [*PROGRAM, "sandbox", "--port", "0", "--keys", str(tmp_path / "my keys")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        exports = ""
        while "BANK131_PUBLIC_KEY_PATH" not in exports:
            line = first_line(process.stdout)
            exports += line if line.startswith("export ") else ""
        script = f"{exports}exec '{sys.executable}' -c '{PROGRAM[2]}' doctor"
        doctor = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60, check=False)
        process.terminate()
        process.communicate(timeout=10)

    assert "ok       bank: it answers, and knows the project and its key" in doctor.stdout
    assert doctor.returncode == 0


def test_the_list_of_cards_is_a_table_or_json() -> None:
    cards = json.loads(run("sandbox", "--list-cards", "--json").stdout)

    assert all(set(card) == {"number", "outcome", "description"} for card in cards)
    assert all(passes_luhn(card["number"]) for card in cards)
    assert {"number": "4242424242424242", "outcome": "approve", "description": "Approved without a challenge"} in cards
    table = run("sandbox", "--list-cards").stdout
    assert all(card["number"] in table for card in cards)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--set", "two_stag=true"), "bank131: two_stag: no such switch; is it two_stage?\n"),
        (("--webhook-url", "shop"), "webhook_url: expected an address such as http://"),
        (("--port", "99999"), "--port"),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_status_2(arguments: tuple[str, ...], told: str) -> None:
    answer = run("sandbox", "--port", "0", *arguments)

    assert answer.returncode == 2
    assert told in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_help_and_version_load_nothing_heavy() -> None:
    watch = (
        "import sys, atexit; from bank131_async.cli import main;"
        "atexit.register(lambda: print([m for m in ('aiohttp', 'cryptography', 'cattrs') if m in sys.modules]));"
        "main()"
    )
    for argument in ("--version", "--help"):
        answer = run(argument, code=watch)
        assert answer.stdout.rstrip().endswith("[]")
        assert answer.returncode == 0
    assert "--webhook-url" in run("sandbox", "--help").stdout


def test_without_its_extra_the_program_says_how_to_get_it() -> None:
    answer = run(code="import sys; sys.modules['cyclopts'] = None; from bank131_async.cli import main; main()")

    assert answer.returncode == 2
    assert answer.stderr == (
        "bank131: the command line needs cyclopts; install it with: pip install 'bank131-async[cli]'\n"
    )
