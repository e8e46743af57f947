"""``bank131 flow``: the journal of payments, and the machine behind it. One module per command.

A module defines its function and nothing else at import; it is registered here, and loads what is heavy when it runs.
"""

from __future__ import annotations

from cyclopts import App

from bank131_async.cli.flow.draw import draw
from bank131_async.cli.flow.listing import list_flows
from bank131_async.cli.flow.prune import prune
from bank131_async.cli.flow.reconcile import reconcile
from bank131_async.cli.flow.resolve import resolve
from bank131_async.cli.flow.show import show_flow

flow_app: App = App(name="flow", help="Look at payments in the journal, and settle what is in doubt.")
flow_app.command(show_flow, name="show")
flow_app.command(list_flows, name="list")
flow_app.command(resolve)
flow_app.command(prune)
flow_app.command(reconcile)
flow_app.command(draw)
