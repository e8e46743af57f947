"""Checks of the key pair and of the bank's public key, as the environment names them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from bank131_async.cli.doctor.finding import Finding, failure, ok, warning
from bank131_async.client.environment import read_private_key, read_public_keys
from bank131_async.core.signing import Signer, Verifier
from bank131_async.errors import ConfigurationError

_PRIVATE, _PUBLIC = "private key", "bank's public key"
_PROBE = b"bank131 keys check"


def check_keys() -> Iterator[Finding]:
    """The merchant's private key, the mode of its file, and the bank's public key."""
    signer: Signer | None = None
    try:
        signer = read_private_key(os.environ)
    except ConfigurationError as error:
        yield failure(_PRIVATE, str(error), "set BANK131_PRIVATE_KEY_PATH; `bank131 keys generate` makes a key pair")
    else:
        yield _signs(signer)
        yield from _file_mode()
    try:
        verifier = read_public_keys(os.environ)
    except ConfigurationError as error:
        yield failure(_PUBLIC, str(error), "set BANK131_PUBLIC_KEY_PATH to the key that the bank gave you")
    else:
        yield _public(verifier, signer)


def _signs(signer: Signer) -> Finding:
    Verifier.from_pem(signer.public_pem()).verify(_PROBE, signer.sign(_PROBE))
    return ok(_PRIVATE, f"RSA {signer.key_size} bits, it signs; fingerprint {signer.fingerprint}")


def _file_mode() -> Iterator[Finding]:
    path = os.environ.get("BANK131_PRIVATE_KEY_PATH", "").strip()
    if not path:
        return
    if Path(path).stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield warning("private key file", f"{path} can be read by others on this machine", f"chmod 600 {path}")
    else:
        yield ok("private key file", f"{path} is its owner's alone")


def _public(verifier: Verifier | None, signer: Signer | None) -> Finding:
    if verifier is None:
        return failure(
            _PUBLIC, "none is set, so no webhook can be verified", "set BANK131_PUBLIC_KEY_PATH to the bank's key"
        )
    if signer is not None and signer.fingerprint in verifier.fingerprints:
        return failure(
            _PUBLIC,
            "this is the public half of your own private key",
            "set BANK131_PUBLIC_KEY_PATH to the key that the bank gave you; yours goes to the bank",
        )
    return ok(_PUBLIC, f"fingerprint {', '.join(verifier.fingerprints)}")
