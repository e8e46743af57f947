"""The merchant's processes: web servers with checkouts and webhooks, workers with policies and a queue of refunds."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import attrs
from aiohttp import web

from bank131_async.client import Bank131Config
from bank131_async.core.machine import ActionRequired, Phase, ReadyToCapture, ReadyToConfirm, Succeeded
from bank131_async.core.models import Amount, JsonValue
from bank131_async.core.retry import RetryPolicy
from bank131_async.core.wire import HttpRequest, HttpResponse
from bank131_async.errors import (
    BankRefusedError,
    CardNeededError,
    CommandInDoubtError,
    CommandNotAllowedError,
    ConflictError,
    OutcomeUnknownError,
)
from bank131_async.flow import (
    Bank131Client,
    Cancel,
    Capture,
    Confirm,
    FlowSettings,
    Later,
    MultiFlow,
    PaymentFlow,
    PayoutFlow,
    Policy,
    PollSchedule,
)
from bank131_async.flow.clock import SystemClock
from bank131_async.flow.flow import AnyFlow
from bank131_async.integrations.aiohttp import webhook_handler
from bank131_async.transport import AiohttpTransport, Timeout
from tests.simulation.edge import BANK, Call
from tests.simulation.loop import Computer
from tests.simulation.network import client_session
from tests.simulation.plan import Story
from tests.simulation.store import StoreLink
from tests.support.merchant import BUYER, card
from tests.support.virtual import EPOCH

if TYPE_CHECKING:
    from tests.simulation.world import World


class _Clock(SystemClock):
    """The computer's own clock, which may be wrong; countable ids; chance by seed."""

    def __init__(self, world: World, name: str, life: int) -> None:
        self._world = world
        self._name = name
        self._life = life
        self._ids = 0
        self._chance = random.Random(f"{world.plan.seed} {name} {life}")

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self._world.loop.time() + self._world.skew_s[self._name])

    def new_id(self) -> str:
        self._ids += 1
        return f"{self._name}-{self._life}-{self._ids}"

    def jitter(self) -> float:
        return self._chance.random()


class _Signer:
    """The merchant's key, as a key service: signing time is no time here."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def sign(self, data: bytes) -> str:
        return self._world.keys.merchant.sign(data)


class _Watched(AiohttpTransport):
    """The real transport; the referee sees what leaves."""

    world: World

    async def send(self, request: HttpRequest, *, timeout: Timeout | None = None) -> HttpResponse:
        key = request.headers.get("X-PARTNER-IDEMPOTENCY-KEY", "")
        self.world.referee.leaves(Call(request.url.split("/", 5)[5], key, request.body, None))
        return await super().send(request, timeout=timeout)


@attrs.define(eq=False)
class Caller:
    """Somebody who awaits an answer of the SDK."""

    what: str
    order: str
    host: str
    life: int
    task: asyncio.Task[object]


class Host:
    """One process: a computer, a client, and what runs on it. ``life`` counts its restarts."""

    def __init__(self, world: World, name: str, life: int) -> None:
        self.name = name
        self.life = life
        self.computer = Computer(name)
        self.link = StoreLink(world.store, f"{world.plan.seed} {name} {life}")
        self._world = world
        self.http = client_session()
        transport = _Watched(self.http, timeout=Timeout())
        transport.world = world
        config = Bank131Config(
            project_id=world.bank.project.id,
            private_key=_Signer(world),
            bank_public_keys=world.verifier,
            server=f"http://{BANK[0]}:{BANK[1]}",
            retry=RetryPolicy(attempts=2, first_pause_s=0.0),
        )
        settings = FlowSettings(
            machine=world.machine, polling=PollSchedule(max_s=900.0), worker_pause_s=60.0, settle_timeout_s=30.0
        )
        self.client = Bank131Client(
            config, store=self.link, settings=settings, transport=transport, clock=_Clock(world, name, life)
        )

    async def serve(self) -> None:
        """A web process: takes the bank's webhooks until the end."""
        application = web.Application()
        application.router.add_post("/webhooks/bank131", webhook_handler(self.client))
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, self.name, 80).start()
        await asyncio.Event().wait()

    async def work(self) -> None:
        """A worker process."""
        await self.client.payments.run(Decisions(self._world))

    # -- what the merchant's program does for one order ---------------------------------------------------------------

    async def checkout(self, story: Story) -> object:
        """Open, start, and stay with the payer until the end. Safe to repeat, as a web handler has to be."""
        flow = await self._open(story)
        self._world.opened(story, flow.session_id)
        if not story.starts:
            return None
        await self._start(story, flow, 0)
        async for step in flow:
            match step:
                case ReadyToConfirm(attempt=attempt) if "web" in story.drivers:
                    await self._judge(story, flow, attempt)
                case ReadyToCapture(attempt=attempt) if "web" in story.drivers:
                    await self._take(story, flow, attempt)
                case _:
                    pass
            failed = [one for one in flow.facts.attempts if one.failed]
            if failed and len(failed) == len(flow.facts.attempts) < len(story.cards) and flow.facts.outcome is None:
                await self._start(story, flow, len(failed))
        return await self.end_of(flow)

    async def _open(self, story: Story) -> PaymentFlow:
        payments, amount = self.client.payments, Amount.minor(story.amount, "rub")
        told: JsonValue = {"order": story.order}
        if not story.by_init:
            return await payments.create(amount=amount, customer=BUYER, order=story.order, metadata=told)
        self._world.referee.starts[story.order] += 1
        return await payments.init(
            card(story.cards[0]), amount=amount, customer=BUYER, order=story.order, metadata=told
        )

    async def _start(self, story: Story, flow: PaymentFlow, place: int) -> None:
        for _ in range(3):
            if place < len(flow.facts.attempts):
                return
            self._world.referee.starts[story.order] += 1
            try:
                await flow.start(card(story.cards[min(place, len(story.cards) - 1)]))
            except CardNeededError:
                continue  # the payer types it in again
            except (CommandNotAllowedError, CommandInDoubtError, BankRefusedError):
                return
            self._world.claim("start/payment", flow, None)
            return

    async def _judge(self, story: Story, flow: PaymentFlow, attempt: str | None) -> None:
        if self._world.consents(story, flow, attempt):
            await self.do("confirm", flow, attempt, flow.confirm(attempt=attempt))
        else:
            await self.do("cancel", flow, attempt, flow.cancel(attempt=attempt))

    async def _take(self, story: Story, flow: PaymentFlow, attempt: str | None) -> None:
        if not story.take:
            await self.do("cancel", flow, attempt, flow.cancel(attempt=attempt))
            return
        amount = None if story.take == story.amount else Amount.minor(story.take, "rub")
        await self.do("capture", flow, attempt, flow.capture(amount, attempt=attempt))

    async def do(self, name: str, flow: AnyFlow, attempt: str | None, command: Awaitable[None]) -> None:
        """Carry out a command; what it raises is left to the flow and to the workers."""
        try:
            await command
        except (CommandNotAllowedError, CommandInDoubtError, BankRefusedError, ConflictError) as error:
            self._world.log("merchant", f"{name} raised {type(error).__name__}")
        else:
            self._world.claim(name, flow, attempt)

    async def end_of(self, flow: AnyFlow) -> object:
        """Await the end, whatever the bank knows."""
        try:
            outcome = await flow
        except OutcomeUnknownError:
            outcome = await flow.settled()
        self._world.told(flow, outcome)
        return outcome

    async def wait(self, session_id: str) -> object:
        """Another process awaits the same payment."""
        flow = await self.client.payments.attach(session_id)
        return await self.end_of(flow)

    async def pay_back(self, story: Story, session_id: str, place: int) -> object:
        """A job of the queue: pay back once the payment has succeeded."""
        decided = story.refunds[place]
        flow = await self.client.payments.attach(session_id)
        outcome = await flow.settled()
        if not isinstance(outcome, Succeeded):
            return outcome
        await asyncio.sleep(decided.after_s)
        if decided.name is None:
            self._world.began(story, place)
        refund = await flow.refund(Amount.minor(decided.amount, "rub"), name=decided.name)
        self._world.claim_refund(flow, refund.intent_id, story, place)
        return await refund


