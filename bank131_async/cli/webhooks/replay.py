"""``bank131 replay``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bank131_async.cli.options import Json, show
from bank131_async.errors import ConfigurationError


def replay(
    recording: Path,
    *,
    to: str,
    types: Annotated[tuple[str, ...], Parameter(name="--type", negative=(), show_default=False)] = (),
    session_id: str | None = None,
    as_json: Json = False,
) -> None:
    """Send recorded webhooks again: the same bytes with the same signature, in the same order.

    Exit status 1 unless all are answered 200.

    Example: bank131 replay webhooks.jsonl --to http://127.0.0.1:8000/webhooks/bank131 --type payment_finished

    Parameters
    ----------
    recording
        A file of `bank131 listen --record`.
    to
        The address of the receiver.
    types
        Only webhooks of this type; may be repeated.
    session_id
        Only webhooks about this session.
    """
    import asyncio

    from bank131_async.cli.webhooks.post import Postman, address
    from bank131_async.cli.webhooks.recording import Recorded, read_recording

    url = address(to, "--to")
    chosen = [
        webhook
        for webhook in read_recording(recording)
        if (not types or webhook.type in types) and session_id in (None, webhook.session_id)
    ]
    if not chosen:
        raise ConfigurationError(f"{recording}: no webhook fits; leave --type and --session-id out to send all")

    async def send(webhooks: list[Recorded]) -> bool:
        all_good = True
        async with Postman() as postman:
            for webhook in webhooks:
                answer = await postman.post(url, webhook.body, webhook.signature)
                all_good = all_good and answer.is_good
                facts = {
                    "at": webhook.at,
                    "type": webhook.type,
                    "session_id": webhook.session_id,
                    "to": url,
                    "answered": answer.status,
                    "answer": str(answer),
                }
                about = f"{webhook.type or 'unreadable'}  {webhook.session_id or 'no session'}"
                show(facts, f"{about}  {answer}", as_json=as_json)
        return all_good

    if not asyncio.run(send(chosen)):
        sys.exit(1)
