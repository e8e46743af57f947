"""The calling side: executes operations, one signed request each.

The body is encoded once; those bytes are signed and those bytes are sent, also when a request is repeated.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
from collections.abc import Awaitable, Callable, Iterator
from types import TracebackType
from typing import Self, TypeVar

from attrs import evolve

from bank131_async._version import __version__
from bank131_async.client.call_log import CallLog
from bank131_async.client.config import Bank131Config
from bank131_async.client.rate_limit import RateLimiter
from bank131_async.client.resources import Resources
from bank131_async.client.signing_queue import signing_queue
from bank131_async.core.models import Model
from bank131_async.core.operations import Operation
from bank131_async.core.retry import Known, Lost, NotSent, RateLimited, Refused, Repeat, decide
from bank131_async.core.wire import HttpRequest, body_of, build_request, read_response
from bank131_async.errors import (
    AnswerLostError,
    Bank131Error,
    BankRefusedError,
    ConfigurationError,
    NotSentError,
    RateLimitedError,
)
from bank131_async.transport.aiohttp import AiohttpTransport
from bank131_async.transport.base import Timeout, Transport

A = TypeVar("A", bound=Model)

_HEADERS = {"User-Agent": f"bank131-async/{__version__}", "X-SDK-VERSION": f"bank131-async:{__version__}"}
_KEYS_AT_ONCE = 64


def _random_keys() -> Iterator[str]:
    """Keys of 128 random bits in hex. The system is asked for many at once: one by one, that is felt in every call."""
    while True:
        drawn = secrets.token_hex(_KEYS_AT_ONCE * 16)
        for at in range(0, len(drawn), 32):
            yield drawn[at : at + 32]


class ApiClient(Resources):
    """Executes operations of the bank's API for one project.

    A client belongs to the event loop and the process that first used it; make as many as there are loops, processes
    and projects. Use it with ``async with``, or call :meth:`aclose`. A ``transport`` that is given is not closed.

    The calls of the API hang on it by noun (``client.sessions``, ``client.tokens`` ...); ``execute`` takes any of them.
    Nothing here is journaled: a program that must never pay twice uses the flows of ``Bank131Client``, which write
    every command down before it is sent.

    Args:
        new_key: makes an idempotency key; called for every request that may leave something behind at the bank. By
            default a key is 128 random bits in hex.
    """

    def __init__(
        self,
        config: Bank131Config,
        transport: Transport | None = None,
        *,
        new_key: Callable[[], str] | None = None,
    ) -> None:
        super().__init__(self)
        self.config = config
        self._owns_transport = transport is None
        self._transport = transport or AiohttpTransport(
            timeout=config.timeout, max_answer_bytes=config.max_answer_bytes, connections=config.connections
        )
        self._new_key = new_key or _random_keys().__next__
        self._signing = signing_queue(config.private_key)
        self._limiter = RateLimiter(config.rate_limit) if config.rate_limit else None
        self._log = CallLog(project_id=config.project_id, bodies=config.log_bodies)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = 0
        self._closed = False

    async def __aenter__(self) -> Self:
        self.check_owner()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections and end the signing threads. May be called more than once."""
        if self._closed:
            return
        self.check_owner()
        self._closed = True
        await self._signing.aclose()
        if self._owns_transport:
            await self._transport.aclose()

    async def execute(
        self,
        operation: Operation[A],
        *,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        body: bytes | None = None,
        submerchant: str | None = None,
        before_send: Callable[[], Awaitable[float | None]] | None = None,
    ) -> A:
        """Send one operation and return the bank's typed answer.

        What was certainly not carried out (not sent, HTTP 429) is repeated as ``config.retry`` says, with the same
        bytes and key; so is what moves no money. A request that may have moved money is never repeated. Not journaled.

        Args:
            idempotency_key: instead of a fresh one; kept on every error as ``error.idempotency_key``.
            timeout: limits of each attempt, instead of the config's.
            body: the exact bytes to send instead of the operation's own, for sending something again.
            submerchant: instead of the config's; ``""`` for none.
            before_send: awaited just before each attempt goes out, after all waiting. It gives the loop time by which
                the bytes must have left, or ``None``; what it raises is raised here, as it is, and that attempt and
                those after it are not made.

        Raises:
            NotSentError: the bank has not seen the request.
            AnswerLostError: the bank may have seen it; how it ended is not known.
            BankRefusedError: the bank answered no; ``RateLimitedError`` and others are kinds of it.
            ConfigurationError: the client is closed, or belongs to another loop or process.
        """
        self.check_owner()
        if body is None:
            body = self.body_of(operation)
        if submerchant is None:
            submerchant = self.config.submerchant
        signature = await self._signing.sign(body)
        key = self._fresh_key(operation) if idempotency_key is None else idempotency_key
        for attempt in itertools.count(1):
            request = self._request(operation, body, signature, key, submerchant)
            if self._limiter is not None:
                await self._limiter.wait()
            if before_send is not None:
                request = evolve(request, leave_by=await before_send())
            try:
                return await self._attempt(operation, request, timeout)
            except (NotSentError, AnswerLostError, BankRefusedError) as error:
                self._complete(error, operation, key)
                again = self._repetition(error, operation, attempt)
                # A key that the caller gave is the caller's word for this very request: it is not replaced.
                if again is None or (idempotency_key is not None and not again.same_key):
                    raise
            self._log.repeats(operation, key, attempt=attempt + 1, pause_s=again.after_s)
            await asyncio.sleep(again.after_s)
            key = key if again.same_key else self._fresh_key(operation)
        raise AssertionError("unreachable")

    def body_of(self, operation: Operation[A]) -> bytes:
        """The exact bytes that ``execute`` signs and sends for an operation."""
        return body_of(operation, self.config.api_version, zone=self.config.expiration_zone)

    def _request(
        self, operation: Operation[A], body: bytes, signature: str, key: str | None, submerchant: str | None
    ) -> HttpRequest:
        return build_request(
            operation,
            body,
            server=self.config.server,
            project_id=self.config.project_id,
            signature=signature,
            version=self.config.api_version,
            idempotency_key=key,
            submerchant=submerchant,
            headers=_HEADERS,
        )

    async def _attempt(self, operation: Operation[A], request: HttpRequest, timeout: Timeout | None) -> A:
        started = self._log.started()
        response = await self._transport.send(request, timeout=timeout)
        if started is not None:
            self._log.answered(operation, request, response, started)
        return read_response(operation, response)

    def _complete(self, error: Bank131Error, operation: Operation[A], key: str | None) -> None:
        error.session_id = error.session_id or operation.session_id
        error.idempotency_key = key
        may_have_moved = error.money_may_have_moved or isinstance(error, AnswerLostError)
        error.money_may_have_moved = operation.moves_money and may_have_moved
        self._log.failed(operation, key, error)

    def _repetition(self, error: Bank131Error, operation: Operation[A], attempt: int) -> Repeat | None:
        jitter = secrets.randbelow(1 << 16) / (1 << 16)
        decision = decide(
            _known(error),
            attempt=attempt,
            moves_money=operation.moves_money,
            jitter=jitter,
            policy=self.config.retry,
        )
        return decision if isinstance(decision, Repeat) else None

    def _fresh_key(self, operation: Operation[A]) -> str | None:
        # The bank's own SDK sends the header with the calls on sessions only; a status question leaves nothing behind.
        takes_key = operation.path.startswith("session/") and operation.path != "session/status"
        return self._new_key() if takes_key else None

    def check_owner(self) -> None:
        """Raise ``ConfigurationError``, with the cure, if the client is closed or used in another loop or process."""
        if self._closed:
            raise ConfigurationError("the client is closed: make a new one")
        loop = asyncio.get_running_loop()
        if self._loop is loop and self._process == os.getpid():
            return
        if self._loop is None:
            self._loop, self._process = loop, os.getpid()
        elif self._process != os.getpid():
            raise ConfigurationError("the client was first used in another process: make clients after the fork")
        else:
            raise ConfigurationError("the client was first used in another event loop: make one client for each loop")


def _known(error: Bank131Error) -> Known:
    match error:
        case NotSentError():
            return NotSent()
        case RateLimitedError():
            return RateLimited(error.retry_after)
        case BankRefusedError():
            return Refused(error.code, error.http_status)
        case _:
            return Lost()
