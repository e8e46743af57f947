"""``bank131 sign`` and ``bank131 verify``: signatures over exact bytes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bank131_async.cli.options import Json, read_input, show

if TYPE_CHECKING:
    from bank131_async.core.signing import Verifier


def sign(file: Path | None = None, /, *, key: Path | None = None, as_json: Json = False) -> None:
    """Print the signature over the exact bytes of a file: the value of X-PARTNER-SIGN.

    Example: bank131 sign body.json --key keys/merchant_private.pem

    Parameters
    ----------
    file
        What to read; without it standard input.
    key
        A private key in PEM; without it that of the environment.
    """
    from bank131_async.cli.connect import signer_of

    signer = signer_of(key)
    data = read_input(file)
    signature = signer.sign(data)
    show({"signature": signature, "bytes": len(data), "fingerprint": signer.fingerprint}, signature, as_json=as_json)


def verify(file: Path | None = None, /, *, signature: str, key: Path | None = None, as_json: Json = False) -> None:
    """Check a signature over the exact bytes of a file, such as a webhook's body. Exit status 1 if it does not fit.

    Example: bank131 verify webhook.json --signature "$SIGN" --key keys/bank_public.pem

    Parameters
    ----------
    file
        What to read; without it standard input.
    signature
        The Base64 of X-PARTNER-SIGN.
    key
        A public key in PEM; without it those of the environment.
    """
    from bank131_async.cli.connect import verifier_of
    from bank131_async.errors import WebhookSignatureError

    verifier = verifier_of(key)
    data = read_input(file)
    try:
        fingerprint = verifier.verify(data, signature)
    except WebhookSignatureError as error:
        reason = f"{error}; {_advice(verifier, data, signature)}"
        show({"valid": False, "bytes": len(data), "reason": reason}, f"not valid: {reason}", as_json=as_json)
        sys.exit(1)
    facts: dict[str, object] = {"valid": True, "bytes": len(data), "fingerprint": fingerprint, **_event(data)}
    about = f", a webhook {facts['type']} of {facts['session_id'] or 'no session'}" if facts["type"] else ""
    show(facts, f"valid: signed by the key {fingerprint}{about}", as_json=as_json)


def _event(data: bytes) -> dict[str, object]:
    from bank131_async.core.codec import decode
    from bank131_async.core.models import WebhookBody
    from bank131_async.errors import CodecError

    try:
        body = decode(WebhookBody, data)
    except CodecError:
        return {"type": None, "session_id": None}
    return {"type": body.type, "session_id": None if body.session is None else body.session.id}


def _advice(verifier: Verifier, data: bytes, signature: str) -> str:
    """Which of the usual mistakes was made: editors add a line end, frameworks write the JSON anew."""
    from bank131_async.errors import WebhookSignatureError

    stripped = data.rstrip(b"\r\n")
    if stripped != data:
        try:
            verifier.verify(stripped, signature)
        except WebhookSignatureError:
            pass
        else:
            return "without the line end it fits: something has added one"
    return "give the bytes as they were received, not parsed and written anew, and the key of the one who signed"
