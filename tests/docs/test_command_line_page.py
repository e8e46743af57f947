"""The page about the command line names every command, and the keys that it prints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App

from bank131_async.cli.app import app


def commands(of: App, *way: str) -> Iterator[str]:
    for name in of:
        if not name.startswith("-"):
            yield from [*commands(of[name], *way, name)] or [" ".join((*way, name))]


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "command-line.md").read_text(encoding="utf-8")


def test_every_command_has_its_row(page: str) -> None:
    rows = re.findall(r"^\| `bank131 ([\w ]+)` \|", page, re.MULTILINE)

    assert sorted(rows) == sorted(commands(app))


PRINTING = (
    "keys/generate keys/show signatures session/status session/commands session/watch doctor/finding"
    " flow/draw flow/show flow/listing flow/prune flow/reconcile flow/resolve store/schema"
    " webhooks/trigger webhooks/replay webhooks/listener webhooks/recording"
)


@pytest.mark.parametrize("module", PRINTING.split())
def test_every_key_that_is_printed_stands_on_the_page(module: str, page: str, repository: Path) -> None:
    source = (repository / "bank131_async" / "cli" / f"{module}.py").read_text(encoding="utf-8")
    keys = set(re.findall(r'"(\w\w+)": ', source)) | set(re.findall(r'facts\["(\w+)"\]', source))

    assert keys
    assert {key for key in keys if f"`{key}`" not in page} == set()
