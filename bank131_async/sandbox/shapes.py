"""Reading a request's JSON field by field; whatever does not fit is refused with its path and what was expected."""

from __future__ import annotations

import json
import math
import re
from typing import NoReturn, cast
from urllib.parse import urlsplit

from bank131_async.sandbox.refusal import invalid

MAX_DEPTH = 100


def parse_json(body: bytes) -> object:
    """The JSON value of a body; an empty body is an empty object. Raises ``Refusal`` for anything else.

    Numbers of any size are kept; NaN, infinities and nesting beyond ``MAX_DEPTH`` are refused.
    """
    if not body:
        return {}
    try:
        value: object = json.loads(body.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise invalid("body: expected one JSON object in UTF-8") from None
    if _too_deep(value):
        raise invalid(f"body: expected at most {MAX_DEPTH} levels of nesting")
    return value


def _no_constant(_: str) -> NoReturn:
    raise ValueError


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def _too_deep(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(cast("dict[str, object]", item).values())
            elif isinstance(item, list):
                below.extend(cast("list[object]", item))
        if not below:
            return False
        level = below
    return True


class Shape:
    """A JSON object that is being read. ``null`` counts as absent, ``[]`` as ``{}``, as the bank's PHP clients need."""

    def __init__(self, value: object, path: str = "") -> None:
        if value == []:
            value = {}
        if not isinstance(value, dict):
            raise invalid(f"{path or 'body'}: expected an object")
        self.data: dict[str, object] = {
            key: item for key, item in cast("dict[str, object]", value).items() if item is not None
        }
        self._path = path
        self._read: set[str] = set()
        self._inner: dict[str, Shape] = {}

    def path(self, name: str) -> str:
        """The full name of a field, as descriptions give it."""
        return f"{self._path}.{name}" if self._path else name

    def __contains__(self, name: str) -> bool:
        return name in self.data

    def value(self, name: str, *, required: str | None = None) -> object:
        """A field of any type; ``required`` is what is expected where it may not be left out."""
        self._read.add(name)
        if required is not None and name not in self.data:
            raise invalid(f"{self.path(name)}: missing; expected {required}")
        return self.data.get(name)

    def text(
        self, name: str, *, required: bool = False, pattern: str = r"(?s).+", expected: str = "a non-empty string"
    ) -> str | None:
        """A string that matches ``pattern`` as a whole."""
        value = self.value(name, required=expected if required else None)
        if value is not None and not (isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII)):
            raise invalid(f"{self.path(name)}: expected {expected}")
        return value

    def must_text(self, name: str, *, pattern: str = r"(?s).+", expected: str = "a non-empty string") -> str:
        """A string that may not be left out."""
        return cast("str", self.text(name, required=True, pattern=pattern, expected=expected))

    def one_of(self, name: str, choices: tuple[str, ...], *, required: bool = False) -> str | None:
        """One of a few words."""
        pattern = "|".join(map(re.escape, choices))
        return self.text(name, required=required, pattern=pattern, expected=f"one of {', '.join(choices)}")

    def flag(self, name: str, *, texts: bool = False) -> bool | None:
        """A boolean; with ``texts`` also the strings "true" and "false", which one documented example uses."""
        value = self.value(name)
        if texts and value in ("true", "false"):
            return value == "true"
        if value is not None and not isinstance(value, bool):
            raise invalid(f"{self.path(name)}: expected true or false")
        return value

    def url(self, name: str, *, required: bool = False) -> str | None:
        """An absolute http or https address."""
        value = self.text(name, required=required, expected="an absolute http or https URL")
        if value is not None and not is_web_address(value):
            raise invalid(f"{self.path(name)}: expected an absolute http or https URL")
        return value

    def shape(self, name: str, *, required: bool = False) -> Shape | None:
        """An object inside this one."""
        value = self.value(name, required="an object" if required else None)
        if value is None:
            return None
        # Read twice, it is one object: what either reader has asked for is known.
        return self._inner.setdefault(name, Shape(value, self.path(name)))

    def must_shape(self, name: str) -> Shape:
        """An object that may not be left out."""
        return cast("Shape", self.shape(name, required=True))

    def shapes(self, name: str) -> list[Shape]:
        """A list of objects; absent is empty."""
        value = self.value(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise invalid(f"{self.path(name)}: expected a list")
        items = {f"{name}[{at}]": item for at, item in enumerate(cast("list[object]", value))}
        return [self._inner.setdefault(one, Shape(item, self.path(one))) for one, item in items.items()]

    def texts(self, *names: str) -> None:
        """Optional strings that are only checked."""
        for name in names:
            self.text(name)

    def read_whole(self) -> None:
        """Take everything in this object as it is."""
        self._read.update(self.data)

    def refuse_unread(self) -> None:
        """Refuse the first field that nobody asked for, here or further in."""
        for name in self.data:
            if name not in self._read:
                raise invalid(f"{self.path(name)}: unknown field")
        for inner in self._inner.values():
            inner.refuse_unread()


def is_web_address(text: str) -> bool:
    """Whether ``text`` is an absolute http(s) address of printable characters, safe to be put into a header."""
    if not text.isprintable() or any(character in text for character in " \"'<>\\^`{|}"):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
