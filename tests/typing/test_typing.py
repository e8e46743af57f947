"""What mypy and pyright, both strict, say of code that uses the package: the right is right, the wrong is wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
RIGHT = sorted((HERE / "right").glob("*.py"))
WRONG = sorted((HERE / "wrong").glob("*.py"))
ENVIRONMENT = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", "PYRIGHT_PYTHON_GLOBAL_NODE": "0"}

pytestmark = pytest.mark.timeout(300)  # a cold mypy reads all dependencies


def errors_of_mypy(paths: list[Path], repository: Path) -> set[tuple[str, int]]:
    """Files and lines with errors."""
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--hide-error-context", *map(str, paths)]
    told = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert told.returncode in (0, 1), told.stdout + told.stderr
    return {
        (Path(name).name, int(line)) for name, line in re.findall(r"^(.+?):(\d+): error:", told.stdout, re.MULTILINE)
    }


def pyright(arguments: list[str], folder: Path, **variables: str) -> dict[str, object]:
    command = [sys.executable, "-m", "pyright", "--outputjson", *arguments]
    told = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**ENVIRONMENT, **variables}
    )
    assert told.returncode in (0, 1), told.stdout + told.stderr
    report: dict[str, object] = json.loads(told.stdout)
    return report


def errors_of_pyright(paths: list[Path], repository: Path) -> set[tuple[str, int]]:
    """Files and lines with errors, those of style aside: a statement may stand for its type alone."""
    report = pyright([str(path) for path in paths], repository)
    found = report["generalDiagnostics"]
    assert isinstance(found, list)
    return {
        (Path(one["file"]).name, one["range"]["start"]["line"] + 1)
        for one in found
        if one["severity"] == "error" and one.get("rule") not in ("reportUnusedExpression", "reportUnknownMemberType")
    }


def marked(paths: list[Path]) -> set[tuple[str, int]]:
    return {
        (path.name, number)
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if "# error:" in line
    }


def test_there_is_something_to_check() -> None:
    assert len(RIGHT) >= 3
    assert len(marked(WRONG)) >= 15
    assert marked(RIGHT) == set()


def test_mypy_takes_what_is_right_and_finds_what_is_wrong(repository: Path) -> None:
    assert errors_of_mypy([*RIGHT, *WRONG], repository) == marked(WRONG)


def test_pyright_takes_what_is_right_and_finds_what_is_wrong(repository: Path) -> None:
    assert errors_of_pyright([*RIGHT, *WRONG], repository) == marked(WRONG)


def test_the_type_of_every_public_name_is_known(repository: Path, tmp_path: Path) -> None:
    """``pyright --verifytypes`` looks for an installed package, and an editable installation is none to it."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "bank131_async").symlink_to(repository / "bank131_async")
    arguments = ["--verifytypes", "bank131_async", "--ignoreexternal", "--pythonpath", sys.executable]
    report = pyright(arguments, tmp_path, PYTHONPATH=str(tmp_path / "site"))
    completeness = report["typeCompleteness"]
    assert isinstance(completeness, dict)
    symbols = [one for one in completeness["symbols"] if one["isExported"]]
    assert len(symbols) > 2000
    assert [one["name"] for one in symbols if not one["isTypeKnown"] or one["isTypeAmbiguous"]] == []
