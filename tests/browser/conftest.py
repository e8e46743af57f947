"""A real Chromium before the sandbox and the example shop. Screenshots of every test are kept in build/screenshots."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, async_playwright

from bank131_async.testing import Sandbox
from tests.support.pages import DESKTOP

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 10_000

Shoot = Callable[[Page, str], Coroutine[Any, Any, None]]


def pytest_configure(config: pytest.Config) -> None:
    """One line where there is no Chromium, instead of a trace for each test."""
    del config
    if _chromium() is None:
        pytest.exit("no Chromium found: apt-get install -y chromium, or name one in CHROMIUM", returncode=1)


def _chromium() -> str | None:
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests; each gets profiles of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_chromium(), args=ARGUMENTS)
        yield browser
        await browser.close()


class Watch:
    """Notes what no page may do: load from elsewhere, break its own policy, or fail."""

    def __init__(self) -> None:
        self.complaints: list[str] = []

    def follow(self, page: Page) -> None:
        """Watch a page."""
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", self._said)
        page.on("request", self._asked)

    def forgive(self, pattern: str) -> None:
        """Take back complaints that a test has asked for. Fails if there is none."""
        left = [text for text in self.complaints if not re.search(pattern, text)]
        assert len(left) < len(self.complaints)
        self.complaints[:] = left

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):
            self.complaints.append(f"from elsewhere: {request.url}")


@pytest.fixture
def watch() -> Watch:
    """What the pages of this test did wrong; a test fails at its end if there is anything."""
    return Watch()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, watch: Watch) -> AsyncIterator[Callable[..., Coroutine[Any, Any, Page]]]:
    """Open a page in a browser profile of its own; keywords are Playwright's."""

    contexts: list[BrowserContext] = []

    async def make(**options: Any) -> Page:
        contexts.append(await browser.new_context(**({"viewport": DESKTOP} | options)))
        contexts[-1].on("page", watch.follow)
        return await contexts[-1].new_page()

    yield make
    for context in contexts:
        await context.close()
    assert watch.complaints == []


@pytest.fixture
def shoot(repository: Path) -> Shoot:
    """Keep a screenshot of a page under a name."""
    folder = repository / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)

    async def keep(page: Page, name: str) -> None:
        await page.screenshot(path=folder / f"{name}.png", full_page=True)

    return keep


@pytest_asyncio.fixture(loop_scope="session")
async def shop(repository: Path) -> AsyncIterator[SimpleNamespace]:
    """examples/checkout_aiohttp.py with its sandbox: ``url``, ``bank`` (the sandbox) and ``dashboard``."""
    spec = importlib.util.spec_from_file_location("checkout_example", repository / "examples" / "checkout_aiohttp.py")
    assert spec is not None
    assert spec.loader is not None
    checkout = importlib.util.module_from_spec(spec)
    sys.modules["checkout_example"] = checkout  # dataclasses look their module up
    spec.loader.exec_module(checkout)
    async with Sandbox() as sandbox, sandbox.client() as bank:
        shop = checkout.Shop(bank, widgets=f"{sandbox.url}/widget")
        runner = web.AppRunner(shop.application(), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        shop.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        sandbox.bank.configure(webhook_url=f"{shop.url}/webhooks/bank131")
        yield SimpleNamespace(url=shop.url, bank=sandbox.bank, dashboard=sandbox.server.dashboard_url)
        await runner.cleanup()
