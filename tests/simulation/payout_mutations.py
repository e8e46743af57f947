"""Mistakes about payouts, which the simulation has to find as well: each breaks "at most as often as decided"."""

from __future__ import annotations

import sys
from typing import Any

import attrs

from bank131_async.core.machine import Command
from bank131_async.flow import Confirm, PayoutFlow
from bank131_async.flow.payouts import Payouts
from bank131_async.flow.recorder import Recorder
from bank131_async.flow.turn import Turns
from tests.simulation.mutations import Mutation, swapped
from tests.simulation.plan import HOSTS, Weights

inits = sys.modules["bank131_async.flow.inits"]
_DELIVERED_TWICE = {
    "decided": "pay", "ending": "4242", "by_init": False, "mistaken": False, "returned": None,
    "deliveries": ((HOSTS[0], 0.0), (HOSTS[3], 1.0), (HOSTS[1], 60.0)),
}  # fmt: skip
_CALM = {"request": 0.2, "webhook": 0.5, "computer": 0.5, "window": 0.5, "bank": 0.0, "sleep": 0.0}


def the_order_is_a_label() -> Any:
    real = Recorder.index_of

    def index_of(self: Any, record: Any, *rest: Any, **more: Any) -> Any:
        index = real(self, record, *rest, **more)
        return attrs.evolve(index, order=None) if index.kind == "payout" else index

    return swapped((Recorder, "index_of", index_of))


def a_lost_init_is_begun_anew() -> Any:
    def came_to_nothing(stream: Any) -> bool:
        return bool(stream.facts.intents) and stream.facts.intents[-1].state in ("refused", "not_done", "lost")

    return swapped((inits, "_came_to_nothing", came_to_nothing))


def an_unanswered_start_is_opened_anew() -> Any:
    real = Payouts.create

    async def create(self: Payouts, *, order: str, **more: Any) -> PayoutFlow:
        flow = await real(self, order=order, **more)
        intent = flow.facts.open_intent
        if intent is not None and intent.command is Command.start:
            return await real(self, order=f"{order} again", **more)
        return flow

    return swapped((Payouts, "create", create))


def payouts_need_no_policy() -> Any:
    real = Turns._decision

    async def decision(self: Turns, flow: Any, step: Any) -> Any:
        decided = await real(self, flow, step)
        return Confirm() if isinstance(flow, PayoutFlow) and decided is not None else decided

    return swapped((Turns, "_decision", decision))


PAYOUT_MUTATIONS = (
    Mutation(
        "the order is a label", "a redelivered order returns the first one's flow", the_order_is_a_label,
        Weights(kinds=_CALM, payout=_DELIVERED_TWICE),
    ),
    Mutation(
        "a lost init is begun anew", "a lost init is never sent under a new key by itself", a_lost_init_is_begun_anew,
        Weights(
            kinds=_CALM, requests=("reset after", "doubted", "stuck answer", "burnt"),
            payout={**_DELIVERED_TWICE, "by_init": True},
        ),
        150,
    ),
    Mutation(
        "an unanswered start is opened anew", "a start that got lost stays this decision's only one",
        an_unanswered_start_is_opened_anew,
        Weights(kinds=_CALM, requests=("doubted", "stuck answer", "slow answer"), payout=_DELIVERED_TWICE),
    ),
    Mutation(
        "payouts need no policy", "run confirms payouts only if the policy says so", payouts_need_no_policy,
        Weights(payout={"decided": "withdraw"}),
    ),
)  # fmt: skip
