"""A connection pooler that hands out server connections by transaction, as PgBouncer does, in a thread of its own.

Each client has two server connections and each transaction goes to the one that the last did not have, so that whatever
a client leaves behind in a session is missing the next time. It counts how often it was asked for an answer.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_READY, _SYNC, _SIMPLE_QUERY, _TERMINATE = b"Z", b"S", b"Q", b"X"
_SSL_REQUEST, _CANCEL_REQUEST = 80877103, 80877102
_IDLE = b"I"

Message = tuple[bytes, bytes]
Backend = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Pooler:
    """Listens on a socket in ``folder``; ``server`` is the socket of the real server."""

    def __init__(self, server: Path, folder: Path) -> None:
        self.folder = folder
        self.asked = 0
        self._server = server
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._clients: set[asyncio.Task[Any]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _start(self) -> None:
        self._listener = await asyncio.start_unix_server(self._accept, self.folder / ".s.PGSQL.5432")

    async def _stop(self) -> None:
        self._listener.close()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._serve(reader, writer))
        self._clients.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._clients.discard(task)
        if not task.cancelled():
            assert isinstance(task.exception(), EOFError | ConnectionError | None), task.exception()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        backends: list[Backend] = []
        messages: asyncio.Queue[Message | None] = asyncio.Queue()
        tasks: set[asyncio.Task[None]] = set()
        try:
            startup = await _startup(reader, writer)
            if startup is None:
                return
            for _ in range(2):
                backends.append(await asyncio.open_unix_connection(self._server))
                backends[-1][1].write(startup)
                answer = await _until_ready(backends[-1][0])
            writer.write(answer)
            tasks.add(asyncio.create_task(_read_all(reader, messages)))
            while (first := await messages.get()) is not None:
                backends.reverse()
                self._pass(first, backends[0][1])
                tasks.add(asking := asyncio.create_task(self._ask(messages, backends[0][1])))
                await _answer(backends[0][0], writer)
                asking.cancel()
                tasks.discard(asking)
        finally:
            for task in tasks:
                task.cancel()
            for one in (writer, *(backend for _, backend in backends)):
                one.close()

    async def _ask(self, messages: asyncio.Queue[Message | None], server: asyncio.StreamWriter) -> None:
        while (message := await messages.get()) is not None:
            self._pass(message, server)
        server.close()

    def _pass(self, message: Message, server: asyncio.StreamWriter) -> None:
        self.asked += message[0] in (_SYNC, _SIMPLE_QUERY)
        server.write(message[1])


async def _startup(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
    """What a client begins with, unless it only wants something cancelled."""
    while True:
        length = await reader.readexactly(4)
        startup = length + await reader.readexactly(struct.unpack("!I", length)[0] - 4)
        (code,) = struct.unpack_from("!I", startup, 4)
        if code != _SSL_REQUEST:
            return None if code == _CANCEL_REQUEST else startup
        writer.write(b"N")


async def _read_all(reader: asyncio.StreamReader, messages: asyncio.Queue[Message | None]) -> None:
    try:
        while (message := await _message(reader))[0] != _TERMINATE:
            messages.put_nowait(message)
    except (EOFError, ConnectionError):
        pass
    messages.put_nowait(None)


async def _answer(server: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
    """Pass on what the server says until its transaction is over."""
    while True:
        kind, message = await _message(server)
        client.write(message)
        if kind == _READY and message.endswith(_IDLE):
            return


async def _message(reader: asyncio.StreamReader) -> Message:
    kind = await reader.readexactly(1)
    length = await reader.readexactly(4)
    return kind, kind + length + await reader.readexactly(struct.unpack("!I", length)[0] - 4)


async def _until_ready(reader: asyncio.StreamReader) -> bytes:
    answer = b""
    while True:
        kind, message = await _message(reader)
        answer += message
        if kind == _READY:
            return answer
