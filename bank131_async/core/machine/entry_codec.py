"""Entries as bytes: a line of JSON with a schema number, then the body as it is. Lossless; what a newer package wrote
is refused, not guessed at.

The body stands apart because it is most of an entry: as text within the JSON it would be a fifth longer, and escaping
it would cost as much as all the rest. Other bytes are kept as text where they are UTF-8, and in Base64 otherwise.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import b2a_base64
from collections.abc import Callable, Mapping
from typing import TypeVar, cast, get_args

import attrs

from bank131_async.core._json import dump_plain, loads
from bank131_async.core.machine.entries import (
    Answered,
    Entry,
    Handled,
    Intended,
    Judge,
    Kind,
    Lost,
    Observed,
    Opened,
    Origin,
    Pruned,
    Refused,
    Resolved,
    Settlement,
    Source,
    TokenGiven,
)
from bank131_async.core.machine.phases import Command
from bank131_async.core.models import JsonValue
from bank131_async.errors import CodecError, StoreCorruptError

#: The schema that is written. Schemas up to this one are read; in the first, the body was a field of the JSON.
SCHEMA = 2

_BODY = "body"
_BREAK = b"\n"  # JSON has none outside of a text's escapes, unless it is written to be looked at

_CLASSES: Mapping[str, type[Entry]] = {
    "opened": Opened,
    "observed": Observed,
    "intended": Intended,
    "answered": Answered,
    "refused": Refused,
    "lost": Lost,
    "resolved": Resolved,
    "token_given": TokenGiven,
    "handled": Handled,
    "pruned": Pruned,
}
_NAMES: Mapping[type[Entry], str] = {cls: name for name, cls in _CLASSES.items()}


def encode_entry(entry: Entry) -> bytes:
    """The entry as one line of JSON and, if it has a body, a line break and the body. Defaults are left out."""
    cls = type(entry)
    fields: dict[str, JsonValue] = {"schema": SCHEMA, "entry": _NAMES[cls]}
    for name, default in _FIELDS[cls]:
        value = getattr(entry, name)
        if value is not default and value != default:
            if type(value) is str:
                fields[name] = value
            else:  # a digest is no text, and to find that out by trying costs more than to write it
                fields[name] = _base64(value) if name == "digest" else _plain(value)
    body: bytes | None = getattr(entry, _BODY, None)
    return dump_plain(fields) if body is None else dump_plain(fields) + _BREAK + body


def decode_entry(data: bytes) -> Entry:
    """Read an entry back. Raises StoreCorruptError for a newer schema and for anything else that is not an entry."""
    head, has_body, body = data.partition(_BREAK)
    try:
        value = loads(head)
    except CodecError:
        raise StoreCorruptError("a journal entry is not JSON") from None
    if not isinstance(value, dict):
        raise StoreCorruptError("a journal entry is not a JSON object")
    schema = value.pop("schema", None)
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise StoreCorruptError("a journal entry carries no schema number")
    if schema > SCHEMA:
        raise StoreCorruptError(
            f"a journal entry has schema {schema}, this package reads up to {SCHEMA}: "
            "a newer version has written here, upgrade this process"
        )
    name = value.pop("entry", None)
    cls = _CLASSES.get(name) if isinstance(name, str) else None
    if cls is None:
        raise StoreCorruptError("a journal entry is of no kind that this package knows")
    return _made(cls, value, body if has_body else None)


def _made(cls: type[Entry], value: dict[str, JsonValue], body: bytes | None) -> Entry:
    readers = _READERS_OF[cls]
    unknown = sorted(value.keys() - readers.keys())
    if unknown:
        raise StoreCorruptError(f"a journal entry ({cls.__name__}) has unknown fields: {', '.join(unknown)}")
    try:
        fields = {field: readers[field](held) for field, held in value.items()}
        below = {} if body is None else {_BODY: body}
        return _filled(cls, fields, below)
    except (TypeError, ValueError, KeyError):
        raise StoreCorruptError(f"a journal entry ({cls.__name__}) is incomplete or has a wrong type") from None


def _filled(make: Callable[..., Entry], fields: dict[str, object], below: dict[str, bytes]) -> Entry:
    return make(**fields, **below)


def _base64(value: bytes) -> JsonValue:
    return {"base64": b2a_base64(value, newline=False).decode()}


def _plain(value: object) -> JsonValue:
    match value:
        case bytes():
            try:
                return value.decode()
            except UnicodeDecodeError:
                return _base64(value)
        case Command():
            return value.value
        case tuple():
            return [_text(one) for one in cast("tuple[JsonValue, ...]", value)]
        case None | bool() | int() | str():
            return value
        case _:
            raise TypeError(f"a journal entry cannot hold {type(value).__name__}")


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: JsonValue) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _flag(value: JsonValue) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _bytes(value: JsonValue) -> bytes:
    if isinstance(value, dict):
        return b64decode(_text(value["base64"]), validate=True)
    return _text(value).encode()


def _texts(value: JsonValue) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_text(one) for one in value)


_T = TypeVar("_T")
_Reader = Callable[[JsonValue], object]


def _optional(read: Callable[[JsonValue], _T]) -> Callable[[JsonValue], _T | None]:
    return lambda value: None if value is None else read(value)


def _one_of(literal: object) -> _Reader:
    allowed = get_args(literal)

    def read(value: JsonValue) -> object:
        if value not in allowed:
            raise ValueError
        return value

    return read


#: By the annotation of the field.
_READERS: Mapping[str, _Reader] = {
    "str": _text,
    "str | None": _optional(_text),
    "int": _whole,
    "int | None": _optional(_whole),
    "bool": _flag,
    "bytes": _bytes,
    "bytes | None": _optional(_bytes),
    "tuple[str, ...]": _texts,
    "Command": lambda value: Command(_text(value)),
    "Kind": _one_of(Kind),
    "Origin": _one_of(Origin),
    "Source": _one_of(Source),
    "Settlement": _one_of(Settlement),
    "Judge": _one_of(Judge),
}

# Worked out once: an entry is written and read for every step of every payment.
_FIELDS = {
    cls: tuple((field.name, field.default) for field in attrs.fields(cls) if field.name != _BODY) for cls in _NAMES
}
_READERS_OF = {cls: {field.name: _READERS[str(field.type)] for field in attrs.fields(cls)} for cls in _NAMES}
