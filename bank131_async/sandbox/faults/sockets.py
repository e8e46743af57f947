"""Sends an answer over its connection as a fault wants it: late, in small pieces, or as a reset."""

from __future__ import annotations

import asyncio
import socket
import struct
from asyncio.trsock import TransportSocket

from aiohttp import web

from bank131_async.sandbox.faults.answers import Sending

PIECES = 20


async def send(request: web.Request, sending: Sending) -> web.StreamResponse:
    """Carry out a sending."""
    answer = sending.answer
    if answer is None:
        reset(request)
        return web.Response()
    if sending.pause_s:
        await asyncio.sleep(sending.pause_s)
    if not sending.trickle_s:
        response = web.Response(status=answer.status, headers=answer.headers, body=answer.body)
        await response.prepare(request)
        await response.write_eof()
        return response
    slow = web.StreamResponse(status=answer.status, headers=answer.headers)
    slow.content_length = len(answer.body)
    await slow.prepare(request)
    step = max(len(answer.body) // PIECES, 1)
    for start in range(0, len(answer.body), step):
        await asyncio.sleep(sending.trickle_s * step / len(answer.body))
        await slow.write(answer.body[start : start + step])
    await slow.write_eof()
    return slow


def reset(request: web.Request) -> None:
    """Reset the connection (RST), so that the client knows that there will be no answer."""
    transport = request.transport
    if transport is None:  # the client was faster
        return
    connection = transport.get_extra_info("socket")
    if isinstance(connection, TransportSocket):
        # A socket that does not linger resets the connection when it is closed.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
