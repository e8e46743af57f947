"""``bank131 flow list``: what is unfinished, in doubt, or needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from bank131_async.cli.options import Json, show
from bank131_async.errors import ConfigurationError

if TYPE_CHECKING:
    from bank131_async.flow import FlowSummary
    from bank131_async.stores import StreamState

Switch = Annotated[bool, Parameter(negative=(), show_default=False)]


def list_flows(
    *,
    unfinished: Switch = False,
    in_doubt: Switch = False,
    needs_a_person: Switch = False,
    unhandled: Switch = False,
    after: str = "",
    limit: int = 100,
    as_json: Json = False,
) -> None:
    """List payments of the journal, a page at a time. Name one of the four lists.

    Reads the store that BANK131_STORE names; asks nobody at the bank and needs no key. Times are UTC.

    Example: bank131 flow list --needs-a-person

    Parameters
    ----------
    unfinished
        Workers are on it.
    in_doubt
        A refund or init was sent, and nobody knows whether it took effect: see flow resolve.
    needs_a_person
        In doubt, contradictory, or past its horizon.
    unhandled
        A webhook's handlers have not been run to their end.
    after
        The last stream of the page before.
    limit
        How many at most.
    as_json
        Print one JSON object a line.
    """
    import asyncio

    from bank131_async.stores import StreamState

    wanted = {
        StreamState.unfinished: unfinished,
        StreamState.in_doubt: in_doubt,
        StreamState.needs_person: needs_a_person,
        StreamState.unhandled: unhandled,
    }
    states = [state for state, is_wanted in wanted.items() if is_wanted]
    if len(states) != 1:
        raise ConfigurationError("expected one of --unfinished, --in-doubt, --needs-a-person, --unhandled")
    if limit < 1:
        raise ConfigurationError("--limit: expected a number above zero")
    page = asyncio.run(_page(states[0], after, limit))
    for one in page:
        show(_facts(one), _line(one), as_json=as_json)
    if not as_json:
        show({}, _ending(page, limit), as_json=False)


async def _page(state: StreamState, after: str, limit: int) -> Sequence[FlowSummary]:
    from bank131_async.cli.flow.journal import opened_journal
    from bank131_async.flow import Audit

    async with opened_journal() as journal:
        return await Audit.of(journal).list(state, after=after, limit=limit)


def _facts(one: FlowSummary) -> dict[str, object]:
    return {
        "stream": one.stream,
        "kind": one.kind,
        "order": one.order,
        "phase": one.phase.value,
        "amount": one.amount,
        "currency": one.currency,
        "moved_at": one.moved_at.isoformat(),
        "due": None if one.due is None else one.due.isoformat(),
        "reason": one.reason,
        "intent": one.intent,
    }


def _line(one: FlowSummary) -> str:
    from bank131_async.core.models import Amount

    money = str(Amount.minor(one.amount, one.currency)) if one.amount and one.currency else ""
    intent = f"intent {one.intent}" if one.intent else ""
    order = f"order {one.order!r}" if one.order else ""
    words = [one.phase.value, money, order, one.reason or "", intent]
    return f"{one.stream:<28}  {one.moved_at:%Y-%m-%d %H:%M:%S}  " + ", ".join(word for word in words if word)


def _ending(page: Sequence[FlowSummary], limit: int) -> str:
    if not page:
        return "none"
    if len(page) < limit:
        return f"{len(page)} on this page, the last one"
    return f"{len(page)} on this page; the next one: --after {page[-1].stream}"
