"""The names that users import: complete, sorted, documented."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import bank131_async
from bank131_async import flow
from bank131_async.core import machine, models, operations
from tools.api_reference import MODULES, public_names


def test_all_is_sorted_and_without_repetition() -> None:
    assert list(bank131_async.__all__) == sorted(set(bank131_async.__all__))


def test_every_name_of_all_can_be_imported_in_a_fresh_interpreter(repository: Path) -> None:
    program = f"from bank131_async import {', '.join(bank131_async.__all__)}"
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, check=False
    )

    assert answer.stderr == ""
    assert answer.returncode == 0


def test_dir_shows_every_public_name_before_it_is_loaded(repository: Path) -> None:
    program = "import bank131_async; print(set(bank131_async.__all__) - set(dir(bank131_async)))"
    answer = subprocess.run([sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "set()"


def test_a_wrong_name_is_an_attribute_error_like_in_any_module() -> None:
    with pytest.raises(AttributeError, match="Bank132Client"):
        bank131_async.Bank132Client  # noqa: B018


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_has_a_docstring_of_its_own(module: str) -> None:
    bare = [
        name
        for name, value in public_names(module)
        if (inspect.isclass(value) or inspect.isroutine(value)) and not (value.__doc__ or "").strip()
    ]

    assert bare == []


@pytest.mark.parametrize("module", MODULES)
def test_every_public_method_has_a_docstring(module: str) -> None:
    bare = [
        f"{name}.{attribute}"
        for name, value in public_names(module)
        if inspect.isclass(value)
        for attribute, member in vars(value).items()
        if not attribute.startswith("_")
        and (inspect.isfunction(member) or isinstance(member, (property, classmethod, staticmethod)))
        and not inspect.getdoc(getattr(value, attribute))
    ]

    assert bare == []


OWNERS: list[type] = [
    *(flow.Payments, flow.Payouts, flow.MultiSessions),
    *(flow.PaymentFlow, flow.PayoutFlow, flow.MultiFlow, flow.RefundFlow, flow.Policy),
]


def named_in(hint: object) -> set[str]:
    """The names in an annotation, and, where one is a union, those of its members."""
    names = set(re.findall(r"[A-Za-z_]\w*", str(hint)))
    unions = {name for name in names if "Union" in repr(getattr(models, name, None))}
    return names.union(*(named_in(" ".join(re.findall(r"'(\w+)'", repr(getattr(models, one))))) for one in unions))


@pytest.mark.parametrize("owner", OWNERS, ids=lambda owner: owner.__name__)
def test_whatever_a_flow_takes_or_gives_has_its_name_at_the_top(owner: type) -> None:
    methods = [member for name, member in inspect.getmembers(owner, inspect.isfunction) if name[0] != "_"]
    wanted = set().union(*(named_in(hint) for method in methods for hint in method.__annotations__.values()))
    ours = {*dir(models), *dir(machine), *dir(operations), *flow.__all__}
    aliases = {"JsonValue", "PaymentMethod", "PayoutMethod", "InternetBankingMethod", "BankAccountMethod"}
    assert {"Amount"} <= wanted or owner in (flow.RefundFlow, flow.MultiSessions, flow.Policy)
    assert sorted((wanted & ours) - {*bank131_async.__all__, *aliases}) == []
