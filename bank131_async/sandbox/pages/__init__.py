"""What a payer sees of the bank: the 3-D Secure page, the payment form and the script that stands in for the widget.

Routes::

    GET        /                                leads to the dashboard
    GET, POST  /3ds?id=...                      3-D Secure: a form whose buttons send result=pass or result=fail here
    GET, POST  /qr?id=...                       the QR code, and the page of the payer's bank to which it leads
    GET        /qr.svg?id=...                   the QR code as a picture
    GET, POST  /widget/form?public_token=...    the payment form, without any script
    GET        /widget/result?public_token=...  waits for the end, then leads to the merchant's page
    GET        /widget/payment-form.js, .css    the stand-in for the bank's widget script
    POST       /widget/pay                      the script sends the card here (JSON)
    GET        /widget/state?public_token=...   the script asks here how things stand
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, quote

from bank131_async.errors import ConfigurationError
from bank131_async.sandbox.api import Answer
from bank131_async.sandbox.forms import Forms, FormToken
from bank131_async.sandbox.pages import html
from bank131_async.sandbox.pages.qr import svg
from bank131_async.sandbox.refusal import Refusal, invalid
from bank131_async.sandbox.render import dumps, interaction
from bank131_async.sandbox.rules import Rules
from bank131_async.sandbox.session import Attempt, Challenge, Session, Stage
from bank131_async.sandbox.shapes import Shape, parse_json

STATIC = {
    "/widget/payment-form.js": "text/javascript; charset=utf-8",
    "/widget/payment-form.css": "text/css; charset=utf-8",
    "/pages/style.css": "text/css; charset=utf-8",
}
# The shop's page is at another address: these paths may be read from anywhere. They use no cookies.
_NO_PAGE = "The dashboard is at /_sandbox/. Calls of the API are POSTs, for example to /api/v2/session/create."

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
Noted = Callable[[str, Literal["payer", "bank"], str], None]
"""Is told of what a payer did: the session's id, who, and what."""
FIELDS = ("number", "expiration_month", "expiration_year", "security_code", "cardholder_name")


