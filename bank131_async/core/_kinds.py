"""Kinds of field values: how each is read, written and read fast.

``read`` is the truth: strict, slow, tells where it failed. ``fast`` is a Python expression for the same result where
the value is as usual; for the rest it may fall back on ``read`` or raise one of ``UNUSUAL``. ``core/_shapes.py``
compiles them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeAlias, cast

from bank131_async.core._json import check_exact, check_json
from bank131_async.core.models._base import PRESENT_LIST, JsonValue
from bank131_async.core.models.timestamp import Timestamp
from bank131_async.errors import CodecError, ConfigurationError

Bind: TypeAlias = Callable[[object], str]

UNUSUAL = (ValueError, TypeError, LookupError)
"""What fast reading raises where ``read`` has to judge: CodecError is among the first, unknown shapes are the last."""


class Target(NamedTuple):
    """How to write: with the names of which API version, and in which zone times without one."""

    version: str
    zone: tzinfo


class Kind(Protocol):
    """One kind of value. ``None`` never reaches a kind: it means that the field is absent."""

    def read(self, value: object, path: str, /) -> object:
        """The typed value. Raises CodecError with a path and without the value."""
        ...

    def write(self, value: object, to: Target, where: str, /) -> JsonValue:
        """JSON of a typed value. Raises ConfigurationError, naming the field ``where``, for a wrong type."""
        ...

    def fast(self, v: str, bind: Bind, rest: str, /) -> str:
        """An expression over the name ``v``. ``bind`` names an object that it needs, ``rest`` is the expression for
        whatever is not as usual.
        """
        ...

    def fast_write(self, v: str, bind: Bind, where: str, /) -> str:
        """The like for writing; the target is named ``to``."""
        ...


def _wrong(expected: str, path: str) -> CodecError:
    return CodecError(f"expected {expected}", path=path)


def _unwritable(where: str, expected: str) -> ConfigurationError:
    return ConfigurationError(f"{where}: expected {expected}")


_SCALAR_NAMES: dict[type, str] = {str: "a string", int: "an integer", bool: "true or false"}


class Scalar:
    """Text, whole numbers and flags, exactly: a flag is no number, a number is no text."""

    def __init__(self, types: tuple[type, ...]) -> None:
        self._types = types
        self._expected = " or ".join(_SCALAR_NAMES[kind] for kind in types)

    def read(self, value: object, path: str) -> object:
        if value.__class__ not in self._types:
            raise _wrong(self._expected, path)
        return value

    def write(self, value: object, _: Target, where: str) -> JsonValue:
        for kind in self._types:
            # subclasses are welcome from the user (an own StrEnum, say), except that a flag is no number
            if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
                return value if isinstance(value, str | int) else None
        raise _unwritable(where, self._expected)

    def fast(self, v: str, bind: Bind, rest: str) -> str:
        return f"({v} if {v}.__class__ is {bind(self._types[0])} else {rest})"

    def fast_write(self, v: str, bind: Bind, where: str) -> str:
        return f"({v} if {v}.__class__ is {bind(self._types[0])} else {bind(self.write)}({v}, to, {where!r}))"


class Open:
    """An open enumeration: a known value becomes its member, any other text stays text."""

    def __init__(self, enum: type[StrEnum]) -> None:
        self._members = {str(member.value): member for member in enum}

    def read(self, value: object, path: str) -> object:
        if not isinstance(value, str):
            raise _wrong("a string", path)
        return self._members.get(value, value)

    def write(self, value: object, _: Target, where: str) -> JsonValue:
        if not isinstance(value, str):
            raise _unwritable(where, "a string")
        return str(value)

    def fast(self, v: str, bind: Bind, rest: str) -> str:
        return f"({bind(self._members.get)}({v}, {v}) if {v}.__class__ is str else {rest})"

    def fast_write(self, v: str, bind: Bind, where: str) -> str:
        return f"{bind(self.write)}({v}, to, {where!r})"


class Time:
    """A time with a zone."""

    def read(self, value: object, path: str) -> object:
        if not isinstance(value, str):
            raise _wrong("a string", path)
        try:
            return Timestamp.parse(value)
        except ValueError:
            pass  # it quotes the value, and must not be the context of the error below
        raise _wrong("an ISO 8601 time with a zone", path)

    def write(self, value: object, _: Target, where: str) -> JsonValue:
        if isinstance(value, Timestamp):
            return value.text
        if isinstance(value, datetime) and value.tzinfo is not None:
            return Timestamp.of(value).text
        raise _unwritable(where, "a datetime with a zone")

    def fast(self, v: str, bind: Bind, rest: str) -> str:
        return f"({bind(_TIMES)}[{v}] if {v}.__class__ is str else {rest})"

    def fast_write(self, v: str, bind: Bind, where: str) -> str:
        return f"{bind(self.write)}({v}, to, {where!r})"


class LocalTime:
    """Text on reading; a datetime that the user gives is written as local time of the target's zone."""

    def read(self, value: object, path: str) -> object:
        return _TEXT.read(value, path)

    def write(self, value: object, to: Target, where: str) -> JsonValue:
        if not isinstance(value, datetime):
            return _TEXT.write(value, to, where)
        if value.tzinfo is None:
            raise _unwritable(where, "a datetime with a zone")
        return value.astimezone(to.zone).strftime("%Y-%m-%d %H:%M:%S")

    def fast(self, v: str, bind: Bind, rest: str) -> str:
        return _TEXT.fast(v, bind, rest)

    def fast_write(self, v: str, bind: Bind, where: str) -> str:
        return f"{bind(self.write)}({v}, to, {where!r})"


