"""The dashboard's pages as HTML: what they hold, that every value is escaped, and that anybody can read them."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bank131_async.cli.sandbox import collect_rarely
from bank131_async.sandbox import Answer, SandboxBank, SandboxServer
from bank131_async.sandbox import pages as pages_package
from bank131_async.sandbox.control import ControlPlane
from tests.support.raw_merchant import CHALLENGE, RawMerchant

HEADERS = {"Host": "127.0.0.1:8131", "Accept": "text/html,application/xhtml+xml"}
NASTY = "<img src=x onerror=alert(1)>\"'&"


def get(bank: SandboxBank, path: str) -> Answer:
    path, _, query = path.partition("?")
    return ControlPlane(bank).handle("GET", f"/_sandbox{path}", query, HEADERS, b"")


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(answer.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def challenged(merchant: RawMerchant, **fields: Any) -> str:
    session_id = merchant.create(**fields)
    merchant.start(session_id, CHALLENGE)
    merchant.call("session/confirm", session_id=session_id)
    return session_id


def every_page(merchant: RawMerchant) -> list[Answer]:
    session_id = challenged(merchant, metadata={"note": NASTY}, customer={"reference": NASTY})
    first = merchant.bank.take_outbox()[0]
    merchant.bank.delivered(first, 500, error=NASTY, answer=NASTY.encode())
    merchant.bank.send_webhook(session_id, NASTY)
    merchant.bank.decline(session_id, NASTY)
    merchant.bank.faults.add("stall", method=NASTY, session_id=NASTY)
    merchant.bank.add_project(NASTY, merchant.bank.keys.merchant.public_pem(), action_timeout_code=NASTY)
    pages = ["/", "/sessions?status=%3Cimg%20src%3Dx%3E", f"/sessions/{session_id}", "/faults", "/projects"]
    return [get(merchant.bank, path) for path in pages] + [get(merchant.bank, "/sessions/ps_0")]


def test_every_value_is_escaped(merchant: RawMerchant) -> None:
    for answer in every_page(merchant):
        page = Tags(answer)
        assert NASTY.encode() not in answer.body
        assert [tag for tag, _ in page.tags if tag in ("img", "iframe", "object", "style")] == []
        assert not any(name.startswith("on") or name == "style" for _, tag in page.tags for name in tag)


def test_nothing_is_loaded_from_elsewhere_and_the_policy_forbids_inline_scripts(merchant: RawMerchant) -> None:
    for answer in every_page(merchant):
        page = Tags(answer)
        loaded = [tag.get("src") or tag.get("href") for name, tag in page.tags if name in ("script", "link")]
        assert loaded == ["/_sandbox/dashboard.css", "/_sandbox/dashboard.js"]
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert {policy[name] for name in ("script-src", "style-src", "connect-src", "form-action")} == {"'self'"}
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        # Chromium sends no Origin with forms of a page without any referrer, and the guard wants to see one.
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_every_input_has_a_label_and_every_id_is_unique(merchant: RawMerchant) -> None:
    for answer in every_page(merchant):
        tags = Tags(answer).tags
        ids = [tag["id"] for _, tag in tags if "id" in tag]
        labelled = {tag["for"] for name, tag in tags if name == "label"}
        inputs = {tag.get("id") for name, tag in tags if name in ("input", "select") and tag.get("type") != "hidden"}
        assert len(ids) == len(set(ids))
        assert inputs == labelled


def test_what_cannot_be_done_is_said_on_a_page(merchant: RawMerchant) -> None:
    answer = get(merchant.bank, "/sessions/ps_0")

    assert answer.status == 404
    assert b'role="alert">session_id: no such session' in answer.body


def test_the_same_address_is_json_for_programs(merchant: RawMerchant) -> None:
    answer = ControlPlane(merchant.bank).handle("GET", "/_sandbox/", "", {"Host": "localhost"}, b"")

    assert json.loads(answer.body)["sessions"] == []
    assert answer.headers["Vary"] == "Accept"


def test_the_payers_page_is_linked_while_the_payer_is_waited_for(merchant: RawMerchant) -> None:
    session_id = challenged(merchant)
    page = merchant.payment(session_id)["customer_interaction"]["redirect"]["url"]
    link = f'href="{page}"'.encode()

    assert link in get(merchant.bank, f"/sessions/{session_id}").body
    merchant.bank.payer_pass(session_id)
    assert link not in get(merchant.bank, f"/sessions/{session_id}").body


# -- colours -----------------------------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["dashboard.css", "style.css"])
def test_text_has_contrast_in_the_light_and_in_the_dark(name: str) -> None:
    text = (Path(pages_package.__file__).parent / name).read_text()
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in re.findall(r":root \{(.*?)\}", text, re.DOTALL)
    )
    for colours in (light, light | dark):
        pairs = [("ink", "surface"), ("ink", "ground"), ("muted", "surface"), ("muted", "ground"),
                 ("accent", "surface"), ("on-accent", "accent"), ("bad", "bad-soft"), ("bad", "surface")]  # fmt: skip
        pairs += [(word, f"{word}-soft") for word in ("good", "warn", "calm") if word in colours]
        assert {pair: contrast(*(colours[part] for part in pair)) for pair in pairs if
                contrast(*(colours[part] for part in pair)) < 4.5} == {}  # fmt: skip
        assert contrast(colours["edge"], colours["surface"]) >= 3  # borders of inputs


# -- many sessions -----------------------------------------------------------------------------------------------------


def test_ten_thousand_sessions_are_listed_and_paged_without_a_pause(merchant: RawMerchant) -> None:
    bank = merchant.bank
    paid = bank.session(merchant.paid()).last
    assert paid is not None
    for _ in range(9_999):
        bank._rules.start(bank._rules.create(bank.project, "v2", paid.fields), paid.fields)
    bank.run_due()
    usual = gc.get_threshold()
    collect_rarely()  # as `bank131 sandbox` does
    pauses: list[float] = []  # of the processor, whatever else runs on this machine
    seen = 0
    path = "/?limit=500"
    while True:
        before = time.thread_time()
        answer = get(bank, path)
        pauses.append(time.thread_time() - before)
        seen += answer.body.count(b'data-label="Session"')
        older = re.search(rb'href="/_sandbox/([^"]*)" rel="next"', answer.body)
        if older is None:
            break
        path = "/" + older.group(1).decode().replace("&amp;", "&")
    gc.set_threshold(*usual)

    assert seen == 10_000
    assert max(pauses) < 0.1


# -- live --------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_stream_tells_of_every_change_and_ends_with_the_server() -> None:
    async with aiohttp.ClientSession() as session, SandboxServer() as server:
        stream = await session.get(f"{server.url}/_sandbox/events")
        assert stream.content_type == "text/event-stream"
        assert await stream.content.readuntil(b"data: open\n\n")
        RawMerchant(server.bank).create()
        async with asyncio.timeout(5):
            assert (await stream.content.readuntil(b"\n\n")).endswith(b"data: changed\n\n")
        with pytest.raises(TimeoutError):  # once for each change
            async with asyncio.timeout(0.15):
                await stream.content.readuntil(b"\n\n")
        await server.aclose()
        async with asyncio.timeout(5):
            await stream.content.read()


@pytest.mark.asyncio
async def test_a_stream_is_refused_under_a_name_from_outside() -> None:
    async with (
        SandboxServer() as server,
        aiohttp.ClientSession() as session,
        session.get(f"{server.url}/_sandbox/events", headers={"Host": "evil.example"}) as answer,
    ):
        assert answer.status == 403


@pytest.mark.asyncio
async def test_requests_and_answers_are_in_the_timeline_without_card_numbers() -> None:
    async with SandboxServer() as server, aiohttp.ClientSession() as session:
        merchant = RawMerchant(server.bank)
        session_id = merchant.create()
        fields = {"session_id": session_id, "payment_details": {"type": "card", "card": {
            "type": "bank_card", "bank_card": {"number": CHALLENGE, "expiration_month": "12", "expiration_year": "30",
                                               "security_code": "987"}}}}  # fmt: skip
        body = json.dumps(fields).encode()
        headers = merchant.headers(body)
        async with session.post(f"{server.url}/api/v2/session/start/payment", data=body, headers=headers) as answer:
            assert answer.status == 200
        async with session.get(f"{server.url}/_sandbox/sessions/{session_id}") as answer:
            text = await answer.text()
            exchange, webhook = json.loads(text)["timeline"]

    assert (exchange["path"], exchange["status"], exchange["fault"]) == ("/api/v2/session/start/payment", 200, None)
    assert exchange["request"]["payment_details"]["card"]["bank_card"]["number"] == "400000******0010"
    assert exchange["answer"]["session"]["id"] == session_id
    assert (webhook["kind"], webhook["type"]) == ("webhook", "ready_to_confirm")
    assert CHALLENGE not in text
    assert "987" not in json.dumps(exchange["request"])
