"""``bank131 flow prune``: replace journals of payments that ended long ago by tombstones."""

from __future__ import annotations

import re
from datetime import timedelta

from bank131_async.cli.options import Json, show
from bank131_async.errors import ConfigurationError

_UNITS = {"d": "days", "h": "hours"}


def prune(*, older_than: str, batch: int = 100, as_json: Json = False) -> None:
    """Prune finished payments; what they amount to is kept, and late chargebacks are added to it.

    Works on the store that BANK131_STORE names; asks nobody at the bank and needs no key. May run beside the
    application, and be stopped at any moment.

    Example: bank131 flow prune --older-than 90d

    Parameters
    ----------
    older_than
        How long nothing must have happened, in days or hours: 90d, 36h.
    batch
        How many streams are listed at a time.
    """
    import asyncio

    count = asyncio.run(_prune(duration(older_than, "--older-than"), batch))
    show({"pruned": count}, f"{count} pruned", as_json=as_json)


async def _prune(older_than: timedelta, batch: int) -> int:
    from bank131_async.cli.flow.journal import opened_journal
    from bank131_async.flow.audit import recorder_of
    from bank131_async.flow.pruning import Pruning
    from bank131_async.flow.settings import FlowSettings

    async with opened_journal() as journal:
        settings = FlowSettings()
        return await Pruning(recorder_of(journal, settings), settings).run(older_than, batch)


def duration(text: str, option: str) -> timedelta:
    """``90d`` or ``36h``. Raises ``ConfigurationError`` that names the option."""
    found = re.fullmatch(r"([1-9]\d{0,5})([dh])", text)
    if found is None:
        raise ConfigurationError(f"{option}: expected a number of days or hours, such as 90d or 36h")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
