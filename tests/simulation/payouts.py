"""The merchant's queue of payouts, which delivers at least once, and the recipients' banks, which send money back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bank131_async.core.machine import ReadyToConfirm
from bank131_async.core.models import (
    Amount,
    BankCard,
    FpsAccount,
    JsonValue,
    Participant,
    ParticipantDetails,
    PaymentDetails,
    PayoutDetails,
    RuBankAccount,
)
from bank131_async.core.operations import InitPayment, InitPayout
from bank131_async.errors import (
    AnswerLostError,
    BankRefusedError,
    CardNeededError,
    CommandInDoubtError,
    CommandNotAllowedError,
    FlowAbandonedError,
    NotSentError,
    StoreUnavailableError,
)
from bank131_async.flow import MultiFlow, PayoutFlow
from bank131_async.flow.flow import AnyFlow
from bank131_async.sandbox.session import Stage
from tests.simulation.payout_rules import check_payout
from tests.simulation.plan import PayoutStory
from tests.support.merchant import BUYER, card

if TYPE_CHECKING:
    from tests.simulation.merchant import Caller, Host
    from tests.simulation.world import World

_WHOM = ParticipantDetails(recipient=Participant(full_name="Ivan Ivanov"))
_TROUBLE = (CommandInDoubtError, StoreUnavailableError, NotSentError, AnswerLostError, BankRefusedError)
#: For so long after the adversary has stopped the queue still tries.
_PATIENCE_S = 1200.0
_LONGEST_PAUSE_S = 600.0


class PayoutQueue:
    """Hands every decision out, and again to another process, and again after a crash."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._returning: set[str] = set()

    def open(self) -> None:
        """Begin to deliver."""
        world = self._world
        world.bank.subscribe(self._look)
        for story in world.plan.payouts:
            for host, after_s in story.deliveries:
                world.later(story.at_s + after_s, lambda one=story, host=host: self._deliver(host, one))
            if story.mistaken:
                host = story.deliveries[-1][0]
                world.later(story.at_s, lambda one=story, host=host: world.call(host, "mistake", one, self._mistake))

    def takes_back(self, caller: Caller) -> bool:
        """Whether a job of a process that died was the queue's; it is delivered again."""
        for story in self._world.plan.payouts:
            if story.order == caller.order:
                self._deliver(caller.host, story)
                return True
        return False

    def _deliver(self, host: str, story: PayoutStory) -> None:
        self._world.call(host, "payout", story, self._job)

    async def _job(self, host: Host, story: PayoutStory) -> object:
        """Carry the decision out, and try again later when that fails: a job knows nothing of the one before."""
        pause_s = 10.0
        while True:
            try:
                return await self._carry_out(host, story)
            except FlowAbandonedError:
                return "abandoned"
            except _TROUBLE as error:
                if self._world.is_calm and self._world.loop.time() > self._world.calm_at + _PATIENCE_S:
                    return "given up"
                self._world.log("queue", f"{story.order} again after {type(error).__name__}")
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    async def _carry_out(self, host: Host, story: PayoutStory) -> object:
        flow = await self._open(host, story, story.amount)
        self._world.opened(story, flow.session_id)
        if story.decided == "open":
            return None
        if story.decided == "call off":
            await host.do("cancel", flow, None, flow.cancel())
        elif isinstance(flow, PayoutFlow) and not story.by_init:
            await self._start(story, flow)
        async for step in flow:
            if isinstance(step, ReadyToConfirm) and "web" in story.drivers:
                await self._judge(host, story, flow, step.attempt)
        return await host.end_of(flow)

    async def _open(self, host: Host, story: PayoutStory, sum_: int) -> PayoutFlow | MultiFlow:
        payouts, amount = host.client.payouts, Amount.minor(sum_, "rub")
        told: JsonValue = {"order": story.order}
        if story.multi:
            payment = InitPayment(
                payment_details=PaymentDetails.of(card()), amount_details=amount, customer=BUYER, metadata=told
            )
            payout = InitPayout(
                payout_details=PayoutDetails.of(_way(story)), amount_details=amount, participant_details=_WHOM
            )
            return await host.client.multi_sessions.init(order=story.order, payments=[payment], payouts=[payout])
        if story.by_init:
            return await payouts.init(_way(story), order=story.order, amount=amount, participants=_WHOM, metadata=told)
        method = _way(story) if story.way == "account" else None
        return await payouts.create(order=story.order, amount=amount, method=method, participants=_WHOM, metadata=told)

    async def _start(self, story: PayoutStory, flow: PayoutFlow) -> None:
        for _ in range(3):
            try:
                await flow.start(None if story.way == "account" else _way(story))
            except CardNeededError:
                continue  # the queue has it still
            except CommandNotAllowedError:
                return  # an earlier delivery has started it
            self._world.claim("start/payout", flow, None)
            return

    async def _judge(self, host: Host, story: PayoutStory, flow: AnyFlow, attempt: str | None) -> None:
        if story.decided == "pay":
            await host.do("confirm", flow, attempt, flow.confirm(attempt=attempt))
        else:
            await host.do("cancel", flow, attempt, flow.cancel(attempt=attempt))

    async def _mistake(self, host: Host, story: PayoutStory) -> object:
        """The same name with another sum must be refused, once the name is taken."""
        if not await self._world.is_open(story):
            return "never opened"
        try:
            await self._open(host, story, story.amount + 100)
        except CommandNotAllowedError:
            return "refused"
        except _TROUBLE:
            return "not heard"
        self._world.referee.fail(f"{story.order} was taken with another sum")
        return None

    def _look(self) -> None:
        """The bank has moved: look at its ledger, and send back what is to come back."""
        world = self._world
        for session_id in list(world.referee.orders):
            story = world.referee.payout_of(session_id)
            if story is None:
                continue
            check_payout(world, story)
            last = world.bank.session(session_id).last
            arrived = last is not None and last.stage is Stage.SUCCEEDED and last.method.returns
            if arrived and story.returned is not None and session_id not in self._returning:
                self._returning.add(session_id)
                amount, after_s = story.returned
                world.later(after_s, lambda which=session_id, much=amount: self._send_back(which, much))

    def _send_back(self, session_id: str, amount: int) -> None:
        self._world.log("sent back", f"{session_id} {amount}")
        self._world.bank.return_payout(session_id, amount)


def _way(story: PayoutStory) -> BankCard | RuBankAccount | FpsAccount:
    match story.way:
        case "card":
            return card("4242424242424242" if story.ending == "4242" else f"400000000000{story.ending}")
        case "account":
            return RuBankAccount(
                bik="044525974",
                account=f"4081781050000000{story.ending}",
                full_name="Ivan Ivanov",
                description="Salary",
            )
        case _:
            return FpsAccount(phone=f"7916123{story.ending}", bank_id="100000000008")
