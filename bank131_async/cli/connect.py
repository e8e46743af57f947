"""How commands find the bank and the journal: the environment of ``Bank131Client.from_env``."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bank131_async.cli.options import warn
from bank131_async.errors import ConfigurationError

if TYPE_CHECKING:
    from bank131_async.client.config import Bank131Config
    from bank131_async.core.signing import Signer, Verifier
    from bank131_async.flow import Bank131Client, FlowSettings
    from bank131_async.stores import Store

STORE = "BANK131_STORE"


def read_config() -> Bank131Config:
    """The configuration of the environment. Raises ``ConfigurationError`` with the next step."""
    from bank131_async.client.config import Bank131Config

    keep_quiet()
    try:
        return Bank131Config.from_env()
    except ConfigurationError as error:
        raise ConfigurationError(f"{error}; `bank131 doctor` checks every setting") from None


def keep_quiet() -> None:
    """Keep the library's log off the terminal: the command's own line tells what went wrong, once."""
    import logging

    for name in ("bank131.client", "bank131.flow", "bank131.transport", "bank131.webhooks"):
        logging.getLogger(name).addHandler(logging.NullHandler())


def signer_of(key: Path | None) -> Signer:
    """The private key in ``key``, or that of the environment."""
    from bank131_async.client.environment import read_private_key
    from bank131_async.core.signing import Signer

    if key is None:
        return read_private_key(os.environ)
    is_encrypted = key.is_file() and b"ENCRYPTED" in key.read_bytes()
    passphrase = os.environ.get("BANK131_PRIVATE_KEY_PASSPHRASE") if is_encrypted else None
    return Signer.from_pem(key, passphrase, name="--key")


def verifier_of(key: Path | None) -> Verifier:
    """The public key in ``key``, or those of the environment. Raises ``ConfigurationError`` if there is none."""
    from bank131_async.client.environment import read_public_keys
    from bank131_async.core.signing import Verifier

    if key is not None:
        return Verifier.from_pem(key, name="--key")
    found = read_public_keys(os.environ)
    if found is None:
        raise ConfigurationError("no public key of the bank; set BANK131_PUBLIC_KEY_PATH, or give --key")
    return found


@asynccontextmanager
async def opened_store(*, why_durable: str | None = None) -> AsyncGenerator[Store]:
    """The journal's store: what ``BANK131_STORE`` names, under ``BANK131_STORE_KEY``, else one in memory.

    ``why_durable`` is the warning that a store in memory deserves.
    """
    from bank131_async.stores import MemoryStore, store_from_env

    store = store_from_env(os.environ)
    if store is None:
        store = MemoryStore()
        if why_durable is not None:
            warn(f"{STORE} is not set: {why_durable}")
    try:
        yield store
    finally:
        await store.aclose()


@asynccontextmanager
async def opened_client(
    config: Bank131Config, *, settings: FlowSettings | None = None, why_durable: str | None = None
) -> AsyncGenerator[Bank131Client]:
    """A client with its journal, closed at the end."""
    from bank131_async.flow import Bank131Client

    async with (
        opened_store(why_durable=why_durable) as store,
        Bank131Client(config, store=store, settings=settings) as client,
    ):
        yield client


def ask_if_live(config: Bank131Config, deed: str, *, yes: bool) -> None:
    """Ask before a deed that cannot be undone, unless the server is the demo or this machine's, or ``yes`` was given.

    ``deed`` reads as in "refund ps_1". Raises ``ConfigurationError`` without a terminal, or when the answer is no.
    """
    if yes or not is_live(config.server):
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfigurationError(f"{config.server} moves real money and there is no terminal to ask; give --yes")
    print(f"{config.server} moves real money. Really {deed}? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise ConfigurationError("nothing was done")


def is_live(server: str) -> bool:
    """Whether a server may move real money: every one but the bank's demo and this machine."""
    from urllib.parse import urlsplit

    from bank131_async.client.checks import SERVERS

    return server != SERVERS["demo"] and urlsplit(server).scheme != "http"
