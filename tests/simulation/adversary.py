"""The adversary: strikes where the plan says, counts what it did, and stops when calm begins."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from bank131_async.sandbox import OutgoingWebhook
from tests.simulation.edge import Call
from tests.simulation.loop import Computer
from tests.simulation.plan import HOSTS, Fault, Plan

if TYPE_CHECKING:
    from tests.simulation.world import World


class Adversary:
    """``injected`` counts the faults that really happened, by what they are."""

    def __init__(self, plan: Plan) -> None:
        self.injected: Counter[str] = Counter()
        self.burns_on_5xx = plan.burns_on_5xx
        self.is_active = True
        self._plan = plan
        self._requests = {(one.where, one.nth): one for one in plan.faults if one.kind == "request"}
        self._webhooks = {one.nth: one for one in plan.faults if one.kind == "webhook"}
        self._seen: Counter[str] = Counter()
        self._told = 0
        self._world: World | None = None

    def on_request(self, call: Call) -> str | None:
        """What becomes of a request."""
        self._seen[call.name] += 1
        fault = self._requests.get((call.name, self._seen[call.name]))
        if fault is None or not self.is_active or (fault.what == "burnt" and call.name == "status"):
            return None
        self._note(fault, f"{call.method} {call.session_id}")
        return fault.what

    def on_webhook(self, webhook: OutgoingWebhook) -> tuple[str | None, float]:
        """What becomes of a webhook: its fate, and how late it is."""
        self._told += 1
        fault = self._webhooks.get(self._told)
        if fault is None or not self.is_active:
            return None, 0.0
        self._note(fault, f"{webhook.type} {webhook.session_id}")
        return fault.what, fault.for_s

    def arm(self, world: World) -> None:
        """Set every fault that a time or a step decides."""
        self._world = world
        loop = asyncio.get_running_loop()
        for fault in self._plan.faults:
            if fault.kind == "computer":
                self._aim(fault)
            elif fault.kind in ("window", "bank", "sleep"):
                loop.call_at(fault.at_s, self._strike, fault)

    def _aim(self, fault: Fault) -> None:
        assert self._world is not None
        computer = self._world.hosts[fault.where].computer
        if computer.at_step is None:  # one at a time
            computer.at_step, computer.then = fault.nth, lambda struck: self._hit(fault, struck)

    def _hit(self, fault: Fault, computer: Computer) -> None:
        world = self._world
        if world is None or not self.is_active or computer.is_dead:
            return
        self._note(fault, computer.name)
        loop = world.loop
        if fault.what == "kill":
            world.kill(computer.name)
            loop.call_later(fault.for_s, world.restart, computer.name, context=world.outside)
        elif not computer.stands_still:
            computer.freeze()
            loop.call_later(fault.for_s, computer.thaw, loop, context=world.outside)

    def _strike(self, fault: Fault) -> None:
        world = self._world
        if world is None or not self.is_active:
            return
        self._note(fault, fault.where)
        names = HOSTS if fault.where == "all" else (fault.where,)
        if fault.kind == "bank":
            world.people.act(fault.what, fault.where, int(fault.for_s))
        elif fault.kind == "sleep":
            for name in names:
                world.kill(name)
                world.loop.call_later(fault.for_s, world.restart, name, context=world.outside)
        else:
            for name in names:
                self._window(world, fault, name)

    def _window(self, world: World, fault: Fault, name: str) -> None:
        host = world.hosts[name]
        match fault.what:
            case "store down":
                host.link.is_down = True
                world.later(fault.for_s, lambda: setattr(host.link, "is_down", False))
            case "store lies":
                host.link.lies = 1
            case "hints lost":
                host.link.hears_hints = False
                world.later(fault.for_s, lambda: setattr(host.link, "hears_hints", True))
            case "bank unreachable":
                world.cut_off.add(name)
                world.later(fault.for_s, lambda: world.cut_off.discard(name))
            case "connections reset":
                world.network.cut(host.computer)
            case "stall":
                world.network.stalled_until[name] = world.loop.time() + fault.for_s
            case _:
                world.skew_s[name] += fault.for_s * (1 if fault.nth % 2 else -1)

    def _note(self, fault: Fault, about: str) -> None:
        self.injected[fault.what] += 1
        assert self._world is not None
        self._world.log(f"! {fault.what}", about)
