"""``bank131 flow draw``: the state machine as a picture or a table."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from bank131_async.cli.options import Json, show


def draw(
    *, format_: Annotated[Literal["mermaid", "markdown"], Parameter(name="--format")] = "mermaid", as_json: Json = False
) -> None:
    """Draw the state machine of a payment, from the table that the package works by.

    Example: bank131 flow draw --format markdown

    Parameters
    ----------
    format_
        A Mermaid diagram, or the whole table in Markdown.
    """
    from bank131_async.core.machine.diagram import markdown, mermaid

    text = mermaid() if format_ == "mermaid" else markdown()
    show({"format": format_, "text": text}, text.rstrip("\n"), as_json=as_json)
