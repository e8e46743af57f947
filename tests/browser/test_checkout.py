"""A person pays in the example shop: in the bank's form, by card, by QR code; and fails 3-D Secure."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from playwright.async_api import expect

from tests.support.pages import CHALLENGE, PHONE, fill_in, fill_in_the_shop

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("device", ["desktop", "phone"])
async def test_a_person_pays_in_the_banks_form(shop: SimpleNamespace, open_page: Any, shoot: Any, device: str) -> None:
    page = await open_page(**({"viewport": PHONE, "has_touch": True} if device == "phone" else {}))
    await page.goto(shop.url)
    await shoot(page, f"shop-cart-{device}")
    await page.get_by_role("button", name="Pay in the bank's form").click()
    await fill_in(page, CHALLENGE, ("Card number", "Month (MM)", "Year (YY)", "Code (CVC)"))
    await shoot(page, f"shop-bank-form-{device}")
    await page.get_by_role("button", name="Pay").click()

    await expect(page.get_by_role("heading", name="3-D Secure")).to_be_visible()
    await shoot(page, f"3ds-{device}")
    await page.get_by_role("button", name="Confirm the payment").click()

    await expect(page.get_by_text("Paid. We are packing.")).to_be_visible()
    await shoot(page, f"shop-paid-{device}")
    assert [session.status for session in shop.bank.sessions.values()] == ["accepted"]


async def test_a_person_pays_by_card_in_the_shop(shop: SimpleNamespace, open_page: Any, shoot: Any) -> None:
    page = await open_page()
    await page.goto(shop.url)
    await page.get_by_role("button", name="Pay by card here").click()
    await shoot(page, "shop-card")
    await fill_in_the_shop(page, CHALLENGE)
    await page.get_by_role("button", name="Confirm the payment").click()

    await expect(page.get_by_text("Paid. We are packing.")).to_be_visible()


async def test_a_person_fails_3ds_and_the_order_is_not_paid(shop: SimpleNamespace, open_page: Any, shoot: Any) -> None:
    page = await open_page()
    await page.goto(shop.url)
    await page.get_by_role("button", name="Pay by card here").click()
    await fill_in_the_shop(page, CHALLENGE)
    await page.get_by_role("button", name="Fail the check").click()

    await expect(page.get_by_text("Not paid: 3DS_error")).to_be_visible()
    await shoot(page, "shop-not-paid")


@pytest.mark.parametrize(("button", "result"), [("Pay", "Paid. We are packing."), ("Decline", "Cancelled")])
async def test_a_person_answers_a_qr_code_with_the_phone_and_the_shop_follows(
    shop: SimpleNamespace, open_page: Any, shoot: Any, button: str, result: str
) -> None:
    page, phone = await open_page(), await open_page(viewport=PHONE, has_touch=True)
    await page.goto(shop.url)
    await page.get_by_role("button", name="Pay by QR code").click()
    code = page.get_by_role("img", name="QR code for your bank's app")
    await expect(code).to_be_visible()
    assert await code.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    await shoot(page, "shop-qr")

    # What the phone's camera would read from the picture.
    link = await page.get_by_role("link", name="Open your bank's app").get_attribute("href")
    await phone.goto(str(link))
    await shoot(phone, "qr-phone")
    await phone.get_by_role("button", name=button, exact=True).click()
    await expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()

    await expect(page.get_by_text(result)).to_be_visible()
