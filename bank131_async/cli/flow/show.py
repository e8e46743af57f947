"""``bank131 flow show``: one payment's journal as a timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bank131_async.cli.options import Json, show
from bank131_async.errors import ConfigurationError

if TYPE_CHECKING:
    from bank131_async.flow import Timeline, TimelineEntry

_TIME = "%Y-%m-%d %H:%M:%S.%f"


def show_flow(session_id: str, /, *, as_json: Json = False) -> None:
    """Print a payment's journal: what happened, when, by which process, and how each piece of news was judged.

    Reads the store that BANK131_STORE names; asks nobody at the bank and needs no key. Times are UTC.

    Example: bank131 flow show ps_1001

    Parameters
    ----------
    session_id
        The id that the bank gave; or @init:INTENT, or @inbox, as the lists name them.
    as_json
        Print one JSON object a line, one for each entry.
    """
    import asyncio

    timeline = asyncio.run(_timeline(session_id))
    if not timeline.entries:
        raise ConfigurationError(
            f"{session_id} is not in this journal; see that BANK131_STORE and BANK131_PROJECT_ID are those of the "
            "application"
        )
    for entry in timeline.entries:
        if as_json:
            facts = {"stream": timeline.stream, "version": entry.version, "at": entry.at.isoformat()}
            words = {"what": entry.what, "detail": entry.detail, "by": entry.by, "verdict": entry.verdict}
            show({**facts, **words, "phase": entry.phase.value}, "", as_json=True)
        else:
            show({}, _line(entry), as_json=False)
    if not as_json:
        show({}, _summary(timeline), as_json=False)


async def _timeline(session_id: str) -> Timeline:
    from bank131_async.cli.flow.journal import opened_journal
    from bank131_async.flow import Audit

    async with opened_journal() as journal:
        return await Audit.of(journal).show(session_id)


def _line(entry: TimelineEntry) -> str:
    moment = entry.at.strftime(_TIME)[:-3]
    verdict = f"  -> {entry.verdict}" if entry.verdict else ""
    by = f"  [{entry.by}]" if entry.by else ""
    return f"{entry.version:>4}  {moment}  {entry.what:<28}  {entry.detail}{by}{verdict}"


def _summary(timeline: Timeline) -> str:
    facts = timeline.facts
    parts = [f"{timeline.stream} is at {facts.phase.value}"]
    parts += [type(facts.outcome).__name__.lower()] if facts.outcome is not None else []
    parts += [f"conflict: {facts.conflict}"] if facts.conflict else []
    intent = facts.open_intent
    parts += [f"{intent.command} (intent {intent.id}) is not settled"] if intent is not None else []
    return "\n" + ", ".join(parts)
