"""What a merchant's program does, in a few words, for whole-system tests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from bank131_async.core.machine import ActionRequired, FlowStep, Observed, Outcome, ReadyToCapture, ReadyToConfirm
from bank131_async.core.models import Amount, BankCard, Customer
from bank131_async.errors import CommandInDoubtError
from bank131_async.flow import Cancel, Capture, Confirm, Later, PaymentFlow, Policy
from tests.support.world import Process, World

PLAIN, CHALLENGE, DECLINED = "4242424242424242", "4000000000000010", "4000000000000135"
UNKNOWN_THEN_SUCCESS, UNKNOWN_THEN_FAILURE = "4000000000000309", "4000000000000317"
REFUND_DECLINED = "4000000000000408"
PRICE = Amount.rub("150.00")
PART = Amount.rub("50.00")
BUYER = Customer("user-1")


def card(number: str = PLAIN) -> BankCard:
    """Open card data."""
    return BankCard(number=number, expiration_month="12", expiration_year="30", security_code="739")


async def created(process: Process, **more: Any) -> PaymentFlow:
    """A payment that is open and not started."""
    flow: PaymentFlow = await process.payments.create(**{"amount": PRICE, "customer": BUYER, **more})
    return flow


async def started(process: Process, number: str = PLAIN, **more: Any) -> PaymentFlow:
    """A payment that is started."""
    flow = await created(process, **more)
    await flow.start(card(number))
    return flow


async def at_confirm(process: Process, number: str = PLAIN, **more: Any) -> PaymentFlow:
    """A payment that waits for confirm."""
    flow = await started(process, number, **more)
    await step_of(flow, ReadyToConfirm)
    return flow


async def held(process: Process, **more: Any) -> PaymentFlow:
    """A payment that waits for capture."""
    flow = await at_confirm(process, **more)
    await flow.confirm()
    await step_of(flow, ReadyToCapture)
    return flow


async def paid(process: Process, number: str = PLAIN, **more: Any) -> PaymentFlow:
    """A payment that has succeeded."""
    flow = await at_confirm(process, number, **more)
    await flow.confirm()
    await flow
    return flow


async def step_of(flow: PaymentFlow, kind: type[FlowStep]) -> FlowStep:
    """Wait for a step of this kind."""
    async for step in flow:
        if isinstance(step, kind):
            return step
    raise AssertionError(f"the payment ended without {kind.__name__}: {flow.facts!r}")


async def driven(world: World, flow: PaymentFlow, *, payer_passes: bool = True) -> Outcome:
    """Do what each step asks for, until the end. A command in doubt is left to the flow, as the error says."""
    async for step in flow:
        with contextlib.suppress(CommandInDoubtError):
            match step:
                case ReadyToConfirm():
                    await flow.confirm()
                case ReadyToCapture():
                    await flow.capture()
                case ActionRequired():
                    act = world.bank.payer_pass if payer_passes else world.bank.payer_fail
                    act(flow.session_id)
                case _:
                    pass
    return await flow.settled()


async def caught(work: Awaitable[object]) -> BaseException | None:
    """The error that ``work`` ends with, or ``None``."""
    try:
        await work
    except Exception as error:
        return error
    return None


async def dies(process: Process, *callers: asyncio.Task[Any]) -> None:
    """The process dies, and with it those who have called it."""
    process.die()
    for task in callers:
        task.cancel()
    await asyncio.gather(*callers, return_exceptions=True)


async def ending(flow: PaymentFlow) -> Outcome:
    """``await flow`` as a coroutine, for tasks."""
    return await flow


async def observed(world: World, session_id: str) -> list[tuple[int, Observed]]:
    """Everything the bank told about a session, with versions."""
    journal = await world.journal(session_id)
    return [(stored.version, stored.entry) for stored in journal if isinstance(stored.entry, Observed)]


class Agreeable(Policy):
    """Confirms and captures everything, sends payers on, and keeps a diary."""

    def __init__(
        self,
        world: World | None = None,
        *,
        confirm: Callable[[], Confirm | Cancel | Later] = Confirm,
        capture: Callable[[], Capture | Cancel | Later] = Capture,
    ) -> None:
        self.diary: list[tuple[str, str]] = []
        self._world = world
        self._confirm = confirm
        self._capture = capture

    async def ready_to_confirm(self, flow: PaymentFlow, step: ReadyToConfirm) -> Confirm | Cancel | Later:
        self.diary.append(("confirm", flow.session_id))
        return self._confirm()

    async def ready_to_capture(self, flow: PaymentFlow, step: ReadyToCapture) -> Capture | Cancel | Later:
        self.diary.append(("capture", flow.session_id))
        return self._capture()

    async def action_required(self, flow: PaymentFlow, step: ActionRequired) -> None:
        self.diary.append(("action", flow.session_id))
        if self._world is not None:
            self._world.bank.payer_pass(flow.session_id)

    async def needs_a_person(self, flow: PaymentFlow, reason: str) -> None:
        self.diary.append(("person", flow.session_id))


class Working:
    """``async with Working(process, policy):`` a worker runs meanwhile."""

    def __init__(self, process: Process, policy: Policy, **more: Any) -> None:
        self._process, self._policy, self._more = process, policy, more
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Working:
        run = self._process.payments.run(self._policy, stop=self._stop, **self._more)
        self._task = asyncio.get_running_loop().create_task(run, name="worker")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        assert self._task is not None
        if self._process.is_dead:
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=self._process.is_dead)
