"""Tells open dashboards that something has changed, as server-sent events."""

from __future__ import annotations

import asyncio

from aiohttp import web

# A dashboard needs no more than a few pictures a second, whatever happens at the bank.
PAUSE_S = 0.1
ALIVE_S = 15.0
_HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Events:
    """The open streams."""

    def __init__(self) -> None:
        self._streams: set[asyncio.Event] = set()
        self._closed = False

    def changed(self) -> None:
        """Something has changed."""
        for stream in self._streams:
            stream.set()

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        self.changed()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One stream, until its reader or the bank goes away."""
        response = web.StreamResponse(headers=_HEADERS)
        await response.prepare(request)
        stream = asyncio.Event()
        self._streams.add(stream)
        try:
            await response.write(b"retry: 1000\ndata: open\n\n")
            while not self._closed:
                await response.write(await self._next(stream))
        except ConnectionError:  # the reader has gone
            return response
        finally:
            self._streams.discard(stream)
        return response

    async def _next(self, stream: asyncio.Event) -> bytes:
        try:
            async with asyncio.timeout(ALIVE_S):
                await stream.wait()
        except TimeoutError:
            return b": still here\n\n"
        stream.clear()
        if not self._closed:
            await asyncio.sleep(PAUSE_S)
        return b"data: changed\n\n"
