"""The bank's handwriting: JSON bytes, times, amounts."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Literal, cast

Json = dict[str, object]


def dumps(value: object, style: Literal["plain", "php"] = "plain") -> bytes:
    """JSON bytes: compact UTF-8, or as PHP writes it by default.

    PHP escapes slashes and non-ASCII characters, and has ``[]`` for an empty object.
    """
    if style == "php":
        return json.dumps(_as_php(value), separators=(",", ":")).replace("/", "\\/").encode("ascii")
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair in a merchant's metadata has no UTF-8
        return json.dumps(value, separators=(",", ":")).encode("ascii")


def wire_time(moment: datetime) -> str:
    """A time as the bank writes it: UTC, microseconds, ``Z``."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def render_amount(amount: int, currency: str) -> Json:
    """An amount object."""
    return {"amount": amount, "currency": currency}


def render_error(error: tuple[str, str]) -> Json:
    """An error object."""
    return {"code": error[0], "description": error[1]}


def present(values: Json) -> Json:
    """The values that are there: the bank leaves absent keys out."""
    return {name: value for name, value in values.items() if value is not None}


def _as_php(value: object) -> object:
    if isinstance(value, dict):
        return {name: _as_php(item) for name, item in cast("Json", value).items()} or []
    if isinstance(value, list):
        return [_as_php(item) for item in cast("list[object]", value)]
    return value
