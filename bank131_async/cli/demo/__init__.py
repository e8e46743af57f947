"""``bank131 demo``: a sandbox bank and a merchant take payments over real sockets and print what happens.

stories    the scenarios: what each does, and how it has to end
stage      what a story has at hand: the shop's client, the payer, the bank
shop       the merchant program: an aiohttp application with the webhook route, and the clients
browser    the payer's browser
wiretap    a transport that shows every request and answer
timeline   what happened, as values; printer shows them to people or as JSON lines
"""

from __future__ import annotations
