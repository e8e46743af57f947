"""What a shop's own tests need: a sandbox bank with a client that fits it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from bank131_async.sandbox.bank import SandboxBank
from bank131_async.sandbox.clock import system_time
from bank131_async.sandbox.keyring import SandboxKeys
from bank131_async.sandbox.server import SandboxServer

if TYPE_CHECKING:
    from bank131_async.client.config import Bank131Config
    from bank131_async.flow import Bank131Client

__all__ = ["Sandbox"]


class Sandbox:
    """A sandbox bank on a free port of this machine, while the context lasts::

        async with Sandbox(two_stage=True) as sandbox, sandbox.client() as bank:
            ...

    ``keys`` are made once per process unless given, so that every sandbox but the first starts at once. ``clock``
    gives the bank's time. Further keywords are switches of :class:`~bank131_async.sandbox.settings.Settings`, such as
    ``webhook_url``; ``sandbox.bank.configure(...)`` sets them later.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        keys: SandboxKeys | None = None,
        clock: Callable[[], datetime] = system_time,
        **switches: Any,
    ) -> None:
        self.bank = SandboxBank(keys, clock=clock, **switches)
        self.server = SandboxServer(self.bank, host=host, port=port)

    @property
    def url(self) -> str:
        """The address of the bank, once it runs."""
        return self.server.url

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

    def client(self, **options: Any) -> Bank131Client:
        """A client of this bank. ``config`` replaces the fitting configuration; the rest goes to ``Bank131Client``.

        Unless ``webhook_url`` says otherwise, the client last made gets the bank's webhooks, without a web server.
        """
        from bank131_async.flow import Bank131Client

        config = options.pop("config", None) or self.config()
        client = Bank131Client(config, **options)

        async def receive(body: bytes, signature: str) -> tuple[int, bytes]:
            reply = await client.receiver.handle(body, signature)
            return reply.status, reply.body

        self.server.deliver_to(receive)
        return client

    async def __aenter__(self) -> Self:
        await self.server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.server.aclose()
