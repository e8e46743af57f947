"""``bank131 keys show``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bank131_async.cli.options import Json, read_input, show

if TYPE_CHECKING:
    from bank131_async.core.signing import Signer, Verifier

Facts = dict[str, object]


def show_keys(*files: Path, as_json: Json = False) -> None:
    """Show what is public about keys: kind, size, fingerprint, and the public half of a private key.

    The fingerprint is the SHA-256 of the public key (DER): `openssl pkey -pubin -outform DER | sha256sum` gives it too.

    Example: bank131 keys show keys/merchant_private.pem

    Parameters
    ----------
    files
        Keys in PEM; without any, those of the environment.
    """
    for facts in _of_files(files) if files else _of_environment():
        rows = [f"{name:<12} {value}" for name, value in facts.items() if name != "public_key"]
        text = "\n".join([*rows, str(facts.get("public_key", "")).rstrip()]).rstrip()
        show(facts, text, as_json=as_json)


def _of_files(files: tuple[Path, ...]) -> Iterator[Facts]:
    from bank131_async.cli.connect import signer_of
    from bank131_async.core.signing import Verifier

    for path in files:
        if b"PRIVATE KEY" in read_input(path):
            yield _private(str(path), signer_of(path))
        else:
            yield from _public(str(path), Verifier.from_pem(path, name=str(path)))


def _of_environment() -> Iterator[Facts]:
    from bank131_async.cli.connect import signer_of
    from bank131_async.client.environment import read_public_keys

    yield _private("environment", signer_of(None))
    verifier = read_public_keys(os.environ)
    if verifier is not None:
        yield from _public("environment", verifier)


def _private(source: str, signer: Signer) -> Facts:
    return {
        "key": source,
        "kind": "private",
        "bits": signer.key_size,
        "fingerprint": signer.fingerprint,
        "public_key": signer.public_pem().decode(),
    }


def _public(source: str, verifier: Verifier) -> Iterator[Facts]:
    for fingerprint in verifier.fingerprints:
        yield {"key": source, "kind": "public", "fingerprint": fingerprint}
