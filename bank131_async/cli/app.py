"""The commands of ``bank131``: one module each, which imports what is heavy only when the command runs."""

from __future__ import annotations

import os
import sys

from cyclopts import App

from bank131_async._version import __version__
from bank131_async.cli.demo.command import demo
from bank131_async.cli.sandbox import sandbox
from bank131_async.errors import Bank131Error

app = App(name="bank131", version=__version__, help="Payments through Bank 131, and a sandbox of the bank to try them.")
app.command(demo)
app.command(sandbox)


def run() -> None:
    """Parse the arguments and run the command; an error of ours is one line on standard error, exit status 1."""
    try:
        app()
    except BrokenPipeError:
        # Whoever reads (a pager, head) has seen enough. Python must not try to write the rest when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Bank131Error as error:
        print(f"bank131: {error}", file=sys.stderr)
        sys.exit(1)
