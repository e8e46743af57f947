"""A server of raw sockets on loopback that misbehaves on request, for the transport and the client.

Each request that arrives takes the next step of the script. A step is a coroutine function over a :class:`Peer`; the
functions below make the usual ones. The script is followed across connections, in the order in which bytes arrive.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType

Step = Callable[["Peer"], Awaitable[None]]


class ReceivedRequest:
    def __init__(self, line: str, headers: Mapping[str, str], body: bytes) -> None:
        self.method, self.path, _ = line.split(" ", 2)
        self.headers = headers
        self.body = body


class Peer:
    """One connection from the server's side."""

    def __init__(self, server: RawServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.first = b""

    async def read_request(self) -> ReceivedRequest:
        head = (self.first + await self.reader.readuntil(b"\r\n\r\n")).decode()
        self.first = b""
        line, *rest = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (h.partition(":") for h in rest if h)}
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        request = ReceivedRequest(line, headers, body)
        self.server.requests.append(request)
        self.server.arrived.set()
        return request

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def stall(self) -> None:
        """Say nothing more; ends when the other side hangs up."""
        while await self.reader.read(1024):
            pass
        self.close()


def answer(
    status: int = 200,
    body: bytes = b'{"status":"ok"}',
    *,
    content_type: str | None = "application/json",
    headers: Mapping[str, str] | None = None,
    length: int | None = None,
    close: bool = False,
) -> bytes:
    """The bytes of an HTTP answer; ``length`` may lie."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body) if length is None else length}"]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += ["Connection: close"] if close else []
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def reply(data: bytes | None = None, *, then: str = "keep") -> Step:
    """Read the request, write ``data``, then ``keep`` the connection, ``close``, ``reset`` or ``stall``."""

    async def step(peer: Peer) -> None:
        await peer.read_request()
        peer.write(answer() if data is None else data)
        if then == "close":
            peer.close()
        elif then == "reset":
            await peer.writer.drain()
            peer.reset()
        elif then == "stall":
            await peer.stall()

    return step


async def reset_before_reading(peer: Peer) -> None:
    peer.reset()


async def reset_after_reading(peer: Peer) -> None:
    await peer.read_request()
    peer.reset()


async def close_after_reading(peer: Peer) -> None:
    await peer.read_request()
    peer.close()


async def never_answer(peer: Peer) -> None:
    await peer.read_request()
    await peer.stall()


def drip(data: bytes, *, pause_s: float) -> Step:
    """Write ``data`` byte by byte with a pause between."""

    async def step(peer: Peer) -> None:
        await peer.read_request()
        for byte in data:
            peer.write(bytes([byte]))
            await peer.writer.drain()
            await asyncio.sleep(pause_s)

    return step


class RawServer:
    """``async with RawServer(*steps) as server``; without a step left it answers ``{"status": "ok"}``."""

    def __init__(self, *steps: Step, context: ssl.SSLContext | None = None) -> None:
        self.script = deque(steps)
        self.requests: list[ReceivedRequest] = []
        self.arrived = asyncio.Event()
        self.connections = 0
        self._context = context
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    async def __aenter__(self) -> RawServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def open_connections(self) -> int:
        return len(self._tasks)

    async def all_closed(self, within: float = 1.0) -> None:
        """Wait until the other side has closed every connection."""
        async with asyncio.timeout(within):
            while self._tasks:
                await asyncio.wait(self._tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._follow_script(Peer(self, reader, writer))
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    async def _follow_script(self, peer: Peer) -> None:
        while not peer.writer.is_closing():
            peer.first = await peer.reader.read(1)
            if not peer.first:
                return
            step = self.script.popleft() if self.script else reply()
            await step(peer)
