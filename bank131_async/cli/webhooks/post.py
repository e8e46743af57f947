"""Carries webhooks to an address, and tells how it went."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp
from attrs import frozen

from bank131_async.core.wire import SIGNATURE
from bank131_async.errors import ConfigurationError

_TIMEOUT_S = 10.0
_MAX_ANSWER_BYTES = 64 * 1024


@frozen
class Answered:
    """The answer to one webhook: ``status``, or ``None`` with ``error`` when none came."""

    status: int | None
    body: bytes = b""
    error: str | None = None
    location: str | None = None

    @property
    def is_good(self) -> bool:
        """Whether the bank would be content."""
        return self.status == 200

    @property
    def next_step(self) -> str:
        """What to do about an answer that is not good."""
        match self.status:
            case None:
                return "start the application, or give the address at which it listens"
            case 401:
                return "give the application the public half of the key that signed, as BANK131_PUBLIC_KEY_PATH"
            case 404 | 405:
                return "check the path: nothing takes POSTs there"
            case _:
                return "look at the application's log"

    def __str__(self) -> str:
        if self.status is None:
            return self.error or "no answer"
        return f"{self.status}, a redirect to {self.location}" if self.location else str(self.status)


class Postman:
    """Posts webhooks, while the context lasts. Follows no redirects, as the bank does not."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(self, url: str, body: bytes, signature: str | None) -> Answered:
        """Post the exact bytes. Never raises: that nobody answers is an answer too."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S))
        headers = {"Content-Type": "application/json"}
        if signature is not None:
            headers[SIGNATURE] = signature
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                content = await answer.content.read(_MAX_ANSWER_BYTES)
                return Answered(answer.status, content, location=answer.headers.get("Location"))
        except TimeoutError:
            return Answered(None, error=f"no answer within {_TIMEOUT_S:g} s")
        except aiohttp.ClientConnectorError as error:
            number = error.os_error.errno or 0
            reason = os.strerror(number) if number > 0 else error.os_error.strerror
            return Answered(None, error=f"no connection ({reason or type(error.os_error).__name__})")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Answered(None, error=f"no usable answer ({type(error).__name__})")


def address(text: str, option: str) -> str:
    """An absolute http or https address. Raises ``ConfigurationError`` that names the option."""
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise ConfigurationError(f"{option}: expected an address such as http://127.0.0.1:8000/webhooks/bank131")
    return text
