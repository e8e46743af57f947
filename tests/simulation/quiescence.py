"""The last judgement: once the adversary has stopped and time has passed, is everything as it should be?

Every flow equals the bank's state, or is listed for a reason that the design allows; everybody who waits has an answer.
The reasons that occurred are kept with the result, so that nobody has to believe that they are rare.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bank131_async.core.machine import Facts, IntentFacts, Phase, fold
from bank131_async.sandbox.session import Attempt, Session, Stage
from tests.simulation.payout_rules import judge_payout
from tests.simulation.referee import INITS
from tests.support.virtual import EPOCH

if TYPE_CHECKING:
    from tests.simulation.world import World

#: Within this time after the adversary has stopped, a living merchant carries every decision out.
_SOON_S = 900.0


def is_settled(world: World) -> bool:
    """Nothing is going on any more."""
    if any(not caller.task.done() for caller in world.living_callers()):
        return False
    now = world.store_now()
    return not any(notes.facts.is_unfinished(world.machine, now) for notes in world.referee.streams.values())


def judge(world: World) -> None:
    """Compare everything with the bank; what differs without a good reason is a violation."""
    for caller in world.living_callers():
        if not caller.task.done():
            world.referee.fail(f"{caller.what} of {caller.order} on {caller.host} has no answer")
    for session_id in list(world.referee.orders):
        session, notes = world.bank.session(session_id), world.referee.streams.get(session_id)
        if notes is None or not notes.facts.opened:
            if session.attempts:
                _judge_lost_init(world, session)
            continue
        _judge_flow(world, session, notes.facts)
        _judge_refunds(world, session, notes.facts)
        _judge_limits(world, session, notes.facts)
    for story in world.plan.payouts:
        judge_payout(world, story)


def _judge_lost_init(world: World, session: Session) -> None:
    """The bank has a payment that no flow knows: its init must be listed as in doubt."""
    made = {one.key for one in world.referee.effects if one.session_id == session.id and one.method in INITS}
    for name, entries in world.store.streams().items():
        intents = fold(entries, world.machine).intents if name.startswith("@init:") else ()
        if any(intent.key in made and intent.is_open for intent in intents):
            world.excuse("an init in doubt")
            return
    world.referee.fail(f"{session.id} was started and nobody has opened it")


def _judge_flow(world: World, session: Session, facts: Facts) -> None:
    if facts.conflict:
        world.referee.fail(f"{session.id}: a conflict where the bank has none: {facts.conflict}")
    intent = facts.open_intent
    if intent is not None:
        _judge_doubt(world, session, intent)
    paid = any(one.stage is Stage.SUCCEEDED for one in session.attempts)
    if paid and not facts.has_succeeded:
        world.referee.fail(f"{session.id}: paid, and the flow is in {facts.phase.value}")
    elif session.multi and session.ending == "error" and facts.is_abandoned(world.machine, world.store_now()):
        world.excuse("a session of several operations in error that does not tell of each")
    elif not paid and session.ending is not None and (facts.outcome is None or facts.has_succeeded):
        world.referee.fail(f"{session.id}: {session.ending}, and the flow is in {facts.phase.value}")
    elif not paid and session.ending is None:
        _judge_open_end(world, session, facts)


def _judge_open_end(world: World, session: Session, facts: Facts) -> None:
    """The bank has not come to an end."""
    last = session.last
    if not facts.is_abandoned(world.machine, world.store_now()):
        world.referee.fail(f"{session.id}: {session.status} without an end, and the flow is not given up")
    elif last is None and facts.phase is Phase.CREATED:
        world.excuse("a start whose card is gone" if facts.card_needed else "an abandoned basket")
    elif last is not None and last.stage is Stage.UNKNOWN and facts.phase is Phase.OUTCOME_UNKNOWN:
        world.excuse("the bank itself never decides")
    elif last is not None and last.stage is Stage.FAILED:
        world.excuse("a failed attempt in a session left open")
    else:
        world.referee.fail(f"{session.id}: {session.status} for ever, and the flow is in {facts.phase.value}")


def _judge_doubt(world: World, session: Session, intent: IntentFacts) -> None:
    age_s = (world.store_now() - intent.at).total_seconds()
    if not intent.command.is_additive:
        world.referee.fail(f"{session.id}: {intent.command} is {intent.state} for ever")
    elif intent.key_used:
        world.excuse("an additive command whose key is burnt")
    elif intent.code is not None:
        world.excuse("an additive command refused after a loss")
    elif age_s >= world.machine.idempotency_key_lifetime_s:
        world.excuse("an additive command whose key has expired")
    else:
        world.referee.fail(f"{session.id}: {intent.command} is {intent.state} and not looked after")


def _judge_refunds(world: World, session: Session, facts: Facts) -> None:
    """Our own refunds are known, each with the status that the bank shows, and whatever a webhook told of."""
    if world.referee.streams[session.id].came_back and not facts.refunds:
        world.referee.fail(f"{session.id}: money came back, a webhook told so, and no refund is known")
    ours = {one.refund_id for one in world.referee.effects if one.session_id == session.id and one.refund_id}
    for attempt in session.attempts:
        for refund in attempt.refunds:
            known = facts.refund(refund.id)
            if refund.id in ours and (known is None or str(known.status) != refund.status):
                world.referee.fail(f"{session.id}: refund {refund.id} is {refund.status}, known as {known}")


def _judge_limits(world: World, session: Session, facts: Facts) -> None:
    """A payment that waited for the merchant in calm times must not end by a time limit."""
    for attempt in session.attempts:
        code = attempt.error[0] if attempt.error is not None else (session.error or ("",))[0]
        if code not in ("confirm_timeout", "capture_timeout") or attempt.finished_at is None:
            continue
        if _in_calm(world, attempt.finished_at):
            _judge_limit(world, session, facts, attempt, code)


def _judge_limit(world: World, session: Session, facts: Facts, attempt: Attempt, code: str) -> None:
    notes = world.referee.streams[session.id]
    shown = world.plan.switches["next_action_in_held_status"]
    if code == "capture_timeout" and not shown and not notes.held_by_type:
        world.excuse("a hold that neither webhook nor status names")
    elif attempt.finished_at is not None and notes.opened_at >= _moment(world, attempt.finished_at):
        world.excuse("an init in doubt, which nothing had linked by then")
    elif any(intent.is_open for intent in facts.intents):
        world.excuse("a command in doubt stood in the way")
    else:
        world.referee.fail(f"{session.id}: {attempt.id} ended by {code} although the merchant was there")


def _in_calm(world: World, moment: datetime) -> bool:
    return _moment(world, moment) - world.calm_at > _SOON_S


def _moment(world: World, told: datetime) -> float:
    """A time of the bank's on the world's own clock."""
    return (told - EPOCH).total_seconds() - world.skew_s["bank"]
