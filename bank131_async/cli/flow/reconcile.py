"""``bank131 flow reconcile``: ask the bank again about payments that have ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bank131_async.cli.flow.prune import duration
from bank131_async.cli.options import Json, show

if TYPE_CHECKING:
    from bank131_async.flow import Reconciled


def reconcile(*, since: str, per_second: float = 1.0, after: str = "", as_json: Json = False) -> None:
    """Ask the bank about payments that have ended, for what webhooks missed, and write down what is new.

    Prints what has changed; with --json one line for each payment asked, so that a run can be resumed.

    Example: bank131 flow reconcile --since 30d

    Parameters
    ----------
    since
        Payments that moved within this time, in days or hours: 30d, 36h.
    per_second
        How many are asked in a second, at most.
    after
        The last session of a run that was broken off.
    """
    import asyncio

    asyncio.run(_reconcile(duration(since, "--since"), per_second, after, as_json=as_json))


async def _reconcile(since: timedelta, per_second: float, after: str, *, as_json: bool) -> None:
    from bank131_async.cli.connect import opened_client, read_config

    asked = changed = 0
    why_durable = "there is nothing to reconcile in a journal in memory"
    async with opened_client(read_config(), why_durable=why_durable) as client:
        start = datetime.now(UTC) - since
        async for one in client.reconcile(since=start, per_second=per_second, after=after):
            asked += 1
            changed += bool(one.changes)
            if as_json or one.changes or one.error:
                show(
                    {"session_id": one.session_id, "changes": one.changes, "error": one.error},
                    _line(one),
                    as_json=as_json,
                )
    if not as_json:
        show({}, f"{asked} asked, {changed} changed", as_json=False)


def _line(one: Reconciled) -> str:
    return f"{one.session_id}  {'; '.join(one.changes) or f'the bank would not tell: {one.error}'}"
