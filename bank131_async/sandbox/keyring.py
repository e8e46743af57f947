"""The two key pairs of a sandbox: the merchant's, which signs requests, and the bank's, which signs webhooks."""

from __future__ import annotations

import os
from contextlib import closing
from functools import cache
from pathlib import Path

from attrs import field, frozen

from bank131_async.core.signing import Signer, Verifier, new_private_key_pem
from bank131_async.errors import ConfigurationError

MERCHANT_PRIVATE = "merchant_private.pem"
BANK_PRIVATE = "bank_private.pem"
BANK_PUBLIC = "bank_public.pem"


@frozen(eq=False)
class SandboxKeys:
    """Both private keys, loaded; PEM as bytes where others need it."""

    merchant_private_pem: bytes = field(repr=False)
    merchant: Signer
    bank: Signer

    @classmethod
    def from_pems(cls, merchant_private_pem: bytes, bank_private_pem: bytes) -> SandboxKeys:
        """Load two private keys. Raises ``ConfigurationError``."""
        return cls(
            merchant_private_pem,
            Signer.from_pem(merchant_private_pem, name=MERCHANT_PRIVATE),
            Signer.from_pem(bank_private_pem, name=BANK_PRIVATE),
        )

    @classmethod
    def fresh(cls) -> SandboxKeys:
        """Make two new RSA-2048 pairs; takes some tenths of a second."""
        return cls.from_pems(new_private_key_pem(), new_private_key_pem())

    @classmethod
    def in_folder(cls, folder: Path) -> SandboxKeys:
        """The pairs kept in a folder; what is missing is made there, readable by its owner only (mode 0600).

        Raises ``ConfigurationError`` when the folder cannot be used or a file in it is not a private key.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            pems = [_kept(folder / name) for name in (MERCHANT_PRIVATE, BANK_PRIVATE)]
            keys = cls.from_pems(*pems)
            _write(folder / BANK_PUBLIC, keys.bank_public_pem)
        except OSError as error:
            raise ConfigurationError(f"keys: cannot use the folder {folder}: {error.strerror}") from None
        return keys

    @property
    def bank_public_pem(self) -> bytes:
        """The key that checks webhooks."""
        return self.bank.public_pem()

    def merchant_verifier(self) -> Verifier:
        """What the bank checks requests with."""
        return Verifier.from_pem(self.merchant.public_pem(), name="merchant_public_key")


@cache
def process_keys() -> SandboxKeys:
    """Pairs made once in this process, on first use, so that every further sandbox starts at once."""
    return SandboxKeys.fresh()


def run_keys(folder: Path) -> SandboxKeys:
    """The pairs of a run of several processes, kept in ``folder``: the first to come makes them, the others wait."""
    import sqlite3  # slow to load, and needed here only

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A lock that works everywhere, and ends with the process that holds it.
    with closing(sqlite3.connect(folder / "lock", timeout=60, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        return SandboxKeys.in_folder(folder)


def _kept(path: Path) -> bytes:
    if path.exists():
        return path.read_bytes()
    pem = new_private_key_pem()
    _write(path, pem)
    return pem


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        # The mode above counts for a new file only.
        path.chmod(0o600)
        file.write(data)
