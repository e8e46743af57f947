"""Code made for one class: fast reading by shape, and writing.

The shape of an object is the sequence of its keys, and the bank writes the same few over and over. For a known shape
nothing has to be looked up: the values are unpacked in order, each is checked for its exact type and stored, and what
is absent is known beforehand. ``Plan.read`` is the truth; compiled functions only repeat it, and leave to it whatever
is not as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import CodeType, FunctionType
from typing import NamedTuple, TypeAlias, TypeVar

from bank131_async.core._json import check_exact
from bank131_async.core._kinds import JSON, Kind, Target
from bank131_async.core.models._base import NO_EXTRA, Extra, JsonValue

T = TypeVar("T")
Read: TypeAlias = Callable[[dict[str, object]], T]
Write = Callable[[object, Target], dict[str, JsonValue]]


class Field(NamedTuple):
    """One field. ``names``: on the wire, that of v2 first, all are read; ``v1``: the name to write for v1;
    ``spelling``: the field that remembers under which name the value came; ``required``: the class cannot be read
    without it.
    """

    name: str
    names: tuple[str, ...]
    v1: str
    spelling: str | None
    default: object
    required: bool


class _Source:
    """Lines of a function and the objects that it names."""

    def __init__(self, head: str) -> None:
        self.lines = [head]
        self._bound: dict[str, object] = {}

    def bind(self, value: object) -> str:
        name = f"b{len(self._bound)}"
        self._bound[name] = value
        return name

    def add(self, *lines: str) -> None:
        self.lines += [f"    {line}" for line in lines]

    def function(self, about: str) -> FunctionType:
        module = compile("\n".join(self.lines), f"<{about}>", "exec")
        return FunctionType(next(part for part in module.co_consts if isinstance(part, CodeType)), self._bound)


def compile_shape(
    cls: type[T], twin: type, fields: Sequence[Field], kind_of: Callable[[str], Kind], shape: tuple[str, ...]
) -> Read[T] | None:
    """A function for objects with exactly these keys in this order; None if such objects are not for the fast way."""
    by_name = {name: field for field in fields for name in field.names}
    present = {by_name[key].name: at for at, key in enumerate(shape) if key in by_name}
    typed = sum(key in by_name for key in shape)
    if len(present) < typed or any(field.required and field.name not in present for field in fields):
        return None  # two names of one field, or not enough for the class
    code = _Source("def read(o):")
    if shape:
        code.add(f"{''.join(f'v{at}, ' for at in range(len(shape)))}= o.values()")
    code.add(f"made = {code.bind(twin)}()")
    for field in fields:
        default = code.bind(field.default)
        if field.name not in present:
            code.add(f"made.{field.name} = {default}")
            continue
        v, kind = f"v{present[field.name]}", kind_of(field.name)
        rest = f"{code.bind(kind.read)}({v}, '$')" + ("" if field.required else f" if {v} is not None else {default}")
        code.add(f"made.{field.name} = {kind.fast(v, code.bind, rest)}")
    _add_spellings(code, fields, present, shape)
    unknown = [f"{key!r}: {code.bind(check_exact)}(v{at})" for at, key in enumerate(shape) if key not in by_name]
    code.add(f"made.extra = {{{', '.join(unknown)}}}" if unknown else f"made.extra = {code.bind(NO_EXTRA)}")
    code.add(f"made.__class__ = {code.bind(cls)}", "return made")
    return code.function(f"shape of {cls.__name__}")


def _add_spellings(code: _Source, fields: Sequence[Field], present: dict[str, int], shape: tuple[str, ...]) -> None:
    for field in fields:
        at = present.get(field.name)
        if field.spelling is not None and at is not None and shape[at] != field.names[0]:
            code.add(f"if v{at} is not None: made.{field.spelling} = {shape[at]!r}")


def compile_writer(cls: type, fields: Sequence[Field], kind_of: Callable[[str], Kind], version: str) -> Write:
    """A function that makes the JSON object with the names of the given version; what is absent is left out."""
    code = _Source("def write(o, to):")
    code.add("d = {}")
    for field in fields:
        present = "v is not None" if field.default != () else f"v or v.__class__ is not {code.bind(tuple)}"
        code.add(f"v = o.{field.name}", f"if {present}:")
        value = kind_of(field.name).fast_write("v", code.bind, f"{cls.__name__}.{field.name}")
        code.add(f"    d[{_key(field, version)}] = {value}")
    add = f"    {code.bind(_add_extra)}(d, o.extra, {cls.__name__!r}, to)"
    code.add(f"if o.extra is not {code.bind(NO_EXTRA)}:", add, "return d")
    return code.function(f"writer of {cls.__name__}")


def _key(field: Field, version: str) -> str:
    if field.spelling is not None:
        return f"o.{field.spelling}"
    if version == "v1" and field.v1 != field.name:
        # an object that came with both names keeps the one of v1 as an unknown field
        return f"{field.v1!r} if {field.v1!r} not in o.extra else {field.name!r}"
    return repr(field.name)


def _add_extra(written: dict[str, JsonValue], extra: Extra, owner: str, to: Target) -> None:
    for name, value in extra.items():
        if name not in written:
            written[name] = JSON.write(value, to, f"{owner}.extra")
