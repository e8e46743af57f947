"""The payer's pages: what they hold, where they lead, and what they refuse. Parsed as HTML, no browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

import bank131_async.sandbox.pages as pages
from bank131_async.sandbox import Answer
from tests.support.raw_merchant import APPROVE, CHALLENGE, RawMerchant

Make = Callable[..., RawMerchant]
NASTY = "<script>alert('x')</script>&\"'"
CARD = {"number": "4000 0000 0000 0010", "expiration_month": "12", "expiration_year": "30", "security_code": "123"}


class Page(HTMLParser):
    """A page as tags with attributes, and its text."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        self.feed(answer.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def get(merchant: RawMerchant, path: str) -> Answer:
    return merchant.bank.handle("GET", path, {}, b"")


def post(merchant: RawMerchant, path: str, fields: dict[str, str]) -> Answer:
    body = urlencode(fields).encode()
    return merchant.bank.handle("POST", path, {"Content-Type": "application/x-www-form-urlencoded"}, body)


def challenge_path(merchant: RawMerchant, session_id: str) -> str:
    url = urlsplit(merchant.payment(session_id)["customer_interaction"]["redirect"]["url"])
    return f"{url.path}?{url.query}" if url.query else url.path


def challenged(merchant: RawMerchant, **fields: Any) -> str:
    session_id = merchant.create(**fields)
    merchant.start(session_id, CHALLENGE)
    if merchant.status(session_id).get("next_action") == "confirm":
        merchant.call("session/confirm", session_id=session_id)
    return session_id


def token_for(merchant: RawMerchant, session_id: str | None = None, **widget: Any) -> str:
    widget["session_id"] = session_id or merchant.create(payment_options={})
    return merchant.call("token", version="v1", acquiring_widget=widget)["public_token"]


# -- 3-D Secure --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("result", "status"), [("pass", "succeeded"), ("fail", "failed")])
def test_the_buttons_of_3d_secure_send_the_result_and_lead_back_to_the_shop(
    merchant: RawMerchant, result: str, status: str
) -> None:
    session_id = challenged(merchant)
    path = challenge_path(merchant, session_id)
    page = Page(get(merchant, path))
    (form,) = page.all("form")
    assert form == {"method": "post"}  # to its own address
    buttons = [(button["name"], button["value"]) for button in page.all("button")]
    assert buttons == [("result", "pass"), ("result", "fail")]

    answer = post(merchant, path, {"result": result})

    assert answer.status == 303
    assert answer.headers["Location"] == "https://shop.example/back"
    assert merchant.payment(session_id)["status"] == status


def test_the_page_shows_amount_and_masked_card_and_can_be_used_by_everyone(merchant: RawMerchant) -> None:
    page = Page(get(merchant, challenge_path(merchant, challenged(merchant))))

    assert "100.00 RUB" in page.text
    assert "visa ending in 0010" in page.text
    assert CHALLENGE not in page.text
    assert page.all("html")[0]["lang"] == "en"
    assert page.all("meta")[1]["name"] == "viewport"
    assert len(page.all("h1")) == len(page.all("main")) == 1


def test_without_a_return_url_a_plain_page_says_so(merchant: RawMerchant) -> None:
    session_id = challenged(merchant, payment_options={})

    answer = post(merchant, challenge_path(merchant, session_id), {"result": "pass"})

    assert answer.status == 200
    assert "gave no address to return to" in Page(answer).text
    assert merchant.payment(session_id)["status"] == "succeeded"


def test_an_answer_cannot_be_changed_by_sending_another(merchant: RawMerchant) -> None:
    session_id = challenged(merchant)
    path = challenge_path(merchant, session_id)
    post(merchant, path, {"result": "fail"})

    again = post(merchant, path, {"result": "pass"})

    assert again.status == 303  # a double click ends at the shop as well
    assert merchant.payment(session_id)["status"] == "failed"
    assert get(merchant, path).status == 410


