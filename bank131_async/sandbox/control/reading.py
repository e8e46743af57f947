"""The fields of a control request, from JSON or from a form of the dashboard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qsl

from bank131_async.sandbox.control.guard import FORM
from bank131_async.sandbox.refusal import invalid


class Given:
    """What a request gives. An empty text of a form, or null, counts as absent but in ``as_sent``. Every getter
    raises ``Refusal``.
    """

    def __init__(self, values: Mapping[str, object]) -> None:
        self.as_sent: dict[str, object] = dict(values)
        self.values: dict[str, object] = {name: value for name, value in values.items() if value not in (None, "")}

    @classmethod
    def read(cls, kind: str, body: bytes) -> Given:
        """Read a body of this content type. Raises ``Refusal``."""
        try:
            if kind == FORM:
                return cls(dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=50)))
            value: object = json.loads(body) if body else {}
        except (ValueError, RecursionError):
            raise invalid("body: expected a JSON object") from None
        if not isinstance(value, dict):
            raise invalid("body: expected a JSON object")
        return cls(cast("dict[str, object]", value))

    def only(self, *names: str) -> None:
        """Refuse every other field."""
        for name in self.values:
            if name not in names:
                raise invalid(f"{name}: unknown field; expected {', '.join(names) or 'none'}")

    def text(self, name: str) -> str | None:
        """A text."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise invalid(f"{name}: expected a text")
        return value

    def must_text(self, name: str) -> str:
        """A text that may not be left out."""
        value = self.text(name)
        if value is None:
            raise invalid(f"{name}: missing; expected a text")
        return value

    def number(self, name: str) -> float | None:
        """A number, also written as a text."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise invalid(f"{name}: expected a number")
        try:
            number = float(value)
        except (ValueError, OverflowError):
            raise invalid(f"{name}: expected a number") from None
        if not -1e12 < number < 1e12:
            raise invalid(f"{name}: expected a number of a sensible size")
        return number

    def whole(self, name: str) -> int | None:
        """A whole number, also written as a text."""
        number = self.number(name)
        if number is not None and not number.is_integer():
            raise invalid(f"{name}: expected a whole number")
        return None if number is None else int(number)

    def flag(self, name: str) -> bool | None:
        """A boolean, also written as ``true`` or ``false``."""
        value = self.values.get(name)
        if value in ("true", "false"):
            return value == "true"
        if value is not None and not isinstance(value, bool):
            raise invalid(f"{name}: expected true or false")
        return value

    def wholes(self, name: str) -> list[int]:
        """A list of whole numbers, or a text of them with spaces or commas between."""
        value = self.values.get(name)
        items: object = value.replace(",", " ").split() if isinstance(value, str) else value
        if not isinstance(items, list) or not items:
            raise invalid(f"{name}: expected a list of whole numbers")
        numbers = [Given({name: item}).whole(name) for item in cast("list[object]", items)]
        if None in numbers:
            raise invalid(f"{name}: expected a list of whole numbers")
        return [number for number in numbers if number is not None]
