"""Following the journal's hints for as long as somebody wants them, through any number of broken connections."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from bank131_async.flow.pauses import growing_s
from bank131_async.stores import Hint, Journal

log: logging.Logger = logging.getLogger("bank131.flow")


async def follow(journal: Journal) -> AsyncIterator[Hint]:
    """The journal's hints, for ever: a reader that fails or ends is replaced after a pause that grows.

    What was hinted at meanwhile is lost, as hints may be: who waits also wakes by timer. One line of the log tells of
    the beginning of each such silence.
    """
    tries = 0
    while True:
        try:
            async for hint in journal.changes():
                tries = 0
                yield hint
            reason = "they ended"
        except Exception as error:  # whatever a driver raises: without hints everything is slower, and nothing is lost
            reason = type(error).__name__
        if not tries:
            log.warning("no hints from the journal (%s); timers do instead until it is followed again", reason)
        await asyncio.sleep(growing_s(tries))
        tries += 1