class Json:
    """Any JSON, handed through."""

    def read(self, value: object, _: str) -> object:
        return value

    def write(self, value: object, _: Target, where: str) -> JsonValue:
        try:
            return check_json(value)
        except CodecError as error:
            raise _unwritable(where, f"JSON, found {error.message}") from None

    def fast(self, v: str, bind: Bind, _: str) -> str:
        return f"({v} if {v}.__class__ is str else {bind(check_exact)}({v}))"

    def fast_write(self, v: str, bind: Bind, where: str) -> str:
        return f"({v} if {v}.__class__ is str else {bind(self.write)}({v}, to, {where!r}))"


class ListOf:
    """A list of one kind, read into a tuple."""

    def __init__(self, item: Kind) -> None:
        self._item = item

    def read(self, value: object, path: str) -> object:
        items = as_list(value)
        if items is None:
            raise _wrong("a list", path)
        return tuple([self._item.read(item, f"{path}[{at}]") for at, item in enumerate(items)]) or PRESENT_LIST

    def write(self, value: object, to: Target, where: str) -> JsonValue:
        if not isinstance(value, tuple | list):
            raise _unwritable(where, "a tuple")
        items = cast("Sequence[object]", value)
        return [self._item.write(item, to, f"{where}[{at}]") for at, item in enumerate(items)]

    def fast(self, v: str, bind: Bind, rest: str) -> str:
        usual = f"tuple([{_item(self._item, bind)} for i in {v}]) or {bind(PRESENT_LIST)}"
        return f"({usual} if {v}.__class__ is list else {rest})"

    def fast_write(self, v: str, bind: Bind, where: str) -> str:
        usual = f"[{self._item.fast_write('i', bind, f'{where}[]')} for i in {v}]"
        return f"({usual} if {v}.__class__ is {bind(tuple)} else {bind(self.write)}({v}, to, {where!r}))"


class MapOf:
    """An object with names of the bank's choice and values of one kind; the bank writes an empty one as ``[]`` too.

    A member that is ``null`` is absent, like a field; any JSON is kept as it is.
    """

    def __init__(self, item: Kind) -> None:
        self._item = item

    def read(self, value: object, path: str) -> object:
        members = as_object(value)
        if members is None:
            raise _wrong("an object", path)
        return {
            name: self._item.read(item, f"{path}.{_shown(name)}")
            for name, item in members.items()
            if item is not None or self._item is JSON
        }

    def write(self, value: object, to: Target, where: str) -> JsonValue:
        if not isinstance(value, Mapping):
            raise _unwritable(where, "a mapping")
        members = cast("Mapping[object, object]", value)
        written: dict[str, JsonValue] = {}
        for name, item in members.items():
            if not isinstance(name, str):
                raise _unwritable(where, "a mapping with text as keys")
            written[name] = self._item.write(item, to, where)
        return written

    def fast(self, v: str, bind: Bind, rest: str) -> str:
        usual = f"{{k: {_item(self._item, bind)} for k, i in {v}.items()}}"
        return f"({usual} if {v}.__class__ is dict else {rest})"

    def fast_write(self, v: str, bind: Bind, where: str) -> str:
        return f"{bind(self.write)}({v}, to, {where!r})"


class Foreign:
    """A type that is not of this package: left to the hooks that its owner registered with cattrs."""

    def __init__(
        self, kind: object, structure: Callable[[object, object], object], unstructure: Callable[[object], object]
    ) -> None:
        self._type = kind
        self._structure = structure
        self._unstructure = unstructure

    def read(self, value: object, path: str) -> object:
        try:
            return self._structure(value, self._type)
        except (ValueError, TypeError, KeyError, AttributeError):
            pass  # whatever it quotes
        raise _wrong("what the registered hook reads", path)

    def write(self, value: object, to: Target, where: str) -> JsonValue:
        return JSON.write(self._unstructure(value), to, where)

    def fast(self, _: str, __: Bind, rest: str) -> str:
        return rest

    def fast_write(self, v: str, bind: Bind, where: str) -> str:
        return f"{bind(self.write)}({v}, to, {where!r})"


JSON = Json()
_TEXT = Scalar((str,))


def as_list(value: object) -> list[object] | None:
    """The value if it is exactly a list."""
    return cast("list[object]", value) if value.__class__ is list else None


def as_object(value: object) -> dict[str, object] | None:
    """The value if it is a JSON object, or the empty list that stands for an empty one."""
    if value.__class__ is dict:
        return cast("dict[str, object]", value)
    return {} if value == [] and value.__class__ is list else None


def _item(kind: Kind, bind: Bind) -> str:
    return kind.fast("i", bind, f"{bind(kind.read)}(i, '$')")


class _Times(dict[str, Timestamp]):
    """Times by their text. The webhooks and status answers of one session repeat most of theirs."""

    def __missing__(self, text: str) -> Timestamp:
        if len(self) >= _TIMES_KEPT:
            self.clear()
        moment = _from_iso(text)
        if moment.tzinfo is UTC:
            moment.text = text
        else:
            moment = Timestamp.parse(text)  # with another zone, or without one and refused
        self[text] = moment
        return moment


_from_iso = Timestamp.fromisoformat
_TIMES_KEPT = 1024
_TIMES = _Times()


def _shown(name: str) -> str:
    # A path must not carry what the bank, or whoever sent the body, put into a name.
    return name if name.isascii() and name.isidentifier() and len(name) <= 32 else "*"
