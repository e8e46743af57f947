"""``bank131 keys``: make, look at and check RSA keys."""

from __future__ import annotations

from cyclopts import App

from bank131_async.cli.keys.check import check
from bank131_async.cli.keys.generate import generate
from bank131_async.cli.keys.show import show_keys

keys_app: App = App(name="keys", help="Make, look at and check RSA keys.")
keys_app.command(generate)
keys_app.command(show_keys, name="show")
keys_app.command(check)
