"""The bank in a box: a sandbox of the bank's payment API with its own state model, keys, clock, webhooks and pages.

It is the referee of this package's tests and imports none of the code that it judges. ``SandboxBank`` is pure,
``SandboxServer`` puts it on the network; ``bank131 sandbox`` runs it as a program for clients in any language.

Names are loaded on first use, so that the pure bank does not load aiohttp.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bank131_async.sandbox.api import Answer
    from bank131_async.sandbox.bank import SandboxBank
    from bank131_async.sandbox.cards import CARDS, SandboxCard
    from bank131_async.sandbox.delivery import Delivery, OutgoingWebhook
    from bank131_async.sandbox.keyring import SandboxKeys
    from bank131_async.sandbox.refusal import Refusal
    from bank131_async.sandbox.server import SandboxServer
    from bank131_async.sandbox.settings import Settings
    from bank131_async.sandbox.taxpayers import Taxpayer

__all__ = [
    "CARDS",
    "Answer",
    "Delivery",
    "OutgoingWebhook",
    "Refusal",
    "SandboxBank",
    "SandboxCard",
    "SandboxKeys",
    "SandboxServer",
    "Settings",
    "Taxpayer",
]

_HOMES = {
    "CARDS": "cards",
    "Answer": "api",
    "Delivery": "delivery",
    "OutgoingWebhook": "delivery",
    "Refusal": "refusal",
    "SandboxBank": "bank",
    "SandboxCard": "cards",
    "SandboxKeys": "keyring",
    "SandboxServer": "server",
    "Settings": "settings",
    "Taxpayer": "taxpayers",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
