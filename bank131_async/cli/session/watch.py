"""``bank131 session watch``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bank131_async.cli.options import Json, show
from bank131_async.cli.session.attach import attach

if TYPE_CHECKING:
    from bank131_async.core.machine import FlowStep, Outcome
    from bank131_async.core.models import Amount

    News = tuple[dict[str, object], Amount | None]


def watch(session_id: str, /, *, timeout: float | None = None, as_json: Json = False) -> None:
    """Watch a payment or payout until it ends; prints each step that somebody has to take. Asks the bank now and then.

    Exit status 0 if it succeeded, else 1.

    Example: bank131 session watch ps_1001 --timeout 600

    Parameters
    ----------
    session_id
        The id that the bank gave.
    timeout
        Give up watching after so many seconds.
    """
    import asyncio

    sys.exit(asyncio.run(_watch(session_id, timeout, as_json=as_json)))


async def _watch(session_id: str, timeout: float | None, *, as_json: bool) -> int:
    import asyncio

    from bank131_async.cli.connect import opened_client, read_config
    from bank131_async.core.machine import Succeeded
    from bank131_async.errors import FlowTimeoutError
    from bank131_async.flow import FlowSettings, PollSchedule

    # Somebody looks on: ask more often than a program that also gets webhooks.
    polling = PollSchedule(first_s=1.0, share=0.2, max_s=30.0)
    async with opened_client(read_config(), settings=FlowSettings(polling=polling)) as client:
        flow = await attach(client, session_id)
        try:
            async with asyncio.timeout(timeout):
                await flow.refresh()
                async for step in flow:
                    _tell(session_id, _step(step), as_json=as_json)
                outcome = await flow.settled()
        except TimeoutError as error:
            raise FlowTimeoutError(f"no end within {timeout:g} s", session_id=session_id) from error
    _tell(session_id, _outcome(outcome), as_json=as_json)
    return 0 if isinstance(outcome, Succeeded) else 1


def _tell(session_id: str, news: News, *, as_json: bool) -> None:
    facts, amount = news
    money = {"amount": amount and amount.amount, "currency": amount and amount.currency}
    shown = [str(value) for value in (session_id, *facts.values(), amount) if value is not None]
    show({"session_id": session_id, **facts, **money}, "  ".join(shown), as_json=as_json)


def _step(step: FlowStep) -> News:
    from bank131_async.core.machine import ActionRequired, AttemptFailed, ReadyToCapture, ReadyToConfirm

    match step:
        case ReadyToConfirm():
            return {"event": "ready_to_confirm", "attempt": step.attempt}, step.amount
        case ReadyToCapture():
            return {"event": "ready_to_capture", "attempt": step.attempt}, step.amount
        case ActionRequired():
            return {"event": "action_required", "attempt": step.attempt, "handled_by": step.handled_by}, None
        case AttemptFailed():
            return {"event": "attempt_failed", "attempt": step.attempt, "code": step.error and step.error.code}, None
        case _:
            return {"event": "outcome_unknown", "attempt": step.attempt}, None


def _outcome(outcome: Outcome) -> News:
    from bank131_async.core.machine import Failed, Succeeded

    match outcome:
        case Succeeded():
            return {"event": "succeeded"}, None if outcome.payment is None else outcome.payment.amount_details
        case Failed():
            return {"event": "failed", "code": outcome.error and outcome.error.code}, None
        case _:
            return {"event": "cancelled", "by": outcome.by}, None
