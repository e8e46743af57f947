"""The commands of ``bank131``: one module each, which imports what is heavy only when the command runs."""

from __future__ import annotations

import os
import sys

from cyclopts import App, CycloptsError

from bank131_async._version import __version__
from bank131_async.cli.advice import advice
from bank131_async.cli.demo.command import demo
from bank131_async.cli.doctor.command import doctor
from bank131_async.cli.flow import flow_app
from bank131_async.cli.keys import keys_app
from bank131_async.cli.options import WrongCallError
from bank131_async.cli.sandbox import sandbox
from bank131_async.cli.session import session_app
from bank131_async.cli.signatures import sign, verify
from bank131_async.cli.store import store_app
from bank131_async.cli.webhooks.listen import listen
from bank131_async.cli.webhooks.replay import replay
from bank131_async.cli.webhooks.trigger import trigger
from bank131_async.errors import Bank131Error

app: App = App(
    name="bank131", version=__version__, help="Payments through Bank 131, and a sandbox of the bank to try them."
)
app.command(demo)
app.command(sandbox)
app.command(doctor)
app.command(keys_app)
app.command(sign)
app.command(verify)
app.command(session_app)
app.command(flow_app)
app.command(store_app)
app.command(listen)
app.command(trigger)
app.command(replay)


def run() -> None:
    """Run the command that the arguments name.

    An error of ours is one line on standard error with the next step, exit status 1; a mistake in the arguments is one
    line too, exit status 2.
    """
    arguments = sys.argv[1:]
    try:
        if arguments in ([], ["-h"], ["--help"]):
            print(overview())
        elif arguments == ["--version"]:
            print(__version__)
        else:
            app(arguments, exit_on_error=False, print_error=False)
    except BrokenPipeError:
        # Whoever reads (a pager, head) has seen enough. Python must not try to write the rest when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except CycloptsError as error:
        command = " ".join(["bank131", *(error.command_chain or ())])
        print(f"{command}: {' '.join(str(error).split())} See: {command} --help", file=sys.stderr)
        sys.exit(2)
    except WrongCallError as error:
        print(f"bank131: {error}", file=sys.stderr)
        sys.exit(2)
    except Bank131Error as error:
        print(f"bank131: {' '.join(str(error).split())}{advice(error)}", file=sys.stderr)
        sys.exit(1)


def overview() -> str:
    """The page of ``--help``, in plain text: what draws the pages of the commands is slow to load."""
    rows = [(name, _first_line(app[name])) for name in app if not name.startswith("-")]
    lines = [f"  {name:<8} {text}" for name, text in rows]
    return "\n".join(
        ["Usage: bank131 COMMAND", "", app.help, "", *lines, "", "bank131 COMMAND --help tells more, with an example."]
    )


def _first_line(command: App) -> str:
    text = command.help or ""
    return text.strip().partition("\n")[0]
