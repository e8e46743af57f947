"""The command ``bank131 demo``."""

from __future__ import annotations

import json
import sys
from typing import Annotated

from cyclopts import Parameter

from bank131_async.cli.options import WrongCallError


def demo(
    *,
    scenario: Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)] = (),
    list_scenarios: Annotated[bool, Parameter(name="--list", negative=(), show_default=False)] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative=(), show_default=False)] = False,
) -> None:
    """Take payments between a sandbox bank and a shop on this machine, and show what happens.

    Every scenario tells how it has to end; the exit status is 0 if all of them ended so, and 1 otherwise.

    Example: bank131 demo --scenario card-3ds

    Parameters
    ----------
    scenario
        Perform this scenario alone; may be repeated.
    list_scenarios
        Print the names of the scenarios and stop.
    as_json
        Print JSON: one event a line, the summary last; or the list of scenarios.
    """
    import asyncio

    from bank131_async.cli.demo.printer import JsonLines, Pages
    from bank131_async.cli.demo.run import perform
    from bank131_async.cli.demo.stories import STORIES, stories_named

    if list_scenarios:
        _print_list([(story.name, story.title, story.text) for story in STORIES], as_json=as_json)
        return
    try:
        stories = stories_named(scenario)
    except KeyError as error:
        names = ", ".join(story.name for story in STORIES)
        raise WrongCallError(f"--scenario: there is no {error.args[0]!r}; expected one of {names}") from None
    printer = JsonLines(sys.stdout) if as_json else Pages(sys.stdout)
    if asyncio.run(perform(stories, printer.show)).unexpected:
        sys.exit(1)


def _print_list(rows: list[tuple[str, str, str]], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([{"name": name, "title": title, "story": text} for name, title, text in rows], indent=2))
        return
    width = max(len(name) for name, _, _ in rows)
    for name, title, text in rows:
        print(f"{name:<{width}}  {title}. {text}")
