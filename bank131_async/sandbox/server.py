"""The sandbox bank on the network: an aiohttp server on loopback around the pure bank."""

from __future__ import annotations

import asyncio
import os
from types import TracebackType
from typing import Self

from aiohttp import web

from bank131_async.errors import ConfigurationError
from bank131_async.sandbox.bank import SandboxBank
from bank131_async.sandbox.calls import call
from bank131_async.sandbox.control.plane import ROOT, ControlPlane
from bank131_async.sandbox.courier import Courier, Receive
from bank131_async.sandbox.events import Events
from bank131_async.sandbox.faults.answers import Sending
from bank131_async.sandbox.faults.sockets import send

MAX_BODY_BYTES = 1024 * 1024


class SandboxServer:
    """Serves a bank until it is closed::

        async with SandboxServer(SandboxBank(webhook_url="http://127.0.0.1:8000/webhooks")) as server:
            server.url, server.project_id, server.private_key_pem, server.bank_public_key_pem

    ``port`` 0 takes a free one. The server can be started once. Raises ``ConfigurationError`` if the port is taken.
    """

    def __init__(self, bank: SandboxBank | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.bank: SandboxBank = bank or SandboxBank()
        self.url: str = ""
        self._host = host
        self._port = port
        self._courier = Courier(self.bank)
        self._control = ControlPlane(self.bank)
        self._events = Events()
        self._changed = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._ticker: asyncio.Task[None] | None = None

    @property
    def project_id(self) -> str:
        """The id of the first project, for ``X-PARTNER-PROJECT``."""
        return self.bank.project.id

    @property
    def dashboard_url(self) -> str:
        """The address of the dashboard, for a browser."""
        return f"{self.url}{ROOT}/"

    @property
    def private_key_pem(self) -> bytes:
        """The merchant's private key."""
        return self.bank.keys.merchant_private_pem

    @property
    def bank_public_key_pem(self) -> bytes:
        """The bank's public key, which checks webhooks."""
        return self.bank.keys.bank_public_pem

    def deliver_to(self, receive: Receive) -> None:
        """Hand webhooks of projects without an address to a receiver in this process."""
        self._courier.receive = receive

    async def start(self) -> None:
        """Listen, and let time pass in the bank. Raises ``ConfigurationError`` if the port cannot be had."""
        if not 0 <= self._port <= 65_535:
            raise ConfigurationError("port: expected a number from 0 to 65535; 0 takes a free one")
        application = web.Application(client_max_size=MAX_BODY_BYTES)
        application.router.add_get(f"{ROOT}/events", self._stream)
        application.router.add_route("*", "/{path:.*}", self._answer)
        application.on_shutdown.append(self._close_streams)
        # Signatures are over the bytes as they were sent, so nothing is unpacked.
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0, auto_decompress=False)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError as error:
            await runner.cleanup()
            number = error.errno or 0  # negative where a name could not be resolved
            reason = os.strerror(number) if number > 0 else error.strerror
            raise ConfigurationError(
                f"port: cannot listen on {self._host}:{self._port}: {reason}; choose another one, 0 takes a free one"
            ) from None
        self._runner = runner
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"http://{host}:{runner.addresses[0][1]}"
        self.bank.serve_at(self.url)
        self.bank.subscribe(self._changed.set)
        self.bank.subscribe(self._events.changed)
        self._ticker = asyncio.create_task(self._tick())

    async def aclose(self) -> None:
        """Stop listening; deliveries under way are given up."""
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.gather(self._ticker, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
        await self._courier.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.json_response(_TOO_LARGE, status=413)
        except ConnectionError:  # the client has gone away in the middle of its body
            return web.Response()
        if request.path.startswith("/api/"):
            sending = call(self.bank, request.method, request.raw_path, request.headers, body)
        elif request.path.startswith(ROOT):
            sending = Sending(
                self._control.handle(request.method, request.path, request.query_string, request.headers, body)
            )
        else:
            sending = Sending(self.bank.handle(request.method, request.raw_path, request.headers, body))
        # Taken before anybody else can, sent after the answer: a webhook never overtakes the call that caused it,
        # unless a fault holds the answer up.
        webhooks = self.bank.take_outbox()
        if sending.pause_s or sending.trickle_s:
            self._courier.send(webhooks)
            return await send(request, sending)
        try:
            return await send(request, sending)
        finally:
            self._courier.send(webhooks)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        refused = self._control.refused_reader(request.headers)
        if refused is not None:
            return web.Response(status=refused.status, headers=refused.headers, body=refused.body)
        return await self._events.serve(request)

    async def _close_streams(self, _: web.Application) -> None:
        self._events.close()

    async def _tick(self) -> None:
        """Wake the bank whenever something is due, or was done to it from the program that runs it."""
        while True:
            self._courier.send(self.bank.take_outbox())
            self._changed.clear()
            due = self.bank.next_due_at
            wait_s = None if due is None else max((due - self.bank.now()).total_seconds(), 0.0)
            try:
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()
            except TimeoutError:
                continue


_TOO_LARGE = {
    "status": "error",
    "error": {"code": "invalid_request", "description": f"body: expected at most {MAX_BODY_BYTES} bytes"},
}
