"""The program run in this process, and a sandbox bank that goes on in a thread while it does."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import attrs
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bank131_async import Amount, BankCard, Customer, Participant, ParticipantDetails, PaymentOptions
from bank131_async.cli import main
from bank131_async.sandbox.keyring import process_keys
from bank131_async.testing import Sandbox

T = TypeVar("T")
RECIPIENT = ParticipantDetails(recipient=Participant(full_name="Ivan Ivanov"))


@attrs.frozen
class Ran:
    """How the program ended."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Its output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Terminal(io.StringIO):
    """What a person types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs ``bank131`` with arguments; ``stdin`` is piped, ``typed`` comes from a terminal."""

    def run(*arguments: str | Path, stdin: bytes = b"", typed: str | None = None) -> Ran:
        monkeypatch.setattr(sys, "argv", ["bank131", *map(str, arguments)])
        piped = io.TextIOWrapper(io.BytesIO(stdin))
        monkeypatch.setattr(sys, "stdin", piped if typed is None else Terminal(typed))
        if typed is not None:
            monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        capsys.readouterr()
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        return Ran(status, *capsys.readouterr())

    return run


class Bank:
    """A sandbox bank that runs in a thread of its own."""

    def __init__(self, sandbox: Sandbox, loop: asyncio.AbstractEventLoop) -> None:
        self.sandbox = sandbox
        self.closing: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._loop = loop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the bank's thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def paid_for(self, *, number: str = "4242424242424242") -> str:
        """A session in which a payer has given a card; returns its id."""

        async def pay() -> str:
            async with self.sandbox.client() as client:
                flow = await client.payments.create(
                    amount=Amount.rub("150.00"),
                    customer=Customer("payer-1"),
                    options=PaymentOptions(recurrent=True),
                )
                await flow.start(
                    BankCard(number=number, expiration_month="12", expiration_year="30", security_code="123")
                )
                return flow.session_id

        return self.run(pay())

    def paid_out(self) -> str:
        """A session in which a payout waits for its confirmation; returns its id."""

        async def pay() -> str:
            async with self.sandbox.client() as client:
                flow = await client.payouts.create(order="payout-1", amount=Amount.rub("50.00"))
                await flow.start(BankCard(number="4242424242424242"), participants=RECIPIENT)
                return flow.session_id

        return self.run(pay())

    def configure(self, **switches: Any) -> None:
        """Set switches of the bank."""

        async def configure() -> None:
            self.sandbox.bank.configure(**switches)

        self.run(configure())


@pytest.fixture
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine counts."""
    for name in list(os.environ):
        if name.startswith("BANK131_"):
            monkeypatch.delenv(name)


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch, no_environment: None) -> Iterator[Bank]:
    """A bank on a port, and the environment by which the program finds it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    sandbox = Sandbox()
    running = Bank(sandbox, loop)
    try:
        running.run(sandbox.__aenter__())
        for name, value in sandbox.environment().items():
            monkeypatch.setenv(name, value)
        yield running
        for close in running.closing:
            running.run(close())
        running.run(sandbox.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def key_files(tmp_path: Path) -> Path:
    """A folder with the bank's and the merchant's keys of this process's sandboxes, and the public halves."""
    keys = process_keys()
    bank_pem = keys.bank._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files = {
        "merchant_private.pem": keys.merchant_private_pem,
        "merchant_public.pem": keys.merchant.public_pem(),
        "bank_private.pem": bank_pem,
        "bank_public.pem": keys.bank_public_pem,
    }
    for name, pem in files.items():
        (tmp_path / name).write_bytes(pem)
        (tmp_path / name).chmod(0o600)
    return tmp_path
