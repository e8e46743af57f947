"""The sandbox as a shop's tests use it."""

from __future__ import annotations

import aiohttp
import pytest

from bank131_async import Amount, BankCard, Customer, ReadyToConfirm, Succeeded
from bank131_async.core.signing import Signer
from bank131_async.testing import Sandbox


@pytest.mark.asyncio
async def test_the_configuration_fits_the_bank() -> None:
    async with Sandbox(two_stage=True) as sandbox, aiohttp.ClientSession() as session:
        config = sandbox.config(api_version="v1", submerchant="sub")

        assert (config.server, config.project_id) == (sandbox.url, "sandbox")
        assert (config.api_version, config.submerchant) == ("v1", "sub")
        assert sandbox.bank.project.settings.two_stage
        assert config.verifier.fingerprints == (sandbox.bank.keys.bank.fingerprint,)
        assert isinstance(config.private_key, Signer)
        headers = {
            "X-PARTNER-PROJECT": config.project_id,
            "X-PARTNER-SIGN": config.private_key.sign(b"{}"),
            "Content-Type": "application/json",
        }
        async with session.post(f"{config.server}/api/v1/session/create", data=b"{}", headers=headers) as response:
            assert response.status == 200


@pytest.mark.asyncio
async def test_every_sandbox_has_sessions_and_a_port_of_its_own() -> None:
    async with Sandbox() as first, Sandbox() as second:
        assert first.url != second.url
        body = b"{}"
        answer = first.bank.handle("POST", "/api/v2/session/create", first.bank.sign(body), body)
        assert answer.status == 200
        with pytest.raises(KeyError):
            second.bank.session("ps_1001")


@pytest.mark.asyncio
async def test_the_client_talks_to_this_bank() -> None:
    async with Sandbox() as sandbox, sandbox.client() as bank:
        flow = await bank.payments.create(amount=Amount.rub("150.00"), customer=Customer("user-1"))

        assert sandbox.bank.session(flow.session_id).fields.amount == 15_000


@pytest.mark.asyncio
async def test_a_client_gets_the_banks_webhooks_without_a_web_server() -> None:
    async with Sandbox() as sandbox, sandbox.client() as bank:
        heard: list[str] = []
        bank.router.on_any(lambda event: heard.append(str(event.type)))
        flow = await bank.payments.create(amount=Amount.rub("150.00"), customer=Customer("user-1"))
        await flow.start(
            BankCard(number="4242424242424242", expiration_month="12", expiration_year="30", security_code="123")
        )
        async for step in flow:
            assert isinstance(step, ReadyToConfirm)
            await flow.confirm()

        assert isinstance(await flow, Succeeded)
        assert heard[0] == "ready_to_confirm"
        assert [delivery.status for delivery in sandbox.bank.webhook_log][:1] == [200]
