"""`bank131 flow draw`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bank131_async.core.machine.diagram import markdown, mermaid

Cli = Callable[..., Any]


def test_the_machine_is_drawn_from_its_table(cli: Cli) -> None:
    assert cli("flow", "draw").out == mermaid()
    assert cli("flow", "draw", "--format", "markdown").out == markdown()


def test_the_drawing_as_json_is_one_line(cli: Cli) -> None:
    assert cli("flow", "draw", "--json").lines == [{"format": "mermaid", "text": mermaid()}]
