"""Who may drive the sandbox: programs and people on this machine, not a web page that one of them happens to visit.

- A foreign page may send a form here without asking. A form therefore needs an ``Origin`` that is our own, and JSON,
  which a foreign page cannot send without asking, needs one that is our own or none.
- A foreign page may have its own host name lead here (DNS rebinding). The ``Host`` must therefore be an IP address or
  a name without dots, which no one can register.
- No answer may be read by a foreign page: there is no CORS header on any of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from bank131_async.sandbox.refusal import Refusal, invalid

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def check_host(headers: Mapping[str, str]) -> None:
    """Raises ``Refusal`` if the request came by a name under which a foreign page could have sent it."""
    name = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    if "." not in name or name.endswith(".localhost"):
        return
    try:
        ip_address(name)
    except ValueError:
        raise Refusal(
            "authorization_error",
            "Host: expected an IP address or a name without dots, such as localhost, to control the sandbox",
            http_status=403,
        ) from None


def check_sender(method: str, headers: Mapping[str, str]) -> str:
    """The kind of a request that changes something: ``FORM`` or ``JSON``. Raises ``Refusal`` for a foreign page's."""
    origin = headers.get("origin")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        raise Refusal("authorization_error", "Origin: another web page may not control the sandbox", http_status=403)
    if kind == JSON or method != "POST":  # for other methods, too, a foreign page has to ask
        return JSON
    if kind == FORM and origin is not None:
        return FORM
    raise invalid("Content-Type: expected application/json", http_status=415)
