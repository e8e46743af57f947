"""The shop of examples/checkout_aiohttp.py, clicked through over HTTP."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from bank131_async.sandbox.cards import card_with
from bank131_async.testing import Sandbox

EXPIRY = {"expiration_month": "12", "expiration_year": "30", "security_code": "123"}


@pytest.fixture
def checkout(repository: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The example as a module, with a result page that does not wait long."""
    spec = importlib.util.spec_from_file_location("checkout_aiohttp", repository / "examples" / "checkout_aiohttp.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "checkout_aiohttp", module)
    spec.loader.exec_module(module)
    return module


@pytest_asyncio.fixture
async def shop(checkout: ModuleType) -> AsyncIterator[SimpleNamespace]:
    """The shop, its bank and a payer's browser."""
    async with Sandbox() as sandbox, sandbox.client() as bank, aiohttp.ClientSession() as browser:
        shop = checkout.Shop(bank, widgets=f"{sandbox.url}/widget")
        runner = web.AppRunner(shop.application())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        shop.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        sandbox.bank.configure(webhook_url=f"{shop.url}/webhooks/bank131")
        yield SimpleNamespace(url=shop.url, bank=sandbox, browser=browser)
        await runner.cleanup()


async def order_placed(shop: SimpleNamespace, way: str = "card", order: str | None = None) -> tuple[str, str]:
    """The order's number and the page that asks for the card."""
    if order is None:
        cart = await (await shop.browser.get(shop.url)).text()
        order = re.findall(r'name="order" value="(\w+)"', cart)[0]
    page = await (await shop.browser.post(f"{shop.url}/orders", data={"order": order, "way": way})).text()
    return order, page


async def paid_with(shop: SimpleNamespace, order: str, outcome: str) -> aiohttp.ClientResponse:
    data = {"number": card_with(outcome).number, **EXPIRY}
    return await shop.browser.post(f"{shop.url}/orders/{order}/card", data=data)


@pytest.mark.asyncio
async def test_the_self_test_goes_all_ways(
    checkout: ModuleType, shop: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    await checkout.self_test(shop.url, shop.bank.url)

    assert capsys.readouterr().out == "form: paid\ncard: paid\nqr: paid\n"


@pytest.mark.asyncio
async def test_a_card_without_3ds_leads_straight_to_the_result(shop: SimpleNamespace) -> None:
    order, _ = await order_placed(shop)
    result = await paid_with(shop, order, "approve")

    assert result.url.path == f"/orders/{order}"
    assert "Paid. We are packing." in await result.text()


@pytest.mark.asyncio
async def test_a_declined_card_is_told_to_the_payer(shop: SimpleNamespace) -> None:
    order, _ = await order_placed(shop)
    result = await paid_with(shop, order, "decline:bank_card_expired")

    assert "Not paid: bank_card_expired" in await result.text()


@pytest.mark.asyncio
async def test_a_payer_who_fails_3ds_comes_back_to_an_unpaid_order(shop: SimpleNamespace) -> None:
    order, _ = await order_placed(shop)
    challenge = await paid_with(shop, order, "challenge")
    result = await shop.browser.post(challenge.url, data={"result": "fail"})

    assert challenge.url.path == "/3ds"
    assert "Not paid: 3DS_error" in await result.text()


@pytest.mark.asyncio
async def test_coming_back_without_having_paid_proves_nothing(
    shop: SimpleNamespace, checkout: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout, "PATIENCE_S", 0.05)
    order, _ = await order_placed(shop)
    await paid_with(shop, order, "challenge")
    result = await (await shop.browser.get(f"{shop.url}/orders/{order}")).text()

    assert "Waiting for the payment" in result
    assert 'http-equiv="refresh"' in result


@pytest.mark.asyncio
async def test_a_double_click_opens_one_payment_and_takes_one_card(shop: SimpleNamespace) -> None:
    order, _ = await order_placed(shop)
    await order_placed(shop, order=order)
    first = await paid_with(shop, order, "challenge")
    second = await paid_with(shop, order, "challenge")

    assert len(shop.bank.bank.session("ps_1001").attempts) == 1
    assert {sending.webhook.session_id for sending in shop.bank.bank.webhook_log} == {"ps_1001"}
    assert first.url == second.url


@pytest.mark.asyncio
async def test_a_mistyped_card_is_asked_for_again_without_being_shown_or_sent(shop: SimpleNamespace) -> None:
    order, _ = await order_placed(shop)
    data = {"number": "4242424242424241", **EXPIRY}
    page = await (await shop.browser.post(f"{shop.url}/orders/{order}/card", data=data)).text()

    assert "number" in page
    assert "4242424242424241" not in page
    assert shop.bank.bank.session("ps_1001").attempts == []


@pytest.mark.asyncio
async def test_an_order_that_there_is_not_is_not_found(shop: SimpleNamespace) -> None:
    assert (await shop.browser.get(f"{shop.url}/orders/nope")).status == 404
