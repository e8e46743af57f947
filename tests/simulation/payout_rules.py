"""The rules of payouts: the bank's ledger against the merchant's queue, all the time and at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bank131_async.core.machine import fold
from tests.simulation.plan import PayoutStory

if TYPE_CHECKING:
    from tests.simulation.world import World


def check_payout(world: World, story: PayoutStory) -> None:
    """Paid out at most once, at most the sum, and only if that was decided; never once a cancel was accepted."""
    fail, sessions = world.referee.fail, world.referee.sessions_of(story.order)
    names = {one.id for one in sessions}
    effects = [one for one in world.referee.effects if one.session_id in names]
    methods = [one.method for one in effects]
    started = sum(len(one.attempts) for one in sessions)
    if started > (2 if story.multi else 1) or sum(bool(one.attempts) for one in sessions) > 1:
        fail(f"{story.order} was started {started} times")
    if started and story.decided in ("call off", "open"):
        fail(f"{story.order} was started and the merchant had decided otherwise")
    if methods.count("confirm") > (story.decided == "pay"):
        fail(f"{story.order} was confirmed more often than the merchant had decided")
    if "cancel" in methods and story.decided in ("pay", "open"):
        fail(f"{story.order} was cancelled and the merchant had decided otherwise")
    moved = [entry.amount for entry in world.bank.wallet().entries if entry.session_id in names]
    out = [-amount for amount in moved if amount < 0]
    if len(out) > 1 or sum(out) > story.amount:
        fail(f"{story.order}: {out} paid out, {story.amount} decided")
    if out and "cancel" in methods:
        fail(f"{story.order} was paid out although a cancel had been accepted")


def judge_payout(world: World, story: PayoutStory) -> None:
    """What was decided has been tried, unless it is listed why not."""
    if story.decided != "pay" or any(one.attempts for one in world.referee.sessions_of(story.order)):
        return
    for name, entries in world.store.streams().items():
        facts = fold(entries, world.machine)
        if facts.order == story.order and name.startswith("@init:") and facts.open_intent is not None:
            world.excuse("an init in doubt")
            return
        if facts.order == story.order and facts.card_needed:
            world.excuse("a start whose card is gone")
            return
    world.referee.fail(f"{story.order} was decided, and nobody has tried to pay it out")
