"""The dashboard in a real browser: it follows the bank, its buttons work with and without scripts, phones included."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, expect

from bank131_async.sandbox import SandboxBank, SandboxServer
from tests.support.pages import CHALLENGE, DESKTOP, PHONE, fill_in_the_shop
from tests.support.raw_merchant import RawMerchant

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAMELESS = """() => [...document.querySelectorAll("input:not([type=hidden]), select, button, a")].filter((element) => {
  const name = element.getAttribute("aria-label") || element.textContent.trim() ||
    [...(element.labels || [])].map((label) => label.textContent.trim()).join("");
  return !name;
}).map((element) => element.outerHTML)"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox() -> AsyncIterator[SimpleNamespace]:
    """A bank on its own with a merchant; ``url`` is the dashboard."""
    async with SandboxServer(SandboxBank()) as server:
        yield SimpleNamespace(bank=server.bank, merchant=RawMerchant(server.bank), url=server.dashboard_url)


def waiting_for_payer(sandbox: SimpleNamespace) -> str:
    session_id: str = sandbox.merchant.create()
    sandbox.merchant.start(session_id, CHALLENGE.replace(" ", ""))
    sandbox.merchant.call("session/confirm", session_id=session_id)
    return session_id


async def test_a_payment_in_the_shop_is_watched_live(shop: SimpleNamespace, open_page: Any, shoot: Any) -> None:
    watcher, payer = await open_page(), await open_page()
    await watcher.goto(shop.dashboard)
    await expect(watcher.get_by_text("No sessions yet")).to_be_visible()
    await shoot(watcher, "dashboard-empty")

    await payer.goto(shop.url)
    await payer.get_by_role("button", name="Pay by card here").click()
    await expect(watcher.get_by_role("link", name="ps_1001")).to_be_visible()
    await fill_in_the_shop(payer, CHALLENGE)
    await expect(payer.get_by_role("heading", name="3-D Secure")).to_be_visible()
    await watcher.get_by_role("link", name="ps_1001").click()
    timeline = watcher.get_by_role("region", name="Timeline")
    await expect(timeline.get_by_text("action_required", exact=True)).to_be_visible()
    await shoot(watcher, "dashboard-session-waits")
    await payer.get_by_role("button", name="Confirm the payment").click()

    await expect(watcher.get_by_role("region", name="Where it stands").get_by_text("accepted")).to_be_visible()
    await expect(timeline.get_by_text("passed 3-D Secure")).to_be_visible()
    finished = timeline.get_by_role("listitem").filter(has_text="payment_finished")
    await expect(finished.first.get_by_text("200", exact=True)).to_be_visible()
    await timeline.get_by_text("Request and answer").first.click()
    await expect(timeline.get_by_role("region", name="Request").first).to_contain_text('"amount": 15000')
    assert "4000000000000010" not in await watcher.content()
    await shoot(watcher, "dashboard-session-accepted")


async def test_the_buttons_act_without_leaving_the_page(
    sandbox: SimpleNamespace, open_page: Any, shoot: Any, watch: Any
) -> None:
    session_id = waiting_for_payer(sandbox)
    page = await open_page()
    await page.goto(urljoin(sandbox.url, f"sessions/{session_id}"))
    await page.evaluate("window.stayed = true")
    await page.get_by_role("button", name="Pass 3-D Secure").click()
    standing = page.get_by_role("region", name="Where it stands")
    await expect(standing.get_by_text("accepted")).to_be_visible()

    await page.get_by_label("Minor units (all if empty)").fill("4000")
    await page.get_by_role("button", name="Charge back").click()
    await expect(standing.get_by_text("40.00 RUB")).to_be_visible()
    await page.get_by_label("Minor units (all if empty)").fill("999999")
    await page.get_by_role("button", name="Charge back").click()
    await expect(page.get_by_role("status")).to_contain_text("6000 minor units can be charged back")
    await shoot(page, "dashboard-refused")
    assert await page.evaluate("window.stayed") is True
    watch.forgive("409")


async def test_webhooks_are_sent_again_and_forged_by_hand(sandbox: SimpleNamespace, open_page: Any) -> None:
    session_id = waiting_for_payer(sandbox)
    page = await open_page()
    await page.goto(urljoin(sandbox.url, f"sessions/{session_id}"))
    await page.get_by_label("Type").fill("payment_finished")
    await page.get_by_role("button", name="Send with a wrong signature").last.click()

    await expect(page.get_by_role("listitem").filter(has_text="payment_finished")).to_be_visible()
    assert [webhook.type for webhook in sandbox.bank.webhooks.values()][-1] == "payment_finished"


async def test_the_clock_is_moved_and_frozen(sandbox: SimpleNamespace, open_page: Any) -> None:
    session_id = waiting_for_payer(sandbox)
    page = await open_page()
    await page.goto(urljoin(sandbox.url, f"sessions/{session_id}"))
    await page.get_by_role("button", name="Freeze").click()
    await expect(page.get_by_text("(frozen)")).to_be_visible()
    before = sandbox.bank.now()
    await page.get_by_role("button", name="+1 day").click()

    await expect(page.get_by_role("region", name="Where it stands").get_by_text("cancelled")).to_be_visible()
    assert (sandbox.bank.now() - before).total_seconds() == 86_400
    await page.get_by_role("button", name="Run", exact=True).click()
    await expect(page.get_by_role("button", name="Freeze")).to_be_focused()


