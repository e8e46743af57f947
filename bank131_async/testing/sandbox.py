"""``Sandbox``: a sandbox bank with a client that fits it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from bank131_async.sandbox.bank import SandboxBank
from bank131_async.sandbox.clock import system_time
from bank131_async.sandbox.keyring import SandboxKeys
from bank131_async.sandbox.server import SandboxServer
from bank131_async.testing.in_process import InProcess

if TYPE_CHECKING:
    from bank131_async.client.config import Bank131Config
    from bank131_async.flow import Bank131Client


class Sandbox:
    """A sandbox bank on a free port of this machine, while the context lasts::

        async with Sandbox(two_stage=True) as sandbox, sandbox.client() as bank:
            ...

    ``sockets=False`` leaves the network out: clients made here hand their requests to the bank by a call, which is
    quicker, and no program outside can reach it. ``keys`` are made once per process unless given, so that every sandbox
    but the first starts at once. ``clock`` gives the bank's time. Further keywords are switches of
    :class:`~bank131_async.sandbox.settings.Settings`, such as ``webhook_url``; ``sandbox.bank.configure(...)`` sets
    them later.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        keys: SandboxKeys | None = None,
        clock: Callable[[], datetime] = system_time,
        sockets: bool = True,
        **switches: Any,
    ) -> None:
        self.bank: SandboxBank = SandboxBank(keys, clock=clock, **switches)
        self.server: SandboxServer = SandboxServer(self.bank, host=host, port=port)
        self._in_process = None if sockets else InProcess(self.bank)

    @property
    def url(self) -> str:
        """The address of the bank, once it runs."""
        return self.server.url if self._in_process is None else self._in_process.url

    def config(self, **overrides: Any) -> Bank131Config:
        """A client's configuration for this bank; ``overrides`` are fields of ``Bank131Config``."""
        from bank131_async.client.config import Bank131Config

        fitting: dict[str, Any] = {
            "project_id": self.server.project_id,
            "private_key": self.bank.keys.merchant,
            "bank_public_keys": self.server.bank_public_key_pem,
            "server": self.url,
        }
        return Bank131Config(**(fitting | overrides))

    def environment(self) -> dict[str, str]:
        """The ``BANK131_*`` variables by which another program, or ``Bank131Client.from_env``, finds this bank.

        Holds the private key of the sandbox's merchant.
        """
        return {
            "BANK131_PROJECT_ID": self.server.project_id,
            "BANK131_PRIVATE_KEY": self.server.private_key_pem.decode(),
            "BANK131_PUBLIC_KEY": self.server.bank_public_key_pem.decode(),
            "BANK131_SERVER": self.url,
        }

    def client(self, **options: Any) -> Bank131Client:
        """A client of this bank. ``config`` replaces the fitting configuration; the rest goes to ``Bank131Client``.

        Unless ``webhook_url`` says otherwise, the client last made gets the bank's webhooks, without a web server.
        """
        from bank131_async.flow import Bank131Client

        config = options.pop("config", None) or self.config()
        if self._in_process is not None:
            options.setdefault("transport", self._in_process)
        client = Bank131Client(config, **options)

        async def receive(body: bytes, signature: str) -> tuple[int, bytes]:
            reply = await client.receiver.handle(body, signature)
            return reply.status, reply.body

        (self._in_process or self.server).deliver_to(receive)
        return client

    async def __aenter__(self) -> Self:
        if self._in_process is None:
            await self.server.start()
        else:
            self._in_process.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._in_process is None:
            await self.server.aclose()
        else:
            await self._in_process.stop()
