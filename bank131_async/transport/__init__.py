"""Bytes over the wire: one protocol (``send``, ``aclose``) and aiohttp behind it. Knows nothing of payments.

The aiohttp transport is loaded when it is first asked for, so that the protocol and :class:`Timeout` come without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bank131_async.transport.base import Timeout, Transport

if TYPE_CHECKING:
    from bank131_async.transport.aiohttp import AiohttpTransport

__all__ = ["AiohttpTransport", "Timeout", "Transport"]


def __getattr__(name: str) -> object:
    if name == "AiohttpTransport":
        from bank131_async.transport.aiohttp import AiohttpTransport

        return AiohttpTransport
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