def test_a_result_that_is_none_of_the_two_is_asked_again(merchant: RawMerchant) -> None:
    session_id = challenged(merchant)
    for fields in ({}, {"result": "maybe"}):
        answer = post(merchant, challenge_path(merchant, session_id), fields)
        assert answer.status == 400
        assert [tag["id"] for tag in Page(answer).all("p") if tag.get("role") == "alert"] == ["problem"]
    assert merchant.payment(session_id)["status"] == "pending"


def test_a_payer_who_comes_too_late_is_told_so(merchant: RawMerchant) -> None:
    session_id = challenged(merchant)
    path = challenge_path(merchant, session_id)
    merchant.bank.advance(3_600)

    assert get(merchant, path).status == 410
    assert post(merchant, path, {"result": "pass"}).status == 410
    assert merchant.payment(session_id)["status"] == "failed"


@pytest.mark.parametrize("path", ["/3ds", "/3ds?id=", "/3ds?id=nothing", f"/3ds?id={NASTY}"])
def test_a_check_nobody_knows_is_not_found(merchant: RawMerchant, path: str) -> None:
    assert get(merchant, path).status == 404
    assert post(merchant, path, {"result": "pass"}).status == 404


def test_a_redirect_by_post_opens_the_page_with_its_params(make_merchant: Make) -> None:
    merchant = make_merchant(redirect_method="POST", auto_confirm=True)
    session_id = challenged(merchant)
    redirect = merchant.payment(session_id)["customer_interaction"]["redirect"]

    page = Page(post(merchant, "/3ds", redirect["params"]))
    (hidden,) = [tag for tag in page.all("input") if tag["type"] == "hidden"]
    assert {hidden["name"]: hidden["value"]} == redirect["params"]
    answer = post(merchant, "/3ds", {**redirect["params"], "result": "pass"})

    assert answer.status == 303
    assert merchant.payment(session_id)["status"] == "succeeded"


# -- safety ------------------------------------------------------------------------------------------------------------


def every_page(merchant: RawMerchant) -> list[Answer]:
    session_id = challenged(merchant)
    token = token_for(merchant, success_return_url="https://shop.example/ok")
    path = f"/widget/form?public_token={token}"
    return [
        get(merchant, challenge_path(merchant, session_id)),
        get(merchant, path),
        post(merchant, path, {"number": NASTY, "cardholder_name": NASTY, "expiration_month": NASTY}),
        get(merchant, "/nothing"),
        get(merchant, f"/widget/form?public_token={NASTY}"),
        post(merchant, challenge_path(merchant, session_id), {"result": NASTY}),
    ]


def test_no_page_holds_a_script_or_anything_from_elsewhere(merchant: RawMerchant) -> None:
    for answer in every_page(merchant):
        page = Page(answer)
        assert page.all("script") == []
        links = [tag.get("src") or tag.get("href") for _, tag in page.tags if tag.get("src") or tag.get("href")]
        assert links == ["/pages/style.css"]
        assert not any(name.startswith("on") or name == "style" for _, tag in page.tags for name in tag)


def test_the_policy_forbids_all_but_the_style_and_the_merchants_addresses(merchant: RawMerchant) -> None:
    for answer in every_page(merchant):
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["style-src"] == "'self'"
        assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy["form-action"] in ("'self'", "'self' https://shop.example")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_values_are_escaped_and_number_and_code_are_never_shown_again(merchant: RawMerchant) -> None:
    path = f"/widget/form?public_token={token_for(merchant)}"

    answer = post(merchant, path, CARD | {"number": "4242424242424241", "cardholder_name": NASTY})

    page = Page(answer)
    assert answer.status == 422
    values = {tag["name"]: tag["value"] for tag in page.all("input")}
    assert values["cardholder_name"] == NASTY
    assert values["number"] == values["security_code"] == ""
    assert page.all("script") == []


@pytest.mark.parametrize("extra", ["&return_url=https://evil.example", "&success_return_url=https://evil.example"])
def test_nobody_but_the_merchant_chooses_where_the_payer_goes(merchant: RawMerchant, extra: str) -> None:
    session_id = challenged(merchant)

    answer = post(
        merchant, challenge_path(merchant, session_id) + extra, {"result": "pass", "return_url": "https://evil.example"}
    )

    assert answer.headers["Location"] == "https://shop.example/back"