class Pages:
    """Answers a browser. Pure, like the API."""

    def __init__(self, rules: Rules, forms: Forms, note: Noted) -> None:
        self._rules = rules
        self._forms = forms
        self._note = note
        self._routes: dict[tuple[str, str], Callable[[Mapping[str, str], bytes], Answer]] = {
            ("GET", "/3ds"): self._challenge_page,
            ("POST", "/3ds"): self._challenge_result,
            ("GET", "/qr"): self._qr_page,
            ("POST", "/qr"): self._qr_result,
            ("GET", "/qr.svg"): self._qr_picture,
            ("GET", "/"): lambda _, __: html.see_other("/_sandbox/"),
            ("GET", "/favicon.ico"): lambda _, __: Answer(204, {}, b""),
            ("GET", "/widget/form"): self._form_page,
            ("POST", "/widget/form"): self._form_sent,
            ("GET", "/widget/result"): self._result_page,
            ("POST", "/widget/pay"): self._pay_json,
            ("GET", "/widget/state"): self._state_json,
        }

    def handle(self, method: str, path: str, query: str, body: bytes) -> Answer:
        """Answer one request of a browser."""
        if method == "GET" and path in STATIC:
            return Answer(200, {"Content-Type": STATIC[path], "Cache-Control": "no-cache", **CORS}, _static(path))
        if method == "OPTIONS" and path.startswith("/widget/"):
            return Answer(204, CORS, b"")
        route = self._routes.get((method, path))
        if route is None:
            known = any(known == path for _, known in self._routes)
            text = "This page does not take this method." if known else _NO_PAGE
            return html.message("Not here", text, status=405 if known else 404)
        try:
            return route(dict(parse_qsl(query, keep_blank_values=True)), body)
        except ConfigurationError as missing:
            return html.message("This cannot be shown", str(missing), status=503)
        except Refusal as refusal:
            if path in ("/widget/pay", "/widget/state"):
                error = {"code": refusal.code, "description": refusal.description}
                return _json(refusal.http_status, {"status": "error", "error": error})
            return html.message("This cannot be done", refusal.description, status=refusal.http_status)

    def pay(self, public_token: str, card: Mapping[str, object]) -> Attempt:
        """Start the payment of a form. Raises ``Refusal``."""
        token = self._forms.find(public_token)
        filled = {name: value for name in FIELDS if (value := card.get(name)) not in (None, "")}
        if isinstance(number := filled.get("number"), str):
            filled["number"] = number.replace(" ", "").replace("-", "")
        attempt = self._forms.pay(token, Shape(filled), result_url=_result_url(token))
        self._note(token.session.id, "payer", f"sent the payment form: {attempt.method.title}")
        return attempt

    # -- 3-D Secure -------------------------------------------------------------------------------------------------

    def _challenge_page(self, query: Mapping[str, str], _: bytes) -> Answer:
        session, attempt, challenge = self._challenge(query.get("id", ""))
        if attempt.stage is not Stage.CHALLENGE:
            return html.message("This check is over", "There is nothing left to do on this page.", status=410)
        self._note(session.id, "payer", f"opened the page of {_asked(attempt)}")
        return html.challenge(session, attempt, challenge)

    def _challenge_result(self, query: Mapping[str, str], body: bytes) -> Answer:
        sent = _form_data(body)
        session, attempt, challenge = self._challenge(query.get("id") or sent.get("MD", ""))
        result = sent.get("result")
        if result is None and "MD" in sent:  # a redirect by POST opens the page
            return self._challenge_page({"id": challenge.secret}, b"")
        if result not in ("pass", "fail"):
            return html.challenge(session, attempt, challenge, problem="Please choose one of the two buttons.")
        if attempt.stage is not Stage.CHALLENGE and not challenge.done:
            return html.message("Too late", "The time for this check is over.", status=410)
        if not challenge.done:
            self._note(session.id, "payer", f"{'passed' if result == 'pass' else 'failed'} {_asked(attempt)}")
        self._rules.decide(challenge.secret, passed=result == "pass")
        if attempt.back_to is None:
            return html.message("Thank you", "The shop gave no address to return to. You may close this page.")
        return html.see_other(attempt.back_to)

    # -- the QR code ------------------------------------------------------------------------------------------------

    def _qr_page(self, query: Mapping[str, str], _: bytes) -> Answer:
        session, attempt, challenge = self._challenge(query.get("id", ""))
        if attempt.stage is not Stage.CHALLENGE:
            return html.message("This payment is over", "There is nothing left to do on this page.", status=410)
        self._note(session.id, "payer", "opened the page of the QR code")
        return html.qr(session, attempt, challenge)

    def _qr_result(self, query: Mapping[str, str], body: bytes) -> Answer:
        session, attempt, challenge = self._challenge(query.get("id", ""))
        result = _form_data(body).get("result")
        if result not in ("pay", "decline"):
            return html.qr(session, attempt, challenge, problem="Please choose one of the two buttons.")
        if attempt.stage is not Stage.CHALLENGE and not challenge.done:
            return html.message("Too late", "The time for this payment is over.", status=410)
        if not challenge.done:
            self._note(session.id, "payer", "paid the QR code" if result == "pay" else "declined the QR code")
        self._rules.decide(challenge.secret, passed=result == "pay")
        return html.message("Thank you", "The shop knows by itself how this ended. You may close this page.")

    def _qr_picture(self, query: Mapping[str, str], _: bytes) -> Answer:
        session, _attempt, challenge = self._challenge(query.get("id", ""))
        picture = svg(f"{session.project.base_url}/qr?id={quote(challenge.secret)}")
        return Answer(200, {"Content-Type": "image/svg+xml", "Cache-Control": "no-store", **CORS}, picture)

    def _challenge(self, secret: str) -> tuple[Session, Attempt, Challenge]:
        found = self._rules.challenges.get(secret)
        if found is None or found[1].challenge is None:
            raise invalid("There is no such 3-D Secure check.", http_status=404)
        return *found, found[1].challenge

    # -- the form ---------------------------------------------------------------------------------------------------

    def _form_page(self, query: Mapping[str, str], _: bytes) -> Answer:
        token = self._forms.find(query.get("public_token", ""))
        return html.see_other(_result_url(token)) if token.state != "form" else html.form(token)

    def _form_sent(self, query: Mapping[str, str], body: bytes) -> Answer:
        token = self._forms.find(query.get("public_token", ""))
        sent = _form_data(body)
        if token.attempt is not None:  # sent twice: the payer wants to see how it went
            return html.see_other(_result_url(token))
        try:
            self.pay(token.secret, sent)
        except Refusal as refusal:
            return html.form(token, sent=sent, problem=refusal.description)
        return html.see_other(_result_url(token))

    def _result_page(self, query: Mapping[str, str], _: bytes) -> Answer:
        token = self._forms.find(query.get("public_token", ""))
        if token.state == "form":
            return html.see_other(f"/widget/form?public_token={quote(token.secret)}")
        if token.state == "action_required":
            return html.see_other(_challenge_url(token) or "")
        if token.return_url is not None:
            return html.see_other(token.return_url)
        return html.result(token)

    # -- the script -------------------------------------------------------------------------------------------------

    def _pay_json(self, _: Mapping[str, str], body: bytes) -> Answer:
        shape = Shape(parse_json(body))
        secret = shape.must_text("public_token")
        self.pay(secret, shape.data)
        return self._state_json({"public_token": secret}, b"")

    def _state_json(self, query: Mapping[str, str], _: bytes) -> Answer:
        token = self._forms.find(query.get("public_token", ""))
        shown = {
            "status": "ok",
            "state": token.state,
            "redirect_url": _challenge_url(token),
            "return_url": token.return_url,
        }
        return _json(200, {name: value for name, value in shown.items() if value is not None})


def _asked(attempt: Attempt) -> str:
    """What the payer is asked for on the page."""
    return "3-D Secure" if attempt.method.payer == "challenge" else attempt.method.title


def _challenge_url(token: FormToken) -> str | None:
    if token.attempt is None or token.attempt.challenge is None or interaction(token.session, token.attempt) is None:
        return None
    return f"/3ds?id={quote(token.attempt.challenge.secret)}"


def _result_url(token: FormToken) -> str:
    return f"/widget/result?public_token={quote(token.secret)}"


def _form_data(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=50))
    except ValueError:
        raise invalid("expected the fields of a form", http_status=400) from None


def _json(status: int, value: Mapping[str, object]) -> Answer:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store", **CORS}
    return Answer(status, headers, dumps(value))


@cache
def _static(path: str) -> bytes:
    return (Path(__file__).parent / path.rpartition("/")[2]).read_bytes()
