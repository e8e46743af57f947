"""The check of the store: can it be used, and what waits in it."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from bank131_async.cli.connect import STORE, opened_store
from bank131_async.cli.doctor.finding import Finding, failure, ok, warning
from bank131_async.errors import ConfigurationError, StoreError
from bank131_async.stores import StreamState

_CHECK = "store"
_LIMIT = 1000


async def check_journal(project: str | None) -> Finding:
    """Open the store that ``BANK131_STORE`` names and read what is due."""
    if not os.environ.get(STORE, "").strip():
        return warning(
            _CHECK,
            f"{STORE} is not set: commands keep their journal in memory, and forget it when they end",
            f"set it to your application's store, such as {STORE}=sqlite:////var/lib/shop/bank131.db",
        )
    try:
        async with opened_store() as store:
            journal = store.journal(project or "")
            due = await journal.unfinished(datetime.now(UTC), _LIMIT)
            for info in await journal.streams(StreamState.any, limit=1):
                await journal.load(info.stream)  # a key that is missing or wrong shows here
    except (ConfigurationError, StoreError) as error:
        return failure(
            _CHECK, str(error), f"correct {STORE} or {STORE}_KEY, or see that the store runs and may be written"
        )
    waiting = "nothing" if not due else f"{len(due)}{' or more' if len(due) == _LIMIT else ''} payments"
    return ok(_CHECK, f"it can be read; {waiting} due to be looked at")