# -- the form ----------------------------------------------------------------------------------------------------------


def test_a_payer_pays_in_the_form_without_any_script(merchant: RawMerchant) -> None:
    urls = {"success_return_url": "https://shop.example/ok?a=1&b=2", "failure_return_url": "https://shop.example/no"}
    session_id = merchant.create()
    path = f"/widget/form?public_token={token_for(merchant, session_id, **urls)}"
    page = Page(get(merchant, path))
    assert "100.00 RUB" in page.text
    labels = {tag["for"] for tag in page.all("label")}
    assert {tag["id"] for tag in page.all("input")} == labels
    assert {tag["name"] for tag in page.all("input")} >= set(CARD)

    answer = post(merchant, path, CARD)
    assert answer.status == 303
    answer = get(merchant, answer.headers["Location"])
    assert answer.status == 303
    challenge = answer.headers["Location"]
    assert challenge == challenge_path(merchant, session_id)

    answer = post(merchant, challenge, {"result": "pass"})
    waiting = answer.headers["Location"]
    answer = get(merchant, waiting)
    assert (answer.status, answer.headers["Refresh"]) == (200, "1")  # waits for the merchant's confirm
    merchant.call("session/confirm", session_id=session_id)

    answer = get(merchant, waiting)
    assert (answer.status, answer.headers["Location"]) == (303, urls["success_return_url"])
    assert merchant.payment(session_id)["status"] == "succeeded"


def test_a_failed_payment_leads_to_the_failure_address(merchant: RawMerchant) -> None:
    token = token_for(merchant, failure_return_url="https://shop.example/no")
    merchant.bank.pay_form(token, CHALLENGE)
    merchant.bank.payer_fail(merchant.bank._forms.find(token).session.id)

    answer = get(merchant, f"/widget/result?public_token={token}")

    assert answer.headers["Location"] == "https://shop.example/no"


@pytest.mark.parametrize(("number", "text"), [(APPROVE, "went through"), ("4000000000000192", "did not go through")])
def test_without_return_addresses_the_page_itself_says_how_it_ended(
    make_merchant: Make, number: str, text: str
) -> None:
    merchant = make_merchant(auto_confirm=True)
    token = token_for(merchant)
    merchant.bank.pay_form(token, number)

    assert text in Page(get(merchant, f"/widget/result?public_token={token}")).text


def test_success_on_hold_shows_the_success_before_the_capture(make_merchant: Make) -> None:
    merchant = make_merchant(auto_confirm=True, two_stage=True)
    for on_hold, state in ((False, "processing"), (True, "succeeded")):
        token = token_for(merchant, success_on_hold=on_hold)
        merchant.bank.pay_form(token)
        shown = json.loads(get(merchant, f"/widget/state?public_token={token}").body)
        assert shown["state"] == state


def test_wrong_card_data_is_explained_beside_its_field(merchant: RawMerchant) -> None:
    path = f"/widget/form?public_token={token_for(merchant)}"

    page = Page(post(merchant, path, CARD | {"expiration_month": "13"}))

    assert "Month (MM): expected two digits, 01 to 12" in page.text
    wrong = [tag["name"] for tag in page.all("input") if tag.get("aria-invalid") == "true"]
    assert wrong == ["expiration_month"]
    assert post(merchant, path, CARD).status == 303  # the token was not used up


