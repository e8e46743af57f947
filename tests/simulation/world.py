"""One run of one plan: builds the world, lets it live, calms it, and judges the end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from bank131_async.core import signing
from bank131_async.core.machine import MachineSettings
from bank131_async.core.signing import Verifier
from bank131_async.errors import (
    AnswerLostError,
    Bank131Error,
    BankRefusedError,
    CommandInDoubtError,
    FlowAbandonedError,
    NotSentError,
    StoreUnavailableError,
)
from bank131_async.flow import PaymentFlow
from bank131_async.flow.flow import AnyFlow
from bank131_async.sandbox import SandboxBank, SandboxKeys
from tests.simulation.adversary import Adversary
from tests.simulation.edge import MERCHANT_URL, Edge
from tests.simulation.loop import SimLoop, context_of
from tests.simulation.merchant import Caller, Host
from tests.simulation.network import Network
from tests.simulation.payouts import PayoutQueue
from tests.simulation.people import People
from tests.simulation.plan import HOSTS, AnyStory, Plan, Story
from tests.simulation.quiescence import is_settled, judge
from tests.simulation.referee import Referee
from tests.simulation.store import SharedStore
from tests.support.virtual import EPOCH

S = TypeVar("S", bound=AnyStory)
HOUR_S = 3600.0
#: Shorter than in life, in proportion: a run has to reach every horizon.
MACHINE = MachineSettings(
    settle_interval_s=20.0,
    idempotency_key_lifetime_s=600.0,
    created_limit_s=HOUR_S,
    in_progress_limit_s=2 * HOUR_S,
    action_limit_s=900.0,
    confirm_limit_s=1800.0,
    hold_limit_s=HOUR_S,
    unknown_limit_s=2 * HOUR_S,
    horizon_grace_s=HOUR_S / 2,
)


@cache
def small_keys() -> tuple[SandboxKeys, Verifier]:
    """Keys of 1024 bits, made once: signing would be most of a run otherwise."""
    keys = SandboxKeys.from_pems(signing.new_private_key_pem(1024), signing.new_private_key_pem(1024))
    return keys, Verifier.from_pem(keys.bank_public_pem)


class World:
    """Everything of one run."""

    def __init__(self, plan: Plan, loop: SimLoop, machine: MachineSettings = MACHINE) -> None:
        self.plan = plan
        self.loop = loop
        self.machine = machine
        self.keys, self.verifier = small_keys()
        self.outside = context_of(None)
        self.skew_s = dict(plan.skew_s)
        self.timeline: list[tuple[float, str, str]] = []
        self.broken = asyncio.Event()
        self.is_calm = False
        self.is_over = False
        self.cut_off: set[str] = set()
        self.sessions: dict[str, str] = {}
        self.network = Network(loop, str(plan.seed))
        self.network.route = self._route
        self.network.refuses = lambda computer: self.is_over or (computer is not None and computer.name in self.cut_off)
        self.bank = self._bank()
        self.store = SharedStore(self.bank.project.id, lambda: self._time("store"))
        self.adversary = Adversary(plan)
        self.people = People(self)
        self.queue = PayoutQueue(self)
        self.referee = Referee(self)
        self.store.watchers.append(self.referee.appended)
        self.edge = Edge(self.bank, self.adversary, self.referee)
        self.hosts: dict[str, Host] = {}
        self.graves: list[Host] = []
        self.callers: list[Caller] = []
        self.excuses: list[str] = []
        self._chance = random.Random(f"{plan.seed} world")
        self.calm_at = 0.0
        self._begun: set[tuple[str, int]] = set()
        self._refunds: dict[str, tuple[str, int]] = {}

    def living_callers(self) -> list[Caller]:
        """Who waits for an answer on a process that runs."""
        return [one for one in self.callers if self.hosts[one.host].life == one.life]

    def store_now(self) -> datetime:
        """The store's time."""
        return self._time("store")

    def excuse(self, reason: str) -> None:
        """A flow is listed for a reason that the design allows."""
        self.excuses.append(reason)
        self.log("listed", reason)

    def log(self, what: str, about: str) -> None:
        """One line of the timeline."""
        if not self.is_over:
            self.timeline.append((self.loop.time(), what, about))

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do it then, on nobody's computer."""
        self.loop.call_later(seconds, action, context=self.outside)

    def _time(self, whose: str) -> datetime:
        return EPOCH + timedelta(seconds=self.loop.time() + self.skew_s[whose])

    def _bank(self) -> SandboxBank:
        counter = iter(range(1, 1_000_000))
        return SandboxBank(
            self.keys,
            clock=lambda: self._time("bank"),
            new_secret=lambda: f"secret-{next(counter)}",
            webhook_url=MERCHANT_URL,
            **self.plan.switches,
        )

    def _route(self, host: str, port: int) -> tuple[str, int] | None:
        if port != 9000:
            return host, port
        alive = [name for name in HOSTS[:2] if not self.hosts[name].computer.is_dead]
        return (self._chance.choice(alive), 80) if alive else None

    # -- processes ----------------------------------------------------------------------------------------------------

    def boot(self, name: str, life: int = 1) -> None:
        """Start a process."""
        host = self.hosts[name] = Host(self, name, life)
        program = host.serve() if name.startswith("web") else host.work()
        self.loop.start_on(host.computer, program, "main")

    def kill(self, name: str) -> None:
        """The power fails."""
        host = self.hosts[name]
        if not host.computer.is_dead:
            host.computer.is_dead = True
            self.network.died(host.computer)
            self.graves.append(host)

    def restart(self, name: str) -> None:
        """The process is started again; what people were doing there they do again."""
        dead = self.hosts[name]
        if not dead.computer.is_dead or self.is_over:
            return
        self.log("restart", name)
        self.boot(name, dead.life + 1)
        for caller in [one for one in self.callers if one.host == name and one.life == dead.life]:
            if not caller.task.done():
                self._again(caller)

    def _again(self, caller: Caller) -> None:
        self.callers.remove(caller)
        if self.queue.takes_back(caller):
            return
        story = next(one for one in self.plan.stories if one.order == caller.order)
        what, _, place = caller.what.partition(" ")
        if what == "checkout" and story.comes_back:
            self.call(caller.host, "checkout", story, self._checkout)
        elif what == "refund":
            self.call(caller.host, caller.what, story, self._refunding(int(place)))

    def call(self, host: str, what: str, story: S, work: Callable[[Host, S], Coroutine[Any, Any, object]]) -> None:
        """Somebody calls the merchant's program on a process, and awaits its answer."""
        where = self.hosts[host]
        if self.is_over:
            return
        if where.computer.is_dead:
            self.later(5.0, lambda: self.call(host, what, story, work))
            return
        task = self.loop.start_on(where.computer, work(where, story), f"{what} {story.order}")
        self.callers.append(Caller(what, story.order, host, where.life, task))
        task.add_done_callback(lambda done: self._answered(what, story.order, done), context=self.outside)

    def _answered(self, what: str, order: str, task: asyncio.Task[object]) -> None:
        if self.is_over or task.cancelled():
            return
        error = task.exception()
        self.log("answer", f"{what} {order}: {type(error or task.result()).__name__}")
        if error is not None and not isinstance(error, Bank131Error):
            self.referee.fail(f"{what} of {order} ended with {error!r}")

    # -- what people do with the merchant's program -------------------------------------------------------------------

    async def _checkout(self, host: Host, story: Story) -> object:
        while True:
            try:
                return await host.checkout(story)
            except (NotSentError, AnswerLostError, StoreUnavailableError, BankRefusedError) as error:
                self.log("shop", f"{story.order} tries again after {type(error).__name__}")
                await asyncio.sleep(7.0)

    def _refunding(self, place: int) -> Callable[[Host, Story], Coroutine[Any, Any, object]]:
        async def job(host: Host, story: Story) -> object:
            decided = story.refunds[place]
            if not await self.is_open(story):
                return "never opened"
            for attempt in range(9):
                if decided.name is None and (story.order, place) in self._begun:
                    return "not repeated: it has no name"
                try:
                    return await host.pay_back(story, self.sessions[story.order], place)
                except FlowAbandonedError:
                    return "abandoned"
                except (CommandInDoubtError, StoreUnavailableError, NotSentError, AnswerLostError):
                    await asyncio.sleep(20.0 + attempt * 40.0)
                except Bank131Error:
                    if attempt > 2:
                        raise
                    await asyncio.sleep(45.0)
            return "given up"

        return job

    async def is_open(self, story: AnyStory) -> bool:
        """Wait for the shop to have the session; a payer who has gone away opens none."""
        while story.order not in self.sessions:
            if self.is_calm and self.loop.time() > self.calm_at + 120.0:
                return False
            await asyncio.sleep(3.0)
        return True

    def began(self, story: Story, place: int) -> None:
        """An unnamed refund is asked for: it is never asked for again."""
        self._begun.add((story.order, place))
        self.referee.unnamed[story.order, story.refunds[place].amount] += 1

    def opened(self, story: AnyStory, session_id: str) -> None:
        """The shop's own database knows the session now."""
        known = self.sessions.setdefault(story.order, session_id)
        if known != session_id:
            self.referee.fail(f"{story.order} was opened as {known} and as {session_id}")

    def consents(self, story: Story, flow: PaymentFlow, attempt: str | None) -> bool:
        """The merchant's decision about an attempt, by its place."""
        session = self.bank.session(flow.session_id)
        name = flow.facts.named(attempt)
        places = [place for place, one in enumerate(session.attempts) if one.id == name]
        return story.consents[places[0] if places else len(session.attempts) - 1]

    # -- what the SDK says has been done ------------------------------------------------------------------------------

    def claim(self, name: str, flow: AnyFlow, attempt: str | None) -> None:
        """A command has returned without an error: the bank must have accepted it."""
        wanted = flow.facts.named(attempt)
        done = [
            one
            for one in self.referee.effects
            if one.method == name and one.session_id == flow.session_id and wanted in (None, one.attempt)
        ]
        if not done:
            self.referee.fail(f"{name} of {flow.session_id} {wanted} returned, and the bank has not done it")

    def claim_refund(self, flow: PaymentFlow, intent_id: str, story: Story, place: int) -> None:
        """A refund has returned: the bank must have made it, it must be this one, and nobody else's."""
        decided = story.refunds[place]
        owner = self._refunds.setdefault(intent_id, (story.order, place))
        if owner != (story.order, place):
            self.referee.fail(f"refund {decided.name} of {flow.session_id} is another decision's refund")
        keys = {key for key, intended in self.referee.intents.items() if intended.intent == intent_id}
        made = [one.refund_id for one in self.referee.effects if one.key in keys]
        taken = flow.facts.intent(intent_id).refund_id
        if taken in self.people.made and not self.plan.switches["refund_metadata_echoed"]:
            self.excuse("a refund by hand that nothing tells from ours")
        elif not made:
            self.referee.fail(f"refund {decided.name} of {flow.session_id} returned, and the bank has not made it")
        elif taken is not None and taken not in made:
            self.referee.fail(f"refund {decided.name} of {flow.session_id} is taken for {taken}, it is {made}")

    def told(self, flow: AnyFlow, outcome: object) -> None:
        """``await flow`` has returned."""
        self.log("told", f"{flow.session_id} {type(outcome).__name__}")

    # -- the run ------------------------------------------------------------------------------------------------------

    async def live(self) -> None:
        """From the first morning to the last judgement."""
        await self.edge.start()
        self.bank.subscribe(self.people.look)
        for name in HOSTS:
            self.boot(name)
        self.adversary.arm(self)
        for story in self.plan.stories:
            self._tell(story)
        self.queue.open()
        await self._pass(self.plan.adversary_s)
        self._calm()
        for pause_s in (60.0, 240.0, 600.0, 900.0, *[HOUR_S / 2] * 10):
            await self._pass(pause_s)
            if self.broken.is_set() or is_settled(self):
                break
        if not self.broken.is_set():
            judge(self)

    def _tell(self, story: Story) -> None:
        self.later(story.at_s, lambda: self.call(story.host, "checkout", story, self._checkout))
        for place in range(len(story.refunds)):
            host = HOSTS[2 + place % 2]
            work = self._refunding(place)
            self.later(story.at_s, lambda host=host, place=place, work=work: self.call(
                host, f"refund {place}", story, work
            ))  # fmt: skip
        waits = self._chance.choice(HOSTS)
        self.later(story.at_s + 2.0, lambda: self.call(waits, "wait", story, self._wait))

    async def _wait(self, host: Host, story: Story) -> object:
        if not await self.is_open(story):
            return "never opened"
        while True:
            try:
                return await host.wait(self.sessions[story.order])
            except (StoreUnavailableError, BankRefusedError):
                await asyncio.sleep(5.0)

    async def _pass(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.broken.wait()
        except TimeoutError:
            return

    def _calm(self) -> None:
        """The adversary stops: everything works from now on, and everybody is there."""
        self.log("calm", "")
        self.is_calm, self.calm_at = True, self.loop.time()
        self.adversary.is_active = False
        self.cut_off.clear()
        self.network.stalled_until.clear()
        for name in HOSTS:
            host = self.hosts[name]
            host.link.is_down, host.link.hears_hints, host.link.lies = False, True, 0
            host.computer.at_step = None
            if host.computer.is_dead:
                self.restart(name)
            elif host.computer.stands_still:
                host.computer.thaw(self.loop)

    async def end(self) -> None:
        """Clear up, without a word: the dead come back only to be laid to rest."""
        self.is_over = True
        self.store.watchers.clear()
        await self.edge.aclose()
        for host in (*self.graves, *self.hosts.values()):
            host.link.is_down = True
            host.computer.is_dead = False
            host.computer.at_step = None
            host.computer.thaw(self.loop)
        mine = asyncio.current_task()
        for _ in range(4):
            tasks = asyncio.all_tasks() - {mine}
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks, timeout=1.0)
        for host in (*self.graves, *self.hosts.values()):
            with suppress(TimeoutError):  # a connection to the dead is never closed at the other end
                await asyncio.wait_for(host.http.close(), 1.0)
