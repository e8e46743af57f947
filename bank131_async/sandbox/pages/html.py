"""The pages as HTML: plain, readable by screen readers and on phones, with nothing loaded from elsewhere.

Every value is escaped. The policy forbids scripts altogether, and forms lead to the bank itself or, since browsers
apply ``form-action`` to redirects too, to the addresses the merchant gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import quote, urlsplit

from bank131_async.sandbox.api import Answer
from bank131_async.sandbox.cards import CARDS
from bank131_async.sandbox.forms import FormToken
from bank131_async.sandbox.session import Attempt, Challenge, Session

_LABELS = {
    "number": "Card number",
    "expiration_month": "Month (MM)",
    "expiration_year": "Year (YY)",
    "security_code": "Code (CVC)",
    "cardholder_name": "Name on the card (optional)",
}
_AUTOCOMPLETE = {
    "number": "cc-number",
    "expiration_month": "cc-exp-month",
    "expiration_year": "cc-exp-year",
    "security_code": "cc-csc",
    "cardholder_name": "cc-name",
}
_LENGTHS = {"number": 23, "expiration_month": 2, "expiration_year": 2, "security_code": 4, "cardholder_name": 100}


def see_other(address: str) -> Answer:
    """A redirect that the browser follows with GET. ``address`` is ours or one that the merchant gave."""
    return Answer(303, {"Location": address, **_headers(())}, b"")


def message(title: str, text: str, *, status: int = 200) -> Answer:
    """A page that only says something."""
    return _page(title, f"<p>{escape(text)}</p>", status=status)


def challenge(session: Session, attempt: Attempt, challenge: Challenge, *, problem: str | None = None) -> Answer:
    """The page of the payer's bank: 3-D Secure, or where another way of paying ends."""
    checks = attempt.method.payer == "challenge"
    title, refuse = ("3-D Secure", "Fail the check") if checks else (f"Pay by {attempt.method.title}", "Decline")
    asks = "asks whether it is really you who pays" if checks else "asks whether you want to pay"
    # Only a redirect by POST, which has no id in the address, needs the id in the form.
    hidden = (
        f'<input type="hidden" name="MD" value="{escape(challenge.secret)}">'
        if session.project.settings.redirect_method == "POST"
        else ""
    )
    content = f"""{_alert(problem)}
<p>Your bank {asks}. In the sandbox you choose the answer.</p>
<dl>
<dt>Amount</dt><dd>{escape(money(attempt.amount, attempt.currency))}</dd>
<dt>Paid by</dt><dd>{escape(attempt.method.title)}</dd>
<dt>Payment</dt><dd>{escape(session.id)}</dd>
</dl>
<form method="post">{hidden}
<button type="submit" name="result" value="pass">Confirm the payment</button>
<button type="submit" name="result" value="fail" class="second">{refuse}</button>
</form>"""
    return _page(title, content, exits=attempt.exits, status=200 if problem is None else 400)


def qr(session: Session, attempt: Attempt, challenge: Challenge, *, problem: str | None = None) -> Answer:
    """The QR code, and the page of the payer's bank to which it leads."""
    content = f"""{_alert(problem)}
<p class="amount">{escape(money(attempt.amount, attempt.currency))}</p>
<img class="qr" src="/qr.svg?id={escape(quote(challenge.secret))}" alt="QR code that leads to this page"
width="256" height="256">
<p>Scan the code with a phone, or answer here in the place of your bank's app.</p>
<dl><dt>Payment</dt><dd>{escape(session.id)}</dd></dl>
<form method="post">
<button type="submit" name="result" value="pay">Pay</button>
<button type="submit" name="result" value="decline" class="second">Decline</button>
</form>"""
    return _page("Pay by QR code", content, status=200 if problem is None else 400)


def form(token: FormToken, *, sent: Mapping[str, str] | None = None, problem: str | None = None) -> Answer:
    """The payment form. What was sent wrongly is shown again, except for the number and the code."""
    fields, wrong = token.session.fields, (problem or "").partition(":")[0]
    shown = {name: value for name, value in (sent or {}).items() if name not in ("number", "security_code")}
    inputs = "\n".join(_input(name, shown.get(name, ""), invalid=name == wrong) for name in _LABELS)
    cards = "".join(
        f"<tr><td><code>{card.number}</code></td><td>{escape(card.description)}</td></tr>" for card in CARDS
    )
    content = f"""{_alert(problem and _readable(problem))}
<p class="amount">{escape(money(fields.amount or 0, fields.currency or ""))}</p>
<form method="post" autocomplete="on">
<div class="fields">
{inputs}
</div>
<button type="submit">Pay</button>
</form>
<details><summary>Test cards</summary>
<table><thead><tr><th scope="col">Number</th><th scope="col">What happens</th></tr></thead>
<tbody>{cards}</tbody></table></details>"""
    return _page("Pay by card", content, exits=token.exits, status=200 if problem is None else 422)


def result(token: FormToken) -> Answer:
    """The page that waits for the end; at the end it says how the payment went."""
    if token.state == "succeeded":
        return message("Paid", "The payment went through. You may close this page.")
    if token.state == "failed":
        return message("Not paid", "The payment did not go through. You may close this page.")
    text = '<p role="status">The payment is being processed. This page looks again every second.</p>'
    return _page("One moment", text, refresh_s=1)


def money(amount: int, currency: str) -> str:
    """An amount for people: decimals for the common currencies, minor units for all others."""
    if currency.upper() in ("RUB", "USD", "EUR"):
        return f"{amount // 100}.{amount % 100:02d} {currency.upper()}"
    return f"{amount} minor units of {currency.upper()}"


def origin(address: str) -> str:
    """Scheme, host and port of an address, as a content security policy names them."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _input(name: str, value: str, *, invalid: bool) -> str:
    digits = "" if name == "cardholder_name" else ' inputmode="numeric"'
    required = "" if name == "cardholder_name" else " required"
    state = ' aria-invalid="true" aria-describedby="problem"' if invalid else ""
    return (
        f'<p><label for="{name}">{escape(_LABELS[name])}</label>'
        f'<input id="{name}" name="{name}" type="text" value="{escape(value)}" maxlength="{_LENGTHS[name]}"'
        f' autocomplete="{_AUTOCOMPLETE[name]}"{digits}{required}{state}></p>'
    )


def _readable(problem: str) -> str:
    name, colon, rest = problem.partition(":")
    return f"{_LABELS.get(name, name)}{colon}{rest}"


def _alert(problem: str | None) -> str:
    return "" if problem is None else f'<p id="problem" class="problem" role="alert">{escape(problem)}</p>'


def _page(
    title: str, content: str, *, status: int = 200, exits: Iterable[str] = (), refresh_s: int | None = None
) -> Answer:
    body = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} - sandbox bank</title>
<link rel="stylesheet" href="/pages/style.css">
</head>
<body>
<header><p>Sandbox bank: no real money moves here</p></header>
<main>
<h1>{escape(title)}</h1>
{content}
</main>
</body>
</html>
"""
    headers = {"Content-Type": "text/html; charset=utf-8", **_headers(exits)}
    if refresh_s is not None:
        headers["Refresh"] = str(refresh_s)
    return Answer(status, headers, body.encode("utf-8"))


def _headers(exits: Iterable[str]) -> dict[str, str]:
    targets = " ".join(["'self'", *sorted({origin(address) for address in exits})])
    return {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action {targets}"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
