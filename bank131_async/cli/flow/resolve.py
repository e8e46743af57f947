"""``bank131 flow resolve``: a person's word on a command that is in doubt."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

from cyclopts import Parameter

from bank131_async.cli.options import Json, show
from bank131_async.errors import ConfigurationError

Verdict = Annotated[Literal["done", "not-done"], Parameter(name="--as")]
Yes = Annotated[bool, Parameter(name="--yes", negative=(), show_default=False, help="Do not ask before writing.")]


def resolve(
    session_id: str,
    /,
    *,
    intent: str,
    as_: Verdict,
    note: str = "",
    session: str | None = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Say whether a command in doubt took effect. Look at the bank's dashboard first.

    The word is an entry of the journal and cannot be taken back; what the bank shows later still outranks it. Said
    "not-done" of a refund that was made, it lets your program make it a second time.

    Example: bank131 flow resolve ps_1001 --intent 5f0c --as done --note "seen in the dashboard, ticket 12"

    Parameters
    ----------
    session_id
        The id that the bank gave, or @init:INTENT.
    intent
        The id of the command, as flow show and flow list print it.
    as_
        What you have found.
    note
        Why, for whoever reads the journal later.
    session
        Of an init that was done: the session that it made.
    """
    import asyncio

    facts = asyncio.run(_resolve(session_id, intent, as_ == "done", note, session, yes))
    show(facts, f"written: {facts['command']} {intent} of {session_id} is {as_}", as_json=as_json)


async def _resolve(
    stream: str, intent_id: str, done: bool, note: str, session_id: str | None, yes: bool
) -> dict[str, object]:
    from bank131_async.cli.flow.journal import opened_journal
    from bank131_async.flow import Audit

    async with opened_journal() as journal:
        audit = Audit.of(journal)
        intent = audit.doubt(stream, (await audit.show(stream)).facts, intent_id)
        if not yes:
            _ask(f"{intent.command} {intent_id} of {stream} was {'done' if done else 'not done'}")
        facts = await audit.resolve(stream, intent_id, done=done, note=note, session_id=session_id)
        state = facts.intent(intent_id).state
        return {"stream": stream, "intent": intent_id, "command": intent.command.value, "state": state}


def _ask(what: str) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfigurationError("this cannot be taken back and there is no terminal to ask; give --yes")
    print(f"Write into the journal that {what}? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise ConfigurationError("nothing was written")