class Decisions(Policy):
    """The merchant's decisions, as the workers ask for them."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def ready_to_confirm(self, flow: PaymentFlow, step: ReadyToConfirm) -> Confirm | Cancel | Later:
        story = self._story(flow)
        if story is None:
            return Later(30.0)
        return Confirm() if self._world.consents(story, flow, step.attempt) else Cancel()

    async def payout_ready_to_confirm(self, flow: PayoutFlow, step: ReadyToConfirm) -> Confirm | Cancel | Later:
        return self._about_payout(flow)

    async def multi_ready_to_confirm(self, flow: MultiFlow, step: ReadyToConfirm) -> Confirm | Cancel | Later:
        return self._about_payout(flow)

    def _about_payout(self, flow: AnyFlow) -> Confirm | Cancel | Later:
        story = self._world.referee.payout_of(flow.session_id)
        if story is None or not ("work" in story.drivers or self._world.is_calm):
            return Later(30.0)
        return Confirm() if story.decided == "pay" else Cancel()

    async def ready_to_capture(self, flow: PaymentFlow, step: ReadyToCapture) -> Capture | Cancel | Later:
        story = self._story(flow)
        if story is None:
            return Later(30.0)
        if not story.take:
            return Cancel()
        return Capture(None if story.take == story.amount else Amount.minor(story.take, "rub"))

    def _story(self, flow: PaymentFlow) -> Story | None:
        """The story, if it is the workers' turn: else the web process's, unless that has failed to by the calm."""
        story = self._world.referee.story_of(flow.session_id)
        return story if story is not None and ("work" in story.drivers or self._world.is_calm) else None

    async def action_required(self, flow: PaymentFlow, step: ActionRequired) -> None:
        self._world.log("policy", f"{flow.session_id} action required")

    async def on_conflict(self, flow: AnyFlow, reason: str) -> None:
        self._world.log("policy", f"{flow.session_id} conflict: {reason}")

    async def on_deadline(self, flow: AnyFlow, phase: Phase) -> None:
        self._world.log("policy", f"{flow.session_id} deadline of {phase}")

    async def needs_a_person(self, flow: AnyFlow, reason: str) -> None:
        self._world.log("policy", f"{flow.session_id} needs a person: {reason}")
