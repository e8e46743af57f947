"""The stand-in for the bank's widget script, on a shop's page at another address (reference: widget)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, expect

from bank131_async.sandbox import SandboxBank, SandboxServer
from tests.support.raw_merchant import APPROVE, CHALLENGE, RawMerchant

pytestmark = pytest.mark.asyncio(loop_scope="session")

DECLINED = "4000000000000192"
# The ways in which a shop may have written its callbacks down: no document of the bank says which.
WAYS = {
    "in the settings": "new Form(token, {...settings, onPaymentSuccess: won, onPaymentFail: lost}).render()",
    "as a third argument": "new Form(token, settings, {onPaymentSuccess: won, onPaymentFail: lost}).render()",
    "assigned": "const f = new Form(token, settings); f.onPaymentSuccess = won; f.onPaymentFail = lost; f.render()",
    "registered": "new Form(token, settings).onPaymentSuccess(won).onPaymentFail(lost).render()",
}


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[SimpleNamespace]:
    """A bank, a merchant, and a shop's page that shows the form: ``site.page(call, settings)`` is its address."""
    pages: dict[str, str] = {}

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=pages[request.path], content_type="text/html")

    async with SandboxServer(SandboxBank(auto_confirm=True)) as server:
        runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        merchant = RawMerchant(server.bank)

        def page(call: str, settings: dict[str, Any], **widget: Any) -> str:
            widget["session_id"] = merchant.create(payment_options={})
            token = merchant.call("token", version="v1", acquiring_widget=widget)["public_token"]
            path = f"/{len(pages)}"
            pages[path] = f"""<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Shop</title>
<link rel="stylesheet" href="{server.url}/widget/payment-form.css">
<script src="{server.url}/widget/payment-form.js"></script>
<h1>Shop</h1><div id="bank131-payment-form"></div><p id="end"></p><script>
const Form = Bank131PaymentForm, token = {json.dumps(token)}, settings = {json.dumps(settings)};
const end = (word) => {{ document.getElementById("end").textContent += word; }};
const won = () => end("won"), lost = () => end("lost");
{call};
</script>"""
            return f"http://127.0.0.1:{runner.addresses[0][1]}{path}"

        yield SimpleNamespace(bank=server.bank, page=page, url=server.url)
        await runner.cleanup()


async def pay(page: Page, number: str) -> None:
    for label, value in (("Card number", number), ("Month (MM)", "12"), ("Year (YY)", "30"), ("Code (CVC)", "123")):
        await page.get_by_label(label).fill(value)
    await page.get_by_role("button", name="Pay").click()


@pytest.mark.parametrize("call", WAYS.values(), ids=WAYS)
async def test_the_callbacks_are_called_however_they_were_given(
    site: SimpleNamespace, open_page: Any, call: str
) -> None:
    page = await open_page()
    for number, word in ((APPROVE, "won"), (DECLINED, "lost")):
        await page.goto(site.page(call, {}))
        await pay(page, number)
        await expect(page.locator("#end")).to_have_text(word)


async def test_the_code_is_masked_only_if_the_shop_wants_it(site: SimpleNamespace, open_page: Any) -> None:
    page = await open_page()
    for masked, kind in ((True, "password"), (False, "text")):
        await page.goto(site.page(WAYS["in the settings"], {"isCvcMasked": masked}))
        await expect(page.get_by_label("Code (CVC)")).to_have_attribute("type", kind)


async def test_3ds_opens_in_the_window_the_shop_names(site: SimpleNamespace, open_page: Any) -> None:
    page = await open_page()
    await page.goto(site.page(WAYS["in the settings"], {"customerInteractionRedirect": {"target": "_blank"}}))
    async with page.context.expect_page() as opened:
        await pay(page, CHALLENGE)
    challenge = await opened.value
    await challenge.get_by_role("button", name="Confirm the payment").click()

    await expect(page.locator("#end")).to_have_text("won")


async def test_3ds_takes_the_place_of_the_page_and_leads_to_the_shops_address(
    site: SimpleNamespace, open_page: Any
) -> None:
    page = await open_page()
    back = site.page("end('back')", {})
    await page.goto(site.page(WAYS["in the settings"], {}, success_return_url=back))
    await pay(page, CHALLENGE)
    await page.get_by_role("button", name="Confirm the payment").click()

    await expect(page.locator("#end")).to_have_text("back")
    assert page.url == back


async def test_a_mistake_is_said_at_its_field_and_can_be_mended(
    site: SimpleNamespace, open_page: Any, watch: Any, shoot: Any
) -> None:
    page = await open_page()
    await page.goto(site.page(WAYS["in the settings"], {}))
    await pay(page, "4242424242424241")
    number = page.get_by_label("Card number")

    await expect(page.get_by_role("alert")).to_contain_text("Card number: expected")
    await expect(number).to_have_attribute("aria-invalid", "true")
    await expect(number).to_be_focused()
    await shoot(page, "widget-mistake")
    await number.fill(APPROVE)
    await page.get_by_role("button", name="Pay").click()
    await expect(page.locator("#end")).to_have_text("won")
    watch.forgive("400")


async def test_without_its_container_the_script_says_so(site: SimpleNamespace, open_page: Any, watch: Any) -> None:
    page = await open_page()
    call = "document.getElementById('bank131-payment-form').remove(); " + WAYS["in the settings"]
    await page.goto(site.page(call, {}))

    assert watch.complaints == ["error: Bank131PaymentForm: the page has no element with id bank131-payment-form"]
    watch.complaints.clear()


@pytest.mark.parametrize(("number", "heading"), [(CHALLENGE, "Paid"), (DECLINED, "Not paid")])
async def test_the_banks_own_page_takes_a_payment_without_any_script(
    site: SimpleNamespace, open_page: Any, shoot: Any, number: str, heading: str
) -> None:
    merchant = RawMerchant(site.bank)
    widget = {"session_id": merchant.create(payment_options={})}
    token = merchant.call("token", version="v1", acquiring_widget=widget)["public_token"]
    page = await open_page(java_script_enabled=False)
    await page.goto(f"{site.url}/widget/form?public_token={token}")
    await page.get_by_text("Test cards").click()
    await shoot(page, "form-with-test-cards")
    await pay(page, number)
    if number == CHALLENGE:
        await page.get_by_role("button", name="Confirm the payment").click()

    await expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    await shoot(page, f"form-{heading.lower().replace(' ', '-')}")