async def test_faults_are_put_in_force_and_removed(sandbox: SimpleNamespace, open_page: Any, shoot: Any) -> None:
    page = await open_page()
    await page.goto(urljoin(sandbox.url, "faults"))
    await page.get_by_label("Fault", exact=True).select_option("answer_lost")
    await page.get_by_label("Method or webhook type (all if empty)").fill("session/confirm")
    await page.get_by_role("button", name="Put in force").click()
    await expect(page.get_by_role("row").filter(has_text="session/confirm")).to_be_visible()
    await page.get_by_text("What each fault does").click()
    await shoot(page, "dashboard-faults")
    await page.get_by_role("button", name="Remove fault 1").click()

    await expect(page.get_by_text("Nothing goes wrong on purpose.")).to_be_visible()
    assert sandbox.bank.faults.rules == {}


async def test_switches_are_set_for_a_project(sandbox: SimpleNamespace, open_page: Any, shoot: Any) -> None:
    page = await open_page()
    await page.goto(urljoin(sandbox.url, "projects"))
    await page.get_by_label("Switch").select_option("two_stage")
    await page.get_by_label("Value").fill("true")
    await page.get_by_role("button", name="Set", exact=True).click()

    await expect(page.get_by_role("row").filter(has_text="two_stage")).to_contain_text("true")
    assert sandbox.bank.project.settings.two_stage is True
    await shoot(page, "dashboard-projects")


async def test_everything_works_without_scripts(sandbox: SimpleNamespace, open_page: Any) -> None:
    session_id = waiting_for_payer(sandbox)
    page = await open_page(java_script_enabled=False)
    await page.goto(sandbox.url)
    await page.get_by_role("link", name=session_id).click()
    address = page.url
    await page.get_by_role("button", name="Fail 3-D Secure").click()
    await expect(page.get_by_role("region", name="Where it stands").get_by_text("cancelled")).to_be_visible()
    assert page.url == address
    await page.get_by_role("link", name="Sessions").click()
    await page.get_by_label("Status").select_option("accepted")
    await page.get_by_role("button", name="Show").click()
    await expect(page.get_by_text("No sessions")).to_be_visible()


async def test_a_long_list_is_turned_page_by_page(sandbox: SimpleNamespace, open_page: Any, shoot: Any) -> None:
    ids = [sandbox.merchant.paid() for _ in range(60)]
    page = await open_page()
    await page.goto(sandbox.url)
    await expect(page.get_by_role("row")).to_have_count(51)
    await shoot(page, "dashboard-sessions")
    await page.get_by_role("link", name="Older").click()
    await expect(page.get_by_role("row")).to_have_count(11)
    await expect(page.get_by_role("link", name=ids[0])).to_be_visible()
    await page.get_by_role("link", name="Newest").click()
    await expect(page.get_by_role("link", name=ids[-1])).to_be_visible()


@pytest.mark.parametrize("device", ["desktop", "phone"])
async def test_every_page_is_named_reachable_by_keyboard_and_fits(
    sandbox: SimpleNamespace, open_page: Any, shoot: Any, device: str
) -> None:
    session_id = waiting_for_payer(sandbox)
    sandbox.bank.faults.add("stall", method="session/init/payment")
    page: Page = await open_page(viewport=PHONE if device == "phone" else DESKTOP)
    pay = sandbox.merchant.payment(session_id)["customer_interaction"]["redirect"]["url"]
    for name, address in (
        ("sessions", sandbox.url), ("session", urljoin(sandbox.url, f"sessions/{session_id}")),
        ("faults", urljoin(sandbox.url, "faults")), ("projects", urljoin(sandbox.url, "projects")), ("3ds", pay),
    ):  # fmt: skip
        await page.goto(address)
        assert await page.evaluate(NAMELESS) == []
        assert await page.evaluate(TOO_WIDE) <= 0, name
        assert await page.get_by_role("main").count() == await page.get_by_role("heading", level=1).count() == 1
        await page.keyboard.press("Tab")
        assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", name
        await shoot(page, f"dashboard-{name}-{device}")


async def test_it_can_be_read_in_the_dark(sandbox: SimpleNamespace, open_page: Any, shoot: Any) -> None:
    session_id = waiting_for_payer(sandbox)
    page = await open_page(color_scheme="dark")
    await page.goto(urljoin(sandbox.url, f"sessions/{session_id}"))
    await shoot(page, "dashboard-session-dark")

    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 29)"


async def test_another_web_page_cannot_drive_the_sandbox(sandbox: SimpleNamespace, open_page: Any, watch: Any) -> None:
    clock, faults = urljoin(sandbox.url, "clock"), urljoin(sandbox.url, "faults")
    attack = f"""<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Attack</title>
<form method="post" action="{clock}"><button name="frozen" value="true">Win a prize</button></form><script>
const bodies = [["text/plain", '{{"frozen":true}}'], ["application/x-www-form-urlencoded", "frozen=true"],
                ["application/json", '{{"frozen":true}}']];
window.done = Promise.allSettled([
  ...bodies.map(([type, body]) => fetch("{clock}", {{method: "POST", headers: {{"Content-Type": type}}, body}})),
  ...bodies.slice(0, 1).map(([, body]) => fetch("{clock}", {{method: "POST", mode: "no-cors", body}})),
  fetch("{faults}", {{method: "DELETE"}}), fetch("{clock}").then((answer) => answer.text()),
]).then((results) => results.map((result) => result.status + ":" + (result.value?.type ?? "")));
</script>"""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=attack, content_type="text/html")

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sandbox.bank.faults.add("stall", method="nothing")
    page = await open_page()
    await page.goto(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    results = await page.evaluate("window.done")
    assert results == ["rejected:"] * 6  # none was even allowed to see what the bank answered
    await page.get_by_role("button", name="Win a prize").click()
    await expect(page.get_by_text("another web page may not control the sandbox")).to_be_visible()
    await runner.cleanup()

    assert not sandbox.bank.is_frozen
    assert len(sandbox.bank.faults.rules) == 1
    watch.forgive("CORS|Failed to load")  # the browser tells of each attempt that it stopped
