"""``bank131 trigger``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from bank131_async.cli.options import Json, read_input, show, warn
from bank131_async.errors import CodecError, ConfigurationError

if TYPE_CHECKING:
    from bank131_async.core.models import JsonValue


def trigger(
    event: str,
    /,
    *,
    to: str,
    key: Path,
    session_id: str | None = None,
    changes: Annotated[tuple[str, ...], Parameter(name="--set", negative=(), show_default=False)] = (),
    body: Path | None = None,
    as_json: Json = False,
) -> None:
    """Send a signed webhook of any type, known or not, to any address. Exit status 1 unless it is answered 200.

    It is signed with a key of your own sandbox, such as keys/bank_private.pem of `bank131 sandbox --keys keys`; the
    receiver must know the public half.

    Example: bank131 trigger payment_finished --to http://127.0.0.1:8000/webhooks/bank131 --key keys/bank_private.pem
    --session-id ps_7 --set session.payment_list.0.amount_details.amount=5000

    Parameters
    ----------
    event
        The type, such as ready_to_confirm, action_required, ready_to_capture, payment_finished or payment_refunded.
    to
        The address of the receiver.
    key
        The private key in PEM to sign with.
    session_id
        The session that it is about, instead of ps_1001.
    changes
        A value of the body as path=value, such as session.status=cancelled; JSON values are read as such. May be
        repeated.
    body
        A file with a body of your own; type and changes are applied to it.
    """
    import asyncio

    from bank131_async.cli.connect import signer_of
    from bank131_async.cli.webhooks.post import Answered, Postman, address
    from bank131_async.core.codec import dumps

    signer, url = signer_of(key), address(to, "--to")
    content = _template(event) if body is None else _object(read_input(body), str(body))
    if session_id is not None:
        changes = (f"session.id={json.dumps(session_id)}", *changes)
    for change in (f"type={json.dumps(event)}", *changes):
        _apply(content, change)
    data = dumps(content)

    async def send() -> Answered:
        async with Postman() as postman:
            return await postman.post(url, data, signer.sign(data))

    answer = asyncio.run(send())
    facts = {"type": event, "to": url, "bytes": len(data), "answered": answer.status, "answer": str(answer)}
    show(facts, f"{event} to {url}: {answer}", as_json=as_json)
    if not answer.is_good:
        warn(f"not taken; {answer.next_step}")
        sys.exit(1)


def _template(event: str) -> dict[str, JsonValue]:
    from bank131_async.core.codec import encode
    from bank131_async.core.models import WebhookBody
    from bank131_async.testing.signed import session_in

    return _object(encode(WebhookBody(type=event, session=session_in(event))), event)


def _object(data: bytes, source: str) -> dict[str, JsonValue]:
    from bank131_async.core.codec import loads

    try:
        content = loads(data)
    except CodecError:
        content = None
    if not isinstance(content, dict):
        raise ConfigurationError(f"--body {source}: expected a JSON object")
    return content


def _apply(content: dict[str, JsonValue], change: str) -> None:
    """Set one value in place; missing objects on the way are made."""
    path, separator, text = change.partition("=")
    *way, last = path.split(".")
    if not separator or not last:
        raise ConfigurationError(f"--set {change}: expected path=value, such as session.status=cancelled")
    at: JsonValue = content
    for step in way:
        at = _inside(at, step, change)
    if isinstance(at, dict):
        at[last] = _value(text)
    elif isinstance(at, list) and last.isdecimal() and int(last) < len(at):
        at[int(last)] = _value(text)
    else:
        raise ConfigurationError(f"--set {change}: {last!r} is not a place in the body")


def _inside(at: JsonValue, step: str, change: str) -> JsonValue:
    if isinstance(at, dict):
        return at.setdefault(step, {})
    if isinstance(at, list) and step.isdecimal() and int(step) < len(at):
        return at[int(step)]
    raise ConfigurationError(f"--set {change}: {step!r} is not a place in the body")


def _value(text: str) -> JsonValue:
    from bank131_async.core.codec import loads

    try:
        return loads(text.encode())
    except CodecError:
        return text
