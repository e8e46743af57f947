"""``bank131 replay``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from bank131_async.cli.options import Json, show, warn
from bank131_async.errors import ConfigurationError

if TYPE_CHECKING:
    from bank131_async.cli.webhooks.post import Answered
    from bank131_async.cli.webhooks.recording import Recorded


def replay(
    recording: Path,
    /,
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

    from bank131_async.cli.webhooks.post import address
    from bank131_async.cli.webhooks.recording import read_recording

    url = address(to, "--to")
    chosen = [
        webhook
        for webhook in read_recording(recording)
        if (not types or webhook.type in types) and session_id in (None, webhook.session_id)
    ]
    if not chosen:
        raise ConfigurationError(f"{recording}: no webhook fits; leave --type and --session-id out to send all")

    if bad := asyncio.run(_send(url, chosen, as_json=as_json)):
        warn(f"{len(bad)} of {len(chosen)} not taken; {bad[0].next_step}")
        sys.exit(1)


async def _send(url: str, webhooks: list[Recorded], *, as_json: bool) -> list[Answered]:
    """Sends them in their order; returns the answers that were not good."""
    from bank131_async.cli.webhooks.post import Postman

    bad: list[Answered] = []
    async with Postman() as postman:
        for webhook in webhooks:
            answer = await postman.post(url, webhook.body, webhook.signature)
            if not answer.is_good:
                bad.append(answer)
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
    return bad
