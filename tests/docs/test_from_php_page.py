"""The page for those who come from the bank's PHP SDK: what it names is there, and what it shows runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import bank131_async
from bank131_async.client.resources import Resources
from bank131_async.flow import MultiFlow, MultiSessions, PaymentFlow, Payments, PayoutFlow, Payouts

FLOWS = (PaymentFlow, PayoutFlow, MultiFlow)
HOMES = {"payments": Payments, "payouts": Payouts, "multi_sessions": MultiSessions}


class NoBank:
    """Nothing is called here."""

    async def execute(self, operation: Any, **_: Any) -> Any:
        raise AssertionError(operation)


@pytest.fixture(scope="module")
def page() -> str:
    return (Path(__file__).parents[2] / "docs" / "from-php.md").read_text(encoding="utf-8")


def ours(page: str) -> str:
    """The right column of the table."""
    rows = re.findall(r"^\| (?!---|PHP).* \| (.*) \|$", page, re.MULTILINE)
    assert len(rows) > 25
    return "\n".join(rows)


def test_every_call_that_it_names_is_there(page: str) -> None:
    nouns = re.findall(r"bank\.(\w+)\.(\w+)\(", ours(page))
    assert {"payments", "payouts", "sberpay"} <= {noun for noun, _ in nouns}
    for noun, method in nouns:
        home = HOMES.get(noun) or getattr(Resources(NoBank()), noun)
        assert hasattr(home, method), f"bank.{noun}.{method}"
    for method in re.findall(r"flow\.(\w+)\(", ours(page)):
        assert any(hasattr(flow, method) for flow in FLOWS), f"flow.{method}"


def test_every_class_that_it_names_is_at_the_top(page: str) -> None:
    named = set(re.findall(r"\b([A-Z]\w+)(?=[(.])", ours(page)))
    assert "RevenueSplit" in named
    assert sorted(named - set(bank131_async.__all__)) == []


def test_its_programs_run(page: str, tmp_path: Path, repository: Path) -> None:
    programs = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    told = []
    for program in programs:
        run = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": str(repository)}, capture_output=True,
            text=True, timeout=60, check=False,
        )  # fmt: skip
        assert run.stderr == ""
        told.append(run.stdout)
    paid, paid_out = told
    assert re.fullmatch(r"paid: pm_\d+ refund: accepted\n", paid)
    assert paid_out.startswith("paid out: Succeeded(")
