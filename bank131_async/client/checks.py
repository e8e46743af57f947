"""Checks of single settings. Each takes the name to use in the error: a field's or an environment variable's."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from attrs import Attribute

from bank131_async.errors import ConfigurationError

SERVERS = {"demo": "https://demo.bank131.ru", "live": "https://proxy.bank131.ru"}
"""The bank's servers (docs: reference/format)."""

# What travels in a header is visible ASCII only, so that no value can end one header and begin another.
_HEADER_VALUE = re.compile(r"[!-~]{1,255}")


def header_value(value: object, name: str, expected: str) -> str:
    """A text that can travel in an HTTP header as it is."""
    text = value.strip() if isinstance(value, str) else ""
    if not _HEADER_VALUE.fullmatch(text):
        raise ConfigurationError(f"{name}: expected {expected} (1 to 255 visible ASCII characters)")
    return text


def project_id(value: str, name: str = "project_id") -> str:
    """The project's id, never empty."""
    return header_value(value, name, "the project's id as the bank's manager gave it")


def submerchant(value: str | None, name: str = "submerchant") -> str | None:
    """The payer's id for ``X-PARTNER-SUBMERCHANT``; blank means none."""
    return header_value(value, name, "the payer's id") if value and value.strip() else None


def api_version(value: str, name: str = "api_version") -> Literal["v1", "v2"]:
    """One of the two live versions."""
    if value not in {"v1", "v2"}:
        raise ConfigurationError(f"{name}: expected v1 or v2")
    return "v1" if value == "v1" else "v2"


def server(value: object, name: str = "server") -> str:
    """The server's address without a slash at the end; ``demo`` and ``live`` are names for the bank's own."""
    text = value.strip() if isinstance(value, str) else ""
    if text in SERVERS:
        return SERVERS[text]
    parts = _split(text)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(f"{name}: expected demo, live or an address such as {SERVERS['demo']}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigurationError(f"{name}: expected an address without user, password, query and fragment")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ConfigurationError(f"{name}: expected https://; plain http is only for this machine (localhost)")
    return text.rstrip("/")


def whole_number(value: object, name: str, *, at_least: int) -> int:
    """An integer; ``bool`` is none."""
    if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
        raise ConfigurationError(f"{name}: expected a whole number of at least {at_least}")
    return value


def number(value: object, name: str) -> float:
    """A finite number above zero."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < math.inf:
        raise ConfigurationError(f"{name}: expected a number above zero")
    return value


def at_least(limit: int) -> Callable[[object, Attribute[int], int], None]:
    """An attrs validator: a whole number of at least ``limit``."""

    def check(_owner: object, attribute: Attribute[int], value: int) -> None:
        whole_number(value, attribute.name, at_least=limit)

    return check


def above_zero(_owner: object, attribute: Attribute[float], value: float) -> None:
    """An attrs validator: a finite number above zero."""
    number(value, attribute.name)


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        has_port = parts.port != 0  # reading the port checks it
    except ValueError:
        return None
    return parts if has_port and not re.search(r"[^!-~]", address) else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
