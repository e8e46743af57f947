"""The command line program ``bank131``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the program. Without the extra ``cli`` it says in one line how to get it (exit status 2)."""
    try:
        from bank131_async.cli.app import run
    except ModuleNotFoundError as error:
        if error.name not in ("cyclopts", "rich"):
            raise
        sys.exit(_without(error.name))
    run()


def _without(module: str) -> int:
    print(
        f"bank131: the command line needs {module}; install it with: pip install 'bank131-async[cli]'", file=sys.stderr
    )
    return 2
