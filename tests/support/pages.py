"""What a person does on the pages of the example shop, and on what screens."""

from __future__ import annotations

from playwright.async_api import Page

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
CHALLENGE = "4000 0000 0000 0010"


async def fill_in(page: Page, number: str, labels: tuple[str, str, str, str]) -> None:
    """Type a card in; the labels are those of number, month, year and code."""
    for label, value in zip(labels, (number, "12", "30", "123"), strict=True):
        await page.get_by_label(label, exact=True).fill(value)


async def fill_in_the_shop(page: Page, number: str) -> None:
    """Send the shop's own card form."""
    await fill_in(page, number.replace(" ", ""), ("Number", "Month", "Year", "CVC"))
    await page.get_by_role("button", name="Pay 150.00").click()
