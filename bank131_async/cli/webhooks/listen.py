"""``bank131 listen``."""

from __future__ import annotations

from pathlib import Path

from bank131_async.cli.options import Json


def listen(
    *,
    host: str = "127.0.0.1",
    port: int = 8132,
    forward: str | None = None,
    record: Path | None = None,
    count: int | None = None,
    key: Path | None = None,
    as_json: Json = False,
) -> None:
    """Receive webhooks at any path, verify them and print them, until interrupted.

    A webhook with a wrong signature is answered 401 and goes no further. With --forward the bank gets the
    application's answer, and 502 if there is none, so that it sends the webhook again.

    Example: bank131 listen --forward http://127.0.0.1:8000/webhooks/bank131 --record webhooks.jsonl

    Parameters
    ----------
    host
        The address to listen on.
    port
        The port to listen on; 0 takes a free one.
    forward
        The application to hand webhooks on to; the query of the request is added to the address.
    record
        A file to add the webhooks to, for `bank131 replay`. Bodies may hold secrets: keep it to yourself.
    count
        Stop after so many webhooks with a good signature.
    key
        The bank's public key in PEM; without it those of the environment.
    """
    import asyncio

    from bank131_async.cli.connect import verifier_of
    from bank131_async.cli.webhooks.listener import Listener
    from bank131_async.cli.webhooks.post import address
    from bank131_async.cli.webhooks.recording import Recording

    verifier = verifier_of(key)
    target = None if forward is None else address(forward, "--forward")
    recording = None if record is None else Recording(record)
    try:
        asyncio.run(Listener(verifier, target, recording, count=count, as_json=as_json).serve(host, port))
    finally:
        if recording is not None:
            recording.close()
