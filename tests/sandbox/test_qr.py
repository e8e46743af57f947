"""The QR code and the page to which it leads."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import segno

from bank131_async.sandbox import Answer
from tests.support.raw_merchant import RawMerchant


def waiting(merchant: RawMerchant) -> tuple[str, dict[str, Any]]:
    """A session whose payer is to scan a code, and what the shop is given to show."""
    session_id = merchant.create()
    merchant.call(
        "session/start/payment",
        session_id=session_id,
        payment_details={"type": "faster_payment_system", "faster_payment_system": {}},
    )
    if merchant.status(session_id).get("next_action") == "confirm":
        merchant.call("session/confirm", session_id=session_id)
    return session_id, merchant.payment(session_id)["customer_interaction"]["inform"]["qr"]


def ask(merchant: RawMerchant, url: str, fields: dict[str, str] | None = None) -> Answer:
    address = urlsplit(url)
    method, body = ("GET", b"") if fields is None else ("POST", urlencode(fields).encode())
    return merchant.bank.handle(method, f"{address.path}?{address.query}", {}, body)


def test_the_picture_is_the_code_of_the_link(merchant: RawMerchant, tmp_path: Any) -> None:
    _, qr = waiting(merchant)
    picture = ask(merchant, qr["img"])

    assert picture.headers["Content-Type"] == "image/svg+xml"
    drawn = tmp_path / "code.svg"
    segno.make(qr["content"], error="m", micro=False).save(str(drawn), scale=8, border=4, light="#fff", xmldecl=False)
    assert picture.body == drawn.read_bytes()


@pytest.mark.parametrize(("result", "status"), [("pay", "accepted"), ("decline", "cancelled")])
def test_the_payer_answers_on_the_page(merchant: RawMerchant, result: str, status: str) -> None:
    session_id, qr = waiting(merchant)
    page = ask(merchant, qr["content"])
    assert b"100.00 RUB" in page.body
    assert f'src="/qr.svg?{urlsplit(qr["img"]).query}"'.encode() in page.body
    assert "img-src 'self'" in page.headers["Content-Security-Policy"]

    assert b"Thank you" in ask(merchant, qr["content"], {"result": result}).body
    assert merchant.status(session_id)["status"] == status


def test_an_answer_is_given_once_and_in_time(merchant: RawMerchant) -> None:
    session_id, qr = waiting(merchant)
    ask(merchant, qr["content"], {"result": "decline"})
    assert ask(merchant, qr["content"], {"result": "pay"}).status == 200  # a double click
    assert merchant.status(session_id)["status"] == "cancelled"
    assert ask(merchant, qr["content"]).status == 410

    _, late = waiting(merchant)
    merchant.bank.advance(86_400)
    assert ask(merchant, late["content"], {"result": "pay"}).status == 410


def test_an_answer_that_is_none_is_asked_again_and_an_unknown_code_is_not_found(merchant: RawMerchant) -> None:
    _, qr = waiting(merchant)

    assert ask(merchant, qr["content"], {"result": "maybe"}).status == 400
    for path in ("/qr?id=nothing", "/qr.svg?id=nothing", "/qr"):
        assert ask(merchant, path).status == 404


def test_without_segno_the_page_names_the_extra(merchant: RawMerchant, monkeypatch: pytest.MonkeyPatch) -> None:
    _, qr = waiting(merchant)
    monkeypatch.setitem(sys.modules, "segno", None)
    answer = ask(merchant, qr["img"])

    assert answer.status == 503
    assert b"bank131-async[cli]" in answer.body
