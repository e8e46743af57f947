"""The payer's browser: it opens pages, fills in forms, follows redirects and runs no scripts."""

from __future__ import annotations

import time
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import aiohttp
import attrs

from bank131_async.cli.demo.timeline import Course

_MOST_REDIRECTS = 10


@attrs.frozen
class Page:
    """What the payer sees: the heading, and the form if there is one."""

    url: str
    heading: str
    has_form: bool
    fields: dict[str, str]


class Browser:
    """One payer."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._http = aiohttp.ClientSession()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def open(self, url: str) -> Page:
        """Open an address and go wherever it leads."""
        return await self._visit("GET", url, {}, "")

    async def submit(self, page: Page, does: str, **filled: str) -> Page:
        """Send the form of a page with these fields filled in or buttons pressed. ``does`` tells it to the audience."""
        if not page.has_form:
            raise LookupError(f"the page {page.heading!r} has no form")
        return await self._visit("POST", page.url, {**page.fields, **filled}, does)

    async def _visit(self, method: str, url: str, data: dict[str, str], does: str) -> Page:
        for _ in range(_MOST_REDIRECTS):
            began = time.perf_counter()
            async with self._http.request(method, url, data=data or None, allow_redirects=False) as response:
                page = _read(url, await response.text())
                location = response.headers.get("Location")
                leads = f"leads to {_shown(urljoin(url, location))}" if location else f'"{page.heading}"'
                # Only the path: the query holds the secret by which the bank knows the payer.
                self._course.now.add(
                    "payer", f"{method} {_shown(url)}", does, f"{response.status} {leads}", began=began
                )
                response.raise_for_status()
            if location is None:
                return page
            method, url, data, does = "GET", urljoin(url, location), {}, ""
        raise LookupError("the pages lead in a circle")


def _shown(url: str) -> str:
    return urlsplit(url).path


def _read(url: str, text: str) -> Page:
    reader = _Reader()
    reader.feed(text)
    return Page(url, reader.heading.strip(), reader.has_form, reader.hidden)


class _Reader(HTMLParser):
    """Finds the heading, the form and its hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = ""
        self.has_form = False
        self.hidden: dict[str, str] = {}
        self._in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in_heading = tag == "h1"
        if tag == "form":
            self.has_form = True
        elif tag == "input" and given.get("type") == "hidden":
            self.hidden[given.get("name") or ""] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "h1":
            self._in_heading = False

    def handle_data(self, data: str) -> None:
        if self._in_heading:
            self.heading += data
