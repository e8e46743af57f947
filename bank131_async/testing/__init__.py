"""What a shop's own tests need: a sandbox bank with a client that fits it, factories, signed webhooks, a clock.

Names are loaded on first use, so that pytest, which loads the plugin in every run, does not load a payment SDK.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bank131_async.testing.clock import MovableClock
    from bank131_async.testing.deliveries import Deliveries
    from bank131_async.testing.in_process import InProcess
    from bank131_async.testing.sandbox import Sandbox
    from bank131_async.testing.signed import SignedWebhook, sign_webhook

__all__ = ["Deliveries", "InProcess", "MovableClock", "Sandbox", "SignedWebhook", "sign_webhook"]

_HOMES = {
    "Deliveries": "deliveries",
    "InProcess": "in_process",
    "MovableClock": "clock",
    "Sandbox": "sandbox",
    "SignedWebhook": "signed",
    "sign_webhook": "signed",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
