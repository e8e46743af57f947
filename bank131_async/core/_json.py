"""Strict JSON: what the parser takes, the writer can write back, number for number."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import NoReturn, cast

import orjson

from bank131_async.core.models._base import JsonValue
from bank131_async.errors import CodecError

MAX_DEPTH = 200
"""Deeper nesting is refused in both directions; no body of the bank comes near, and no recursion here can overflow."""

_BEYOND_64_BITS = 2.0**63

_DIGITS = bytes(0x30 if chr(sign).isdigit() and sign < 128 else 0x20 for sign in range(256))
_LONG_RUN = b"0" * 19  # the shortest integer beyond 64 bits has 19 digits
_BEFORE_NUMBER = b" \t\r\n:,[-"
_VERY_LONG_RUN = re.compile(rb"[0-9]{300,}")  # orjson refuses what is no finite float, from 309 digits on


def loads(data: bytes) -> JsonValue:
    """Parse JSON. Integers are exact up to the 4300 digits that Python reads, the last of duplicate keys wins.

    Raises CodecError for malformed JSON, invalid UTF-8, NaN, Infinity, longer integers, floats beyond 64 bits and for
    nesting beyond ``MAX_DEPTH``.
    """
    try:
        if _LONG_RUN in (digits := data.translate(_DIGITS)) and _has_long_number(data, digits):
            value = _loads_exactly(data)
        else:
            value = orjson.loads(data)
    except (ValueError, RecursionError):
        pass
    else:
        if data.count(b"[") + data.count(b"{") > MAX_DEPTH:
            check_depth(value)
        return value
    # Raised out here because a parser's error keeps the whole document, and must not be the context of this one.
    raise CodecError("malformed JSON")


def dumps(value: JsonValue) -> bytes:
    """Compact JSON in UTF-8. Raises CodecError for what JSON cannot hold (NaN, other types, keys that are not text)."""
    return dump_plain(check_json(value))


def dump_plain(plain: JsonValue) -> bytes:
    """``dumps`` of what is known to be plain JSON."""
    try:
        return orjson.dumps(plain)
    except TypeError:
        pass  # an integer beyond 64 bits, or text that is no UTF-8
    try:
        return json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValueError:
        pass  # it keeps the text, and must not be the context of the error below
    raise CodecError("text that cannot be written as UTF-8, or a number too long")


def check_depth(value: JsonValue) -> None:
    """Raise CodecError if lists and objects are nested deeper than ``MAX_DEPTH``."""
    level: list[JsonValue] = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise CodecError("nested too deeply")


def check_exact(value: JsonValue, depth: int = 0) -> JsonValue:
    """The value as orjson read it. Raises CodecError if it nests too deeply or may hold an integer made a float."""
    kind = value.__class__
    if kind is dict or kind is list:
        if depth == MAX_DEPTH:
            raise CodecError("nested too deeply")
        for inner in cast("dict[str, JsonValue]", value).values() if kind is dict else cast("list[JsonValue]", value):
            if inner.__class__ is not str:
                check_exact(inner, depth + 1)
    elif kind is float and abs(cast("float", value)) >= _BEYOND_64_BITS:
        raise CodecError("a number beyond 64 bits")
    return value


def check_json(value: object, depth: int = 0) -> JsonValue:
    """The value as plain JSON (tuples and mappings become lists and dicts).

    Raises CodecError for anything that could not be written and read back.
    """
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if depth > MAX_DEPTH:
        raise CodecError("nested too deeply")
    if isinstance(value, list | tuple):
        return [check_json(item, depth + 1) for item in cast("Iterable[object]", value)]
    if isinstance(value, Mapping):
        members = cast("Mapping[object, object]", value)
        return {_key(name): check_json(item, depth + 1) for name, item in members.items()}
    raise CodecError("a value that JSON cannot hold")


def _key(name: object) -> str:
    if isinstance(name, str):
        return name
    raise CodecError("an object whose keys are not text")


def _has_long_number(data: bytes, digits: bytes) -> bool:
    """Whether a run of 19 digits or more may be a number; most are inside strings (card references, accounts)."""
    at = digits.find(_LONG_RUN)
    while at >= 0:
        if at == 0 or data[at - 1] in _BEFORE_NUMBER:
            return True
        end = digits.find(b" ", at)
        at = digits.find(_LONG_RUN, end) if end >= 0 else -1
    return False


def _loads_exactly(data: bytes) -> JsonValue:
    """Without floats in place of long integers. orjson, which is stricter, judges everything else of the text."""
    orjson.loads(_VERY_LONG_RUN.sub(b"1", data))
    value: JsonValue = json.loads(data.decode(), parse_constant=_refuse_constant, parse_float=_finite)
    return value


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError
    return value
