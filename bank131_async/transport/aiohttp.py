"""The transport over aiohttp, and the evidence by which a failed request is judged.

A request can end in three ways: *answered*, *not sent* and *unknown*. "Not sent" is only ever said with proof: aiohttp
asks :class:`_Body` for the bytes at the moment it has a connection to write them to, so as long as it has not asked,
nothing was written. Everything after that moment is unknown until an answer is complete, including a kept-alive
connection that the bank closes just as we write: it may have read the bytes first.

aiohttp (3.10 and later) repeats idempotent methods by itself when a kept-alive connection breaks. ``_Body`` hands its
bytes out once and refuses the second time, so no request is repeated behind the client's back, whatever its method.
"""

from __future__ import annotations

import asyncio
import logging
import ssl as tls
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_writer import StreamWriter

from bank131_async._version import __version__
from bank131_async.core.wire import HttpRequest, HttpResponse
from bank131_async.errors import AnswerLostError, Bank131Error, ConfigurationError, NotSentError
from bank131_async.transport.base import Timeout

_log = logging.getLogger("bank131.transport")

DEFAULT_MAX_ANSWER_BYTES = 4 * 1024 * 1024
_KEEPALIVE_S = 15.0
# An answer that is not compressed costs less and cannot be a bomb. (To skip aiohttp's own headers would cost more.)
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": f"bank131-async/{__version__}"}


class _Body(aiohttp.BytesPayload):
    """The bytes of one request, handed to the socket at most once; ``handed_over`` is the evidence.

    ``leave_by`` is the loop time after which they are not handed over any more.
    """

    handed_over = False

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.body)
        self._leave_by = request.leave_by

    @property
    def consumed(self) -> bool:
        return self.handed_over

    async def write(self, writer: AbstractStreamWriter) -> None:
        await self.write_with_length(writer, None)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        if self.handed_over:
            raise aiohttp.ClientConnectionError("these bytes were handed over before and are not sent twice")
        if self._leave_by is not None and asyncio.get_running_loop().time() > self._leave_by:
            raise _TooLateError("the time by which these bytes had to leave has passed")
        # A writer over a closed socket raises instead of writing: then the bank has seen nothing.
        self.handed_over = not (isinstance(writer, StreamWriter) and _is_closed(writer.transport))
        await writer.write(self._value[:content_length])


def _is_closed(socket: asyncio.Transport | None) -> bool:
    return socket is None or socket.is_closing()


class _Connector(aiohttp.TCPConnector):
    """Limits the TCP connection and the TLS handshake apart; aiohttp knows only one limit for both."""

    async def _wrap_create_connection(self, *args: Any, timeout: aiohttp.ClientTimeout, **kwargs: Any) -> Any:
        connect_s, both_s = timeout.sock_connect or 0.0, timeout.connect or 0.0
        make_protocol: Callable[[], asyncio.BaseProtocol] = args[0]
        loop = asyncio.get_running_loop()

        async with asyncio.timeout(connect_s) as limit:

            def connected() -> asyncio.BaseProtocol:
                # asyncio makes the protocol once TCP is up and before the handshake starts.
                limit.reschedule(loop.time() + both_s - connect_s)
                return make_protocol()

            unlimited = aiohttp.ClientTimeout(ceil_threshold=timeout.ceil_threshold)
            create = super()._wrap_create_connection  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            return await create(connected, *args[1:], timeout=unlimited, **kwargs)


