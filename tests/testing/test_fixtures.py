"""The fixtures of the pytest plugin, used as a shop uses them. They come by the entry point, as in a shop."""

from __future__ import annotations

import time
from collections.abc import Callable

import aiohttp
import pytest

from bank131_async import (
    ActionRequired,
    Amount,
    AnswerLostError,
    Bank131Client,
    BankCard,
    Cancelled,
    ConfigurationError,
    Customer,
    PaymentFlow,
    ReadyToCapture,
    ReadyToConfirm,
    Succeeded,
)
from bank131_async.testing import Deliveries, MovableClock, Sandbox, SignedWebhook


async def opened(bank: Bank131Client, number: str = "4242424242424242") -> PaymentFlow:
    flow = await bank.payments.create(amount=Amount.rub("150.00"), customer=Customer("payer-1"))
    await flow.start(BankCard(number=number, expiration_month="12", expiration_year="30", security_code="123"))
    return flow


@pytest.mark.asyncio
@pytest.mark.bank131(two_stage=True)
async def test_a_payment_with_everything_is_made_without_sockets(
    bank131_sandbox: Sandbox, bank131_client: Bank131Client, bank131_webhooks: Deliveries
) -> None:
    flow = await opened(bank131_client, "4000000000000010")
    async for step in flow:
        match step:
            case ReadyToConfirm():
                await flow.confirm()
            case ActionRequired():
                bank131_sandbox.bank.payer_pass(flow.session_id)
            case ReadyToCapture():
                await flow.capture()
    finished = await bank131_webhooks.wait_for("payment_finished", session_id=flow.session_id)

    assert isinstance(await flow, Succeeded)
    assert bank131_webhooks.types == ["ready_to_confirm", "action_required", "ready_to_capture", "payment_finished"]
    assert finished is bank131_webhooks[-1]
    assert [delivery.status for delivery in bank131_webhooks[:]] == [200] * 4
    assert bank131_sandbox.url == "https://bank131.test"


@pytest.mark.asyncio
async def test_every_test_has_a_bank_of_its_own(bank131_sandbox: Sandbox, bank131_client: Bank131Client) -> None:
    flow = await bank131_client.payments.create(amount=Amount.rub(1), customer=Customer("payer-1"), order="7")
    again = await bank131_client.payments.create(amount=Amount.rub(1), customer=Customer("payer-1"), order="7")

    assert flow.session_id == again.session_id == "ps_1001"


@pytest.mark.asyncio
async def test_the_same_order_is_new_in_another_test(bank131_client: Bank131Client) -> None:
    flow = await bank131_client.payments.create(amount=Amount.rub(2), customer=Customer("payer-1"), order="7")

    assert flow.session_id == "ps_1001"


@pytest.mark.asyncio
async def test_the_clock_moves_bank_and_client(
    bank131_client: Bank131Client, bank131_sandbox: Sandbox, bank131_clock: MovableClock
) -> None:
    flow = await opened(bank131_client)
    before = bank131_clock.now()
    bank131_clock.advance(241 * 60)

    assert await flow == Cancelled(by="time_limit")
    assert (bank131_sandbox.bank.now() - before).total_seconds() > 241 * 60 - 1
    assert (bank131_clock.now() - bank131_sandbox.bank.now()).total_seconds() < 1
    with pytest.raises(ValueError, match="forward only"):
        bank131_clock.advance(-1)


@pytest.mark.asyncio
@pytest.mark.bank131(created_limit_s=60)
async def test_what_falls_due_happens_when_the_clock_is_moved(
    bank131_sandbox: Sandbox, bank131_clock: MovableClock
) -> None:
    bank = bank131_sandbox.bank
    bank.handle("POST", "/api/v2/session/create", bank.sign(b"{}"), b"{}")
    bank131_clock.advance(59)
    before = bank.session("ps_1001").status
    bank131_clock.advance(2)

    assert (before, bank.session("ps_1001").status) == ("created", "cancelled")


@pytest.mark.asyncio
@pytest.mark.bank131(step_delay_s=0.05)
async def test_the_banks_time_passes_without_sockets_and_without_being_asked(
    bank131_client: Bank131Client, bank131_webhooks: Deliveries
) -> None:
    await opened(bank131_client)

    assert (await bank131_webhooks.wait_for("ready_to_confirm", timeout=2)).status == 200


@pytest.mark.asyncio
@pytest.mark.bank131(webhooks=False)
async def test_without_webhooks_the_client_polls_at_short_intervals(bank131_client: Bank131Client) -> None:
    begun = time.monotonic()
    flow = await opened(bank131_client)
    async for _ in flow:
        await flow.confirm()

    assert isinstance(await flow, Succeeded)
    assert time.monotonic() - begun < 1.9


@pytest.mark.asyncio
@pytest.mark.bank131(server=True)
async def test_a_bank_on_a_port_is_reached_by_others(bank131_sandbox: Sandbox, bank131_client: Bank131Client) -> None:
    flow = await opened(bank131_client)
    async with Bank131Client.from_env(bank131_sandbox.environment()) as another:
        await (await another.payments.attach(flow.session_id)).confirm()
    async with aiohttp.ClientSession() as session, session.get(f"{bank131_sandbox.url}/nowhere") as answer:
        assert answer.status == 404

    assert isinstance(await flow, Succeeded)


@pytest.mark.asyncio
async def test_a_signed_webhook_is_the_banks(
    bank131_client: Bank131Client, sign_webhook: Callable[..., SignedWebhook]
) -> None:
    webhook = sign_webhook("payment_finished")

    assert (await bank131_client.receiver.handle(webhook.body, webhook.signature)).status == 200
    assert (await bank131_client.receiver.handle(webhook.forged().body, webhook.signature)).status == 401


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", ["answer_lost", "connection_reset"])
async def test_faults_strike_without_sockets_too(
    bank131_sandbox: Sandbox, bank131_client: Bank131Client, fault: str
) -> None:
    flow = await opened(bank131_client)
    rule = bank131_sandbox.bank.faults.add(fault, method="session/confirm", count=1)
    await flow.confirm()

    assert rule.left == 0
    assert isinstance(await flow, Succeeded)


@pytest.mark.asyncio
async def test_an_answer_that_stalls_is_lost_after_the_time_limit(bank131_sandbox: Sandbox) -> None:
    from bank131_async.client import ApiClient
    from bank131_async.core.operations import ConfirmSession
    from bank131_async.transport import Timeout

    bank131_sandbox.bank.faults.add("stall", count=1)
    async with bank131_sandbox.client() as client:
        api: ApiClient = client._api
        with pytest.raises(AnswerLostError, match="time limit"):
            await api.execute(ConfirmSession(session_id="ps_1"), timeout=Timeout(total=0.05))


@pytest.mark.asyncio
async def test_waiting_for_a_webhook_that_does_not_come_ends(bank131_webhooks: Deliveries) -> None:
    with pytest.raises(TimeoutError):
        await bank131_webhooks.wait_for("payment_finished", timeout=0.01)

    assert list(bank131_webhooks) == []


def test_a_switch_that_there_is_not_names_the_one_that_was_meant() -> None:
    with pytest.raises(ConfigurationError, match="is it two_stage"):
        Sandbox(sockets=False, two_stag=True)


def test_a_further_sandbox_is_ready_at_once() -> None:
    Sandbox(sockets=False)
    begun = time.process_time()
    Sandbox(sockets=False)

    assert time.process_time() - begun < 0.1
