"""``bank131 session``: look at a session at the bank, and act on it. One module per kind of command."""

from __future__ import annotations

from cyclopts import App

from bank131_async.cli.session.commands import cancel, capture, confirm, refund
from bank131_async.cli.session.status import status
from bank131_async.cli.session.watch import watch

session_app: App = App(name="session", help="Look at a session at the bank, and act on it.")
for _command in (status, watch, confirm, cancel, capture, refund):
    session_app.command(_command)