class AiohttpTransport:
    """Sends requests through one :class:`aiohttp.ClientSession`.

    Without ``session`` the transport makes its own in the running loop at the first request and closes it in
    :meth:`aclose`: no cookies, no proxies from the environment unless ``trust_env``, at most ``connections`` sockets.
    A borrowed ``session`` keeps its own connector, cookies and proxies and is never closed here; ``timeout.connect``
    and ``timeout.tls`` are then one limit.

    Args:
        timeout: limits of every request that brings none of its own.
        max_answer_bytes: a longer answer, after decompression, is not read on and counts as lost.
        ssl: a context of your own, for example to trust a company's proxy.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession | None = None,
        *,
        timeout: Timeout | None = None,
        max_answer_bytes: int = DEFAULT_MAX_ANSWER_BYTES,
        connections: int = 100,
        trust_env: bool = False,
        ssl: tls.SSLContext | None = None,
    ) -> None:
        self._session = session
        self._borrowed = session is not None
        self._closed = False
        self._limits = self._limits_of(timeout or Timeout())
        self._max_answer_bytes = max_answer_bytes
        self._connections = connections
        self._trust_env = trust_env
        self._ssl: tls.SSLContext | bool = True if ssl is None else ssl

    async def send(self, request: HttpRequest, *, timeout: Timeout | None = None) -> HttpResponse:
        """Send ``request`` once. See :meth:`bank131_async.transport.base.Transport.send`."""
        session = self._open_session()
        limits = self._limits if timeout is None else self._limits_of(timeout)
        body = _Body(request)
        status: int | None = None
        try:
            answer = await session.request(
                request.method,
                request.url,
                data=body,
                headers=request.headers,
                timeout=limits,
                allow_redirects=False,
                ssl=self._ssl,
            )
            status = answer.status
            try:
                content = await self._read(answer)
            finally:
                if answer.connection is not None:  # not read to its end, which gives the connection back
                    answer.close()
            return HttpResponse(status=status, headers=answer.headers, body=content)
        except (aiohttp.ClientError, OSError) as error:
            failure = _judge(error, request, handed_over=body.handed_over, status=status)
        # Raised out here so that aiohttp's error, which may quote headers or the answer, is not its context.
        _log.debug("%s %s: %s", request.method, request.url, failure)
        raise failure

    async def aclose(self) -> None:
        """Close the session if it is ours. Idempotent; a later :meth:`send` raises ``ConfigurationError``."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None and not self._borrowed:
            await session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._closed or (self._session is not None and self._session.closed):
            raise ConfigurationError("the transport is closed: make a new client, or keep the session open")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=_Connector(limit=self._connections, keepalive_timeout=_KEEPALIVE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=_HEADERS,
                trust_env=self._trust_env,
            )
        return self._session

    def _limits_of(self, timeout: Timeout) -> aiohttp.ClientTimeout:
        both = timeout.connect + timeout.tls
        return aiohttp.ClientTimeout(
            total=timeout.total,
            connect=both,
            sock_connect=both if self._borrowed else timeout.connect,
            # A timer for each piece of the answer costs more than the rest of this transport; the total is enough then.
            sock_read=timeout.read if timeout.read < timeout.total else None,
        )

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        content = await answer.content.readany()
        if answer.content.at_eof() and len(content) <= self._max_answer_bytes:
            return content
        pieces, size = [content], len(content)
        while size <= self._max_answer_bytes:
            piece = await answer.content.readany()
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
            size += len(piece)
        answer.close()
        raise _AnswerTooLargeError(f"the answer is larger than {self._max_answer_bytes} bytes")


class _TooLateError(aiohttp.ClientConnectionError):
    """The request was held up for so long that it must not be sent any more."""


class _AnswerTooLargeError(aiohttp.ClientError):
    """The bank's answer exceeds ``max_answer_bytes``."""


def _judge(error: Exception, request: HttpRequest, *, handed_over: bool, status: int | None) -> Bank131Error:
    where = f"{request.method} {request.url}"
    if not handed_over:
        return NotSentError(f"{where} was not sent, the bank has not seen it: {_why_not_sent(error)}")
    return AnswerLostError(f"{where} was sent and no usable answer came: {_why_lost(error)}", http_status=status)


def _why_not_sent(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectionError(__cause__=_TooLateError()):
            return "it was held up for too long, and what allowed it may hold no longer"
        case aiohttp.ClientConnectorDNSError():
            return "the name of the server could not be resolved"
        case aiohttp.ClientConnectorCertificateError():
            return f"the server's certificate is not trusted ({_reason(error.certificate_error)})"
        case aiohttp.ClientConnectorSSLError():
            return f"no TLS connection ({_reason(error)})"
        case aiohttp.ClientConnectorError():
            return f"no connection ({error.os_error.strerror or type(error.os_error).__name__})"
        case TimeoutError():
            return "no connection within the time limit"
        case _:
            return f"the connection was closed before anything was written ({type(error).__name__})"


def _why_lost(error: Exception) -> str:
    # Of these only the kind is told: parsers quote the bytes they stumble over, and those may be anything.
    match error:
        case _AnswerTooLargeError():
            return str(error)
        case aiohttp.SocketTimeoutError():
            return "the bank stopped sending for longer than the read timeout"
        case TimeoutError():
            return "the total timeout passed"
        case aiohttp.ServerDisconnectedError():
            return "the connection was closed without an answer"
        case aiohttp.ClientPayloadError():
            return "the answer was cut off"
        case aiohttp.ClientResponseError():
            return "the answer is not HTTP"
        case _:
            return f"the connection broke ({type(error).__name__})"


def _reason(error: Exception) -> str:
    return getattr(error, "verify_message", None) or getattr(error, "reason", None) or type(error).__name__
