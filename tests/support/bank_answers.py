"""Answers of the bank and a transport that fails to order, for tests of the client."""

from __future__ import annotations

import asyncio

from bank131_async.core.wire import HttpRequest, HttpResponse
from bank131_async.transport import Timeout
from tests.support.raw_server import Step, answer, reply

SESSION = b'{"status":"ok","session":{"id":"ps_1","status":"in_progress"}}'
TOKEN = b'{"status":"ok","public_token":"tok"}'


def session(status: int = 200, body: bytes = SESSION, **headers: str) -> Step:
    return reply(answer(status, body, headers={name.replace("_", "-"): text for name, text in headers.items()}))


def refusal(code: str, status: int = 400, *, description: str = "no") -> Step:
    return session(status, b'{"status":"error","error":{"code":"%s","description":"%s"}}' % (
        code.encode(), description.encode()))  # fmt: skip


class StubbornTransport:
    """Fails as often as it is told to, then answers."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.sent: list[HttpRequest] = []
        self.timeouts: list[Timeout | None] = []
        self.closed = 0

    async def send(self, request: HttpRequest, *, timeout: Timeout | None = None) -> HttpResponse:
        self.sent.append(request)
        self.timeouts.append(timeout)
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        return HttpResponse(200, {}, SESSION)

    async def aclose(self) -> None:
        self.closed += 1
