"""The pages of docs/ say what the code says."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import attrs
import pytest

from bank131_async import errors
from bank131_async.client.config import Bank131Config
from bank131_async.client.rate_limit import RateLimit
from bank131_async.core.machine import MachineSettings
from bank131_async.core.retry import RetryPolicy
from bank131_async.flow.settings import FlowSettings, PollSchedule
from bank131_async.transport import Timeout
from tools.docs import pages

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def markdown(repository: Path) -> list[Path]:
    return [repository / "README.md", repository / "CHANGELOG.md", *sorted((repository / "docs").rglob("*.md"))]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def row_of(page: str, name: str) -> str:
    found = re.search(rf"^\| `{re.escape(name)}` \|.*$", page, re.MULTILINE)
    assert found, f"no row for {name}"
    return found.group()


def test_the_generated_parts_are_current() -> None:
    stale = [path.name for path, text in pages().items() if path.read_text(encoding="utf-8") != text]

    assert stale == [], "run: make docs"


def test_every_link_inside_the_documentation_leads_somewhere(repository: Path) -> None:
    broken: list[str] = []
    for page in markdown(repository):
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            if "://" in target:
                continue
            name, _, anchor = target.partition("#")
            goal = (page.parent / name) if name else page
            if not goal.exists() or (anchor and anchor not in anchors(goal)):
                broken.append(f"{page.name}: {target}")

    assert broken == []


def test_every_page_can_be_reached_from_the_index(repository: Path) -> None:
    docs = repository / "docs"
    reached, left = set[Path](), [docs / "index.md"]
    while left:
        page = left.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        links = LINK.findall(page.read_text(encoding="utf-8"))
        left += [
            (page.parent / link.partition("#")[0]).resolve() for link in links if "://" not in link and link[0] != "#"
        ]

    assert set(docs.rglob("*.md")) - reached == set()


@pytest.mark.parametrize(
    "name", [name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, Exception)]
)
def test_every_error_is_on_the_page_of_errors(name: str, repository: Path) -> None:
    page = (repository / "docs" / "errors.md").read_text(encoding="utf-8")

    assert f"`{name}`" in page
    assert f"─ {name}" in str(errors.__doc__) or name == "Bank131Error"


@pytest.mark.parametrize(
    ("name", "moved"),
    [
        (name, value.money_may_have_moved)
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, errors.Bank131Error)
    ],
)
def test_the_page_of_errors_tells_when_money_may_have_moved(name: str, moved: bool, repository: Path) -> None:
    page = (repository / "docs" / "errors.md").read_text(encoding="utf-8")
    rows = re.findall(rf"^\| `{name}` \|.*$", page, re.MULTILINE)

    assert all(("**yes**" in row) == moved for row in rows)


@pytest.mark.parametrize("settings", [Bank131Config, Timeout, RetryPolicy, FlowSettings, PollSchedule, MachineSettings])
def test_every_setting_stands_on_the_page_of_configuration_with_its_default(settings: type, repository: Path) -> None:
    page = (repository / "docs" / "configuration.md").read_text(encoding="utf-8")
    for setting in attrs.fields(settings):
        if not setting.init:
            continue
        row = row_of(page, setting.name)
        default = setting.default
        if isinstance(default, bool) or default is None:
            assert f"`{default}`" in row
        elif isinstance(default, (int, float)):
            assert re.search(rf"\| {default:.10g}(?: \||;)", row)


def test_the_page_of_configuration_names_the_fields_of_a_rate_limit(repository: Path) -> None:
    page = (repository / "docs" / "configuration.md").read_text(encoding="utf-8")

    assert f"RateLimit({', '.join(field.name for field in attrs.fields(RateLimit))})" in page


def test_every_environment_variable_stands_on_the_page_of_configuration(repository: Path) -> None:
    page = (repository / "docs" / "configuration.md").read_text(encoding="utf-8")
    source = (repository / "bank131_async" / "client" / "environment.py").read_text(encoding="utf-8")
    read = re.findall(r"env\.(?:get|number|whole|switch|one_of)\((.*?)\)", source)
    names = {name for arguments in read for name in re.findall(r'"([A-Z_]+)"', arguments)}

    assert len(names) > 10
    assert [name for name in sorted(names) if f"`BANK131_{name}`" not in page] == []
