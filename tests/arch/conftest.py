"""Fixtures of the tests about the package's own shape."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FreshModules = Callable[[str], set[str]]


@pytest.fixture
def package(repository: Path) -> Path:
    """The folder of the package's sources."""
    return repository / "bank131_async"


@pytest.fixture
def modules_loaded_by(repository: Path) -> FreshModules:
    """Runs statements in a fresh interpreter and tells which modules are loaded afterwards."""

    def run(statements: str) -> set[str]:
        program = f"{statements}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
        answer = subprocess.run(
            [sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, check=False, timeout=60
        )
        assert answer.returncode == 0, answer.stderr
        return set(json.loads(answer.stdout))

    return run
