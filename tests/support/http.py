"""HTTP by hand over a real socket: says exactly what it is told, lies included."""

from __future__ import annotations

import asyncio

from tests.support.webhooks import BANK


def post(path: str, body: bytes, *, sign: bool = True, length: int | None = None, chunks: int = 0) -> bytes:
    """The bytes of a request; ``length`` replaces the true Content-Length, ``chunks`` splits the body instead."""
    headers = [f"POST {path} HTTP/1.1", "Host: shop", "Content-Type: application/json"]
    if sign:
        headers.append(f"X-PARTNER-SIGN: {BANK.sign(body)}")
    if chunks:
        headers.append("Transfer-Encoding: chunked")
        size = max(1, len(body) // chunks)
        pieces = [body[start : start + size] for start in range(0, len(body), size)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    else:
        headers.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*headers, "", ""]).encode() + body


async def talk(port: int, request: bytes) -> tuple[int, bytes]:
    """Send bytes, return the status and everything that came back until the answer's body is complete."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
        )
        return int(head.split()[1]), await reader.readexactly(length)
    finally:
        writer.close()
        await writer.wait_closed()


async def hang_up(port: int, request: bytes) -> None:
    """Send bytes and leave without waiting for an answer."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await writer.drain()
    writer.transport.abort()
