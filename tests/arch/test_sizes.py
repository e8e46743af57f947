"""Files and functions stay small enough to be read at one go."""

from __future__ import annotations

import ast
from pathlib import Path

LONGEST_FILE = 450
LONGEST_FUNCTION = 60


def test_no_file_is_longer_than_450_lines(package: Path) -> None:
    lengths = {str(path.relative_to(package)): len(path.read_text().splitlines()) for path in package.rglob("*.py")}

    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}
    assert lengths


def test_no_function_is_longer_than_60_lines(package: Path) -> None:
    long = {
        f"{path.relative_to(package)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    }

    assert long == {}