def test_a_form_sent_twice_shows_how_it_went(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    path = f"/widget/form?public_token={token_for(merchant, session_id)}"
    for _ in range(2):
        assert post(merchant, path, CARD).status == 303
    assert get(merchant, path).status == 303
    assert len(merchant.bank.session(session_id).attempts) == 1


def test_an_unknown_token_or_an_old_one_is_refused(merchant: RawMerchant) -> None:
    assert get(merchant, "/widget/form?public_token=nothing").status == 404
    token = token_for(merchant)
    merchant.bank.advance(86_400)
    assert get(merchant, f"/widget/form?public_token={token}").status == 410


# -- the script --------------------------------------------------------------------------------------------------------


def test_the_widget_script_has_the_reported_names_and_is_readable_from_any_shop(merchant: RawMerchant) -> None:
    script = get(merchant, "/widget/payment-form.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert script.headers["Access-Control-Allow-Origin"] == "*"
    for name in (b"Bank131PaymentForm", b"bank131-payment-form", b"onPaymentSuccess", b"onPaymentFail", b"isCvcMasked",
                 b"customerInteractionRedirect", b"render()"):  # fmt: skip
        assert name in script.body
    assert b"innerHTML" not in script.body
    assert get(merchant, "/widget/payment-form.css").headers["Content-Type"].startswith("text/css")


def test_the_script_pays_and_follows_the_payment_by_json(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    token = token_for(merchant, session_id, success_return_url="https://shop.example/ok")
    preflight = merchant.bank.handle("OPTIONS", "/widget/pay", {}, b"")
    assert (preflight.status, preflight.headers["Access-Control-Allow-Headers"]) == (204, "Content-Type")

    def state() -> Any:
        answer = get(merchant, f"/widget/state?public_token={token}")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        return json.loads(answer.body)

    assert state() == {"status": "ok", "state": "form"}
    body = json.dumps({"public_token": token, **CARD}).encode()
    assert merchant.bank.handle("POST", "/widget/pay", {}, body).status == 200
    shown = state()
    assert shown == {"status": "ok", "state": "action_required", "redirect_url": challenge_path(merchant, session_id)}
    merchant.bank.payer_pass(session_id)
    assert state()["state"] == "processing"
    merchant.call("session/confirm", session_id=session_id)
    assert state() == {"status": "ok", "state": "succeeded", "return_url": "https://shop.example/ok"}


def test_the_script_is_refused_in_json(merchant: RawMerchant) -> None:
    token = token_for(merchant)
    for body, status in (
        ({"public_token": "nothing"}, 404),
        ({"public_token": token, "number": "1"}, 400),
        ({}, 400),
    ):
        answer = merchant.bank.handle("POST", "/widget/pay", {}, json.dumps(body).encode())
        assert answer.status == status
        assert json.loads(answer.body)["error"]["code"] == "invalid_request"
    merchant.bank.pay_form(token)
    used = json.dumps({"public_token": token, **CARD}).encode()
    assert merchant.bank.handle("POST", "/widget/pay", {}, used).status == 409


def test_the_root_leads_a_person_to_the_dashboard(merchant: RawMerchant) -> None:
    answer = merchant.bank.handle("GET", "/", {}, b"")

    assert (answer.status, answer.headers["Location"]) == (303, "/_sandbox/")


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nope", 404), ("DELETE", "/3ds", 405), ("GET", "/widget/pay", 405)]
)
def test_what_is_no_page_says_so(merchant: RawMerchant, method: str, path: str, status: int) -> None:
    assert merchant.bank.handle(method, path, {}, b"").status == status


def test_a_body_that_is_no_form_is_refused(merchant: RawMerchant) -> None:
    path = challenge_path(merchant, challenged(merchant))

    assert merchant.bank.handle("POST", path, {}, b"\xff\xfe").status == 400
    assert merchant.bank.handle("POST", path, {}, b"&".join(b"a=1" for _ in range(100))).status == 400


def test_the_static_files_are_there() -> None:
    folder = Path(pages.__file__).parent

    assert all((folder / path.rpartition("/")[2]).is_file() for path in pages.STATIC)


def test_another_way_of_paying_has_its_own_words_on_the_page(merchant: RawMerchant) -> None:
    session_id = merchant.create(
        payment_options={"return_url": "https://shop.example/back", "platform_details": {"type": "desktop"}}
    )
    details = {"type": "internet_banking", "internet_banking": {"type": "tpay", "tpay": {}}}
    merchant.call("session/start/payment", session_id=session_id, payment_details=details)
    merchant.call("session/confirm", session_id=session_id)
    page = Page(get(merchant, challenge_path(merchant, session_id)))

    assert "3-D Secure" not in page.text
    assert "Pay by" in page.text
    assert "asks whether you want to pay" in page.text
