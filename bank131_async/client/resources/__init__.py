"""The calls of the API by noun: typed, one line each, not journaled."""

from __future__ import annotations

from bank131_async.client.resources.sessions import SessionsResource
from bank131_async.client.resources.tokens import TokensResource

__all__ = ["SessionsResource", "TokensResource"]
