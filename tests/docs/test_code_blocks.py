"""The Python in the pages is Python, the tour runs, and so does every example."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# A block may be indented, as in a list.
BLOCK = re.compile(r"^( *)```python\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
# What an example needs in order to end by itself.
ARGUMENTS = {"checkout_aiohttp.py": ["--self-test"]}


def blocks(page: Path) -> list[str]:
    return [textwrap.dedent(block) for _, block in BLOCK.findall(page.read_text(encoding="utf-8"))]


def awaitable(block: str) -> str:
    """The block as the body of a coroutine function, for pages show pieces of one."""
    return "async def page(self):\n" + textwrap.indent(block, "    ") + "\n    yield"


def syntax_error(block: str) -> str | None:
    """What Python has against the block, and where in it."""
    try:
        compile(block.lstrip() if "from __future__" in block else awaitable(block), "page", "exec")
    except SyntaxError as error:
        return f"{error}: {error.text}"
    return None


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != "api-reference.md"], ids=lambda page: page.name
)
def test_every_block_of_python_compiles(page: Path) -> None:
    found = blocks(page)
    assert len(found) == page.read_text(encoding="utf-8").count("```python\n")
    assert [error for block in found if (error := syntax_error(block))] == []


def run_python(*arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs away from the checkout: what needs a file of it would be found out."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_name_that_a_page_imports_from_the_package_is_there(tmp_path: Path) -> None:
    lines = {
        line.strip()
        for page in PAGES
        for block in blocks(page)
        for line in block.splitlines()
        if re.match(r"\s*(?:from bank131_async[\w.]* import|import bank131_async)", line)
    }
    run = run_python("-c", "\n".join(sorted(lines)), folder=tmp_path)

    assert lines
    assert run.stderr == ""


def test_the_tour_of_the_readme_takes_a_payment(tmp_path: Path) -> None:
    tour = next(block for block in blocks(ROOT / "README.md") if "asyncio.run(main())" in block)
    run = run_python("-c", tour, folder=tmp_path)

    assert run.stderr == ""
    assert run.stdout.startswith("paid:")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_every_example_runs_by_itself(example: Path, tmp_path: Path) -> None:
    run = run_python(example, *ARGUMENTS.get(example.name, ()), folder=tmp_path)

    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout
