"""The calling side: settings, and a client that signs and sends operations.

Loaded lazily, so that the settings alone do not load aiohttp.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bank131_async.client.api import ApiClient
    from bank131_async.client.config import Bank131Config
    from bank131_async.client.rate_limit import RateLimit

__all__ = ["ApiClient", "Bank131Config", "RateLimit"]

_HOMES = {"ApiClient": "api", "Bank131Config": "config", "RateLimit": "rate_limit"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
