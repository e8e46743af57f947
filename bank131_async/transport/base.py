"""What the client needs of a transport: send one request, and be closed."""

from __future__ import annotations

import math
from typing import Protocol

from attrs import Attribute, field, frozen

from bank131_async.core.wire import HttpRequest, HttpResponse
from bank131_async.errors import ConfigurationError


def _positive(_owner: object, attribute: Attribute[float], value: object) -> None:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < math.inf:
        raise ConfigurationError(f"timeout.{attribute.name} must be a number of seconds above zero, not {value!r}")


@frozen
class Timeout:
    """How long each phase of a request may take, in seconds.

    ``connect`` covers the name lookup and the TCP connection, ``tls`` the handshake, ``read`` every pause between two
    pieces of the answer, ``total`` the whole request from the first lookup to the last byte of the answer. Waiting for
    a free connection of the pool counts as connecting and may take ``connect + tls``.
    """

    connect: float = field(default=10.0, validator=_positive)
    tls: float = field(default=10.0, validator=_positive)
    read: float = field(default=30.0, validator=_positive)
    total: float = field(default=30.0, validator=_positive)


class Transport(Protocol):
    """Sends one request and returns the answer. Never repeats a request and never follows a redirect."""

    async def send(self, request: HttpRequest, *, timeout: Timeout | None = None) -> HttpResponse:
        """Send ``request`` once; ``timeout`` replaces the transport's own limits for this call.

        Raises:
            NotSentError: no byte of the request can have reached the bank.
            AnswerLostError: bytes may have reached the bank and no complete answer came back.
        """
        ...

    async def aclose(self) -> None:
        """Release what the transport owns. May be called more than once."""
        ...
