"""The check of the webhook route: it must be there, and refuse what is not signed."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from bank131_async.cli.doctor.finding import Finding, failure, ok, skipped, warning
from bank131_async.cli.webhooks.post import Answered, Postman, address
from bank131_async.errors import ConfigurationError

_CHECK = "webhook route"
_UNSIGNED = b'{"type":"payment_finished","session":{"id":"ps_0"}}'


async def check_route(url: str | None) -> Finding:
    """Post a webhook without a signature and see how it is refused."""
    if url is None:
        return skipped(_CHECK, "its address is not known here", "give it: bank131 doctor --webhook-url https://...")
    try:
        address(url, "--webhook-url")
    except ConfigurationError as error:
        return failure(_CHECK, str(error), "give the whole address, as the bank's manager was told")
    async with Postman() as postman:
        answer = await postman.post(url, _UNSIGNED, None)
    return _judge(url, answer)


def _judge(url: str, answer: Answered) -> Finding:
    match answer.status:
        case None:
            return failure(_CHECK, f"{url}: {answer}", "start the application, and let the bank reach it from outside")
        case 401 if _is_open(url):
            return warning(_CHECK, f"{url} refuses what is not signed, but is not https", "serve it under https")
        case 401:
            return ok(_CHECK, f"{url} refuses what is not signed")
        case status if 200 <= status < 300:
            return failure(
                _CHECK,
                f"{url} accepted a webhook without a signature: anybody can tell it that an order is paid",
                "give the route to the SDK's webhook handler (docs/webhooks.md)",
            )
        case status if 300 <= status < 400:
            return failure(_CHECK, f"{url} answers {answer}", "tell the bank the final address: slash, https, host")
        case 404 | 405:
            return failure(_CHECK, f"{url} answers {answer}", "nothing takes POSTs there: check path and router")
        case _:
            return failure(
                _CHECK, f"{url} answers {answer}, not 401", "look at the application's log, and what stands before it"
            )


def _is_open(url: str) -> bool:
    """Whether what goes to this address can be read on the way."""
    parts = urlsplit(url)
    try:
        is_here = ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        is_here = parts.hostname == "localhost"
    return parts.scheme == "http" and not is_here
