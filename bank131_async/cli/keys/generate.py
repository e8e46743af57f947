"""``bank131 keys generate``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bank131_async.cli.options import Json, show
from bank131_async.errors import ConfigurationError

_NEXT = "give the public key to the bank's manager, and set BANK131_PRIVATE_KEY_PATH to the private one"


def generate(
    folder: Path = Path(),
    /,
    *,
    name: str = "merchant",
    bits: int = 2048,
    stdout: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    as_json: Json = False,
) -> None:
    """Make an RSA key pair: NAME_private.pem, which its owner alone can read, and NAME_public.pem.

    Files that are there already are never overwritten. The private key is not printed.

    Example: bank131 keys generate ./keys

    Parameters
    ----------
    folder
        Where the files go; made if it is missing.
    name
        How the file names begin.
    bits
        The size of the key, at least 2048.
    stdout
        Print the private key in PEM instead of writing files.
    """
    from bank131_async.core.signing import Signer, new_private_key_pem

    pem = new_private_key_pem(bits)
    signer = Signer.from_pem(pem)
    if stdout:
        sys.stdout.write(pem.decode())
        return
    private, public = folder / f"{name}_private.pem", folder / f"{name}_public.pem"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(private, pem, 0o600)
        _write(public, signer.public_pem(), 0o644)
    except FileExistsError as error:
        raise ConfigurationError(f"{error.filename} is there already; choose another folder or --name") from None
    except OSError as error:
        raise ConfigurationError(f"{error.filename}: {error.strerror}; choose another folder") from None
    facts = {
        "private_key_path": str(private),
        "public_key_path": str(public),
        "bits": signer.key_size,
        "fingerprint": signer.fingerprint,
    }
    text = f"private key  {private}\npublic key   {public}\nfingerprint  {signer.fingerprint}\nnext: {_NEXT}"
    show(facts, text, as_json=as_json)


def _write(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
