"""``bank131 store``: what the journal's store needs before it can be used."""

from __future__ import annotations

from cyclopts import App

from bank131_async.cli.store.schema import schema

store_app: App = App(name="store", help="Set up where the journal lives.")
store_app.command(schema)
