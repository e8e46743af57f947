"""A bank without sockets: requests go to the sandbox bank by a call, its webhooks to a receiver in this process."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from bank131_async.core.wire import HttpRequest, HttpResponse
from bank131_async.errors import AnswerLostError
from bank131_async.sandbox.bank import SandboxBank
from bank131_async.sandbox.calls import call
from bank131_async.sandbox.courier import Courier, Receive
from bank131_async.transport.base import Timeout


class InProcess:
    """A transport to a sandbox bank in the same event loop. The bank's time passes while the loop runs.

    Webhooks are delivered in tasks of their own, after the answer to the call that caused them.
    """

    url = "https://bank131.test"
    """What a client's configuration names as its server; nothing is ever looked up there."""

    def __init__(self, bank: SandboxBank) -> None:
        self._bank = bank
        self._courier = Courier(bank)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wakeup: asyncio.Handle | None = None
        self._due: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Let time pass in the bank, by the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._bank.serve_at(self.url)
        self._bank.subscribe(self._changed)
        self._changed()

    def deliver_to(self, receive: Receive) -> None:
        """Hand webhooks of projects without an address to a receiver in this process."""
        self._courier.receive = receive

    async def send(self, request: HttpRequest, *, timeout: Timeout | None = None) -> HttpResponse:
        """The bank's answer, as the bank's faults want it. Raises ``AnswerLostError`` when none comes in time."""
        address = urlsplit(request.url)
        target = f"{address.path}?{address.query}" if address.query else address.path
        sending = call(self._bank, request.method, target, request.headers, request.body)
        try:
            async with asyncio.timeout((timeout or Timeout()).total):
                await asyncio.sleep(sending.pause_s + sending.trickle_s)
        except TimeoutError:
            raise AnswerLostError(f"{request.url} was sent and no answer came within the time limit") from None
        if sending.answer is None:
            raise AnswerLostError(f"{request.url} was sent and the connection was reset")
        return HttpResponse(sending.answer.status, sending.answer.headers, sending.answer.body)

    async def aclose(self) -> None:
        """Nothing to release: the sandbox closes what it opened, see :meth:`stop`."""

    async def stop(self) -> None:
        """Give up deliveries under way, and let the bank's time stand still."""
        self._loop = None
        for handle in (self._wakeup, self._due):
            if handle is not None:
                handle.cancel()
        await self._courier.aclose()

    def _changed(self) -> None:
        if self._loop is not None and self._wakeup is None:
            self._wakeup = self._loop.call_soon(self._carry)

    def _carry(self) -> None:
        """Send what is in the outbox, and come again when the bank has something to do."""
        self._courier.send(self._bank.take_outbox())
        self._wakeup = None
        if self._due is not None:
            self._due.cancel()
            self._due = None
        due = self._bank.next_due_at
        if due is not None and self._loop is not None:
            wait_s = max((due - self._bank.now()).total_seconds(), 0.0)
            self._due = self._loop.call_later(wait_s, self._changed)
