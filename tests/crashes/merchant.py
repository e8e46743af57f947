"""The merchant's two programs, to be killed: a web server with webhooks, and a worker. They share the journal alone.

Every request of the web server may be repeated: that is how a queue delivers.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import asyncpg  # noqa: F401 - loaded before the first fork, as everything else here
from aiohttp import web

from bank131_async import (
    Amount,
    Bank131Client,
    BankCard,
    Capture,
    Confirm,
    Customer,
    FlowSettings,
    Later,
    Participant,
    ParticipantDetails,
    PaymentFlow,
    PayoutFlow,
    Policy,
    PollSchedule,
    ReadyToCapture,
    ReadyToConfirm,
    RuBankAccount,
    open_store,
)
from bank131_async.core.machine import MachineSettings
from bank131_async.core.webhook import WebhookEvent
from bank131_async.errors import Bank131Error
from bank131_async.integrations.aiohttp import webhook_handler
from tests.crashes.decisions import Decision, decision

ACCOUNT = RuBankAccount(bik="044525974", account="40817810500000000016", full_name="Ivan Ivanov", description="Salary")
WHOM = ParticipantDetails(recipient=Participant(full_name="Ivan Ivanov"))
BUYER = Customer("user-1")
#: Short, so that what a dead process leaves is taken up within seconds. The fence is shorter than what it guards.
SETTINGS = FlowSettings(
    machine=MachineSettings(settle_interval_s=1.0),
    polling=PollSchedule(first_s=0.5, max_s=2.0, after_webhook_s=1.0),
    settle_timeout_s=3.0,
    fence_s=0.4,
    grace_s=1.0,
    worker_pause_s=0.1,
    worker_longest_pause_s=0.5,
    handlers_takeover_s=1.0,
)

Action = Callable[[Bank131Client, Decision, str], Awaitable[None]]


async def pay(bank: Bank131Client, wanted: Decision, _name: str) -> None:
    """Take a payment: open it and start it with the card."""
    flow = await _payment(bank, wanted)
    if not flow.facts.attempts:
        await flow.start(BankCard(number=wanted.card, expiration_month="12", expiration_year="30", security_code="123"))


async def give_back(bank: Bank131Client, wanted: Decision, name: str) -> None:
    """Pay a part of a payment back, once it has succeeded."""
    flow = await _payment(bank, wanted)
    async with asyncio.timeout(1):
        await flow
    await flow.refund(Amount.minor(dict(wanted.refunds)[name], "rub"), name=name)


async def pay_out(bank: Bank131Client, wanted: Decision, _name: str) -> None:
    """Open and start a payout."""
    flow = await bank.payouts.create(
        order=wanted.order, amount=Amount.minor(wanted.amount, "rub"), method=ACCOUNT, participants=WHOM
    )
    if not flow.facts.attempts:
        await flow.start()


async def _payment(bank: Bank131Client, wanted: Decision) -> PaymentFlow:
    return await bank.payments.create(amount=Amount.minor(wanted.amount, "rub"), customer=BUYER, order=wanted.order)


class Decisions(Policy):
    """Confirms everything; captures, a little later, what was decided."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    async def ready_to_confirm(self, flow: PaymentFlow, step: ReadyToConfirm) -> Confirm:
        return Confirm()

    async def payout_ready_to_confirm(self, flow: PayoutFlow, step: ReadyToConfirm) -> Confirm:
        return Confirm()

    async def ready_to_capture(self, flow: PaymentFlow, step: ReadyToCapture) -> Capture | Later:
        if flow.session_id not in self._seen:
            self._seen.add(flow.session_id)
            return Later(after_s=0.1)
        assert flow.order is not None
        wanted = decision(flow.order)
        return Capture(None if wanted.take == wanted.amount else Amount.minor(wanted.take, "rub"))


async def serve(bank: Bank131Client, port: int, diary: Path) -> None:
    """The web program; its handler of webhooks writes into the file ``diary`` whose payment has ended."""

    @bank.router.on("payment_finished")
    async def note(event: WebhookEvent) -> None:
        with diary.open("a") as file:
            file.write(f"{event.session_id}\n")

    application = web.Application()
    application.router.add_post("/webhooks", webhook_handler(bank))
    for path, action in (("/pay", pay), ("/pay-out", pay_out), ("/give-back", give_back)):
        application.router.add_post(f"{path}/{{order}}/{{name}}", _repeatable(bank, action))
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, reuse_port=True).start()
    await asyncio.Event().wait()


def _repeatable(bank: Bank131Client, action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    """200 when it is done, 503 when it is to be asked for again."""

    async def handle(request: web.Request) -> web.Response:
        try:
            await action(bank, decision(request.match_info["order"]), request.match_info["name"])
        except (Bank131Error, TimeoutError) as error:
            return web.Response(status=503, text=f"{type(error).__name__}: {error}")
        return web.Response()

    return handle


async def work(bank: Bank131Client) -> None:
    """The worker's program."""
    await bank.payments.run(Decisions())


def main(name: str, environ: Mapping[str, str]) -> None:
    """Be the process of this name until somebody kills it."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format=f"{name} %(levelname)s %(name)s %(message)s")

    async def run() -> None:
        store = open_store(environ["BANK131_STORE"])
        async with Bank131Client.from_env(environ, store=store, settings=SETTINGS) as bank:
            await (serve(bank, int(environ["PORT"]), Path(environ["DIARY"])) if name == "web" else work(bank))

    asyncio.run(run())
