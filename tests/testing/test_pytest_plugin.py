"""The plugin in a pytest of its own: what a shop sees, and what those see who have it installed only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SETTINGS = """
[pytest]
asyncio_mode = strict
asyncio_default_fixture_loop_scope = function
filterwarnings = error
addopts = --strict-markers -p no:cacheprovider
"""
PAYING = """
import pytest
from bank131_async import Amount, Customer

@pytest.mark.asyncio
@pytest.mark.bank131(two_stage=True)
@pytest.mark.parametrize("number", range(4))
async def test_create(bank131_client, bank131_sandbox, number):
    flow = await bank131_client.payments.create(amount=Amount.rub("1"), customer=Customer("payer"), order="7")
    assert flow.session_id == "ps_1001"
    assert bank131_sandbox.bank.project.settings.two_stage
"""


def run(folder: Path, test: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text(SETTINGS)
    (folder / "test_shop.py").write_text(test)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=" ".join)
def test_the_fixtures_work_in_strict_mode_and_under_xdist(tmp_path: Path, options: tuple[str, ...]) -> None:
    ran = run(tmp_path, PAYING, *options)

    assert ran.returncode == 0, ran.stdout
    assert "4 passed" in ran.stdout


def test_workers_of_one_run_share_the_keys(tmp_path: Path) -> None:
    test = """
import os
import pytest

@pytest.mark.asyncio
@pytest.mark.parametrize("number", range(4))
async def test_note(bank131_sandbox, number):
    keys = bank131_sandbox.bank.keys
    with open("keys-" + os.environ["PYTEST_XDIST_WORKER"], "w") as file:
        file.write(keys.merchant.fingerprint + keys.bank.fingerprint)
"""
    ran = run(tmp_path, test, "-n", "2", "--dist", "each")
    noted = [path.read_text() for path in tmp_path.glob("keys-*")]

    assert ran.returncode == 0, ran.stdout
    assert (len(noted), len(set(noted))) == (2, 1)


def test_the_fixtures_are_listed_with_what_they_are(tmp_path: Path) -> None:
    listed = run(tmp_path, PAYING, "--fixtures").stdout

    for fixture in ("bank131_clock", "bank131_sandbox", "bank131_client", "bank131_webhooks", "sign_webhook"):
        assert f"{fixture} -- " in listed or f"{fixture} --" in listed
    assert "@pytest.mark.bank131(server=False, **switches)" in run(tmp_path, PAYING, "--markers").stdout


def test_those_who_do_not_use_it_load_nothing(tmp_path: Path) -> None:
    test = """
import sys

def test_nothing():
    heavy = {"aiohttp", "cryptography", "attrs", "cattrs", "orjson"} & set(sys.modules)
    ours = sorted(name for name in sys.modules if name.startswith("bank131_async"))
    assert (heavy, ours) == (set(), [
        "bank131_async", "bank131_async._version", "bank131_async.testing",
        "bank131_async.testing.fixtures", "bank131_async.testing.pytest_plugin",
    ])
"""
    ran = run(tmp_path, test)

    assert ran.returncode == 0, ran.stdout


def test_without_pytest_asyncio_there_are_no_fixtures_and_no_errors(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "test_plain.py").write_text("def test_plain():\n    pass\n")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:asyncio", "-p", "no:cacheprovider", "-c", "/dev/null", "."],
        cwd=tmp_path / "plain",
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout
