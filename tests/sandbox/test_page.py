"""docs/sandbox.md says what the sandbox does; its switches are generated (see tests/docs)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bank131_async.sandbox.methods import ROUTES

PAGE = (Path(__file__).parent.parent.parent / "docs" / "sandbox.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_every_method_is_on_the_page_with_its_versions(route: Any) -> None:
    assert PAGE.count(f"| `{route.path}` | {', '.join(route.versions)} |") == 1
