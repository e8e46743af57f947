"""The codec: bytes of the API to typed values and back, strictly and without loss.

A wrong type is a CodecError with a path and never with the value; neither is the value in any error before it.
``null`` means absent, ``[]`` is taken for an empty object, unknown enum values and unknown fields are kept. Integers
are exact, up to the 4300 digits that Python itself reads. The names of API v1 and v2 are both read; the version asked
for is written. What the bank sends is checked for types only; what a user makes was checked when it was made.

``converter`` is the cattrs converter behind all this. Hooks registered there, before a class is first used, also apply
to fields: ``converter.register_structure_hook(Customer, read_my_customer)``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta, timezone, tzinfo
from typing import Literal, TypeGuard, TypeVar

import orjson
from cattrs import Converter

from bank131_async.core._json import MAX_DEPTH as MAX_DEPTH
from bank131_async.core._json import dump_plain
from bank131_async.core._json import dumps as dumps
from bank131_async.core._json import loads as loads
from bank131_async.core._kinds import UNUSUAL, Foreign, Kind, Target
from bank131_async.core._plan import IncompleteError, Plans
from bank131_async.core.models._base import JsonValue, Model
from bank131_async.errors import CodecError

T = TypeVar("T", bound=Model)

Version = Literal["v1", "v2"]
"""Major version of the API; they differ in the names of three fields."""

MOSCOW = timezone(timedelta(hours=3), "MSK")
"""The zone in which ``payment_options.expiration_at`` is written unless a project's setting says otherwise."""


def decode(type_: type[T], data: bytes) -> T:
    """Read JSON bytes as a model. Raises CodecError, and nothing else, for anything that is not one."""
    try:
        return _plans.of(type_).read_fast(orjson.loads(data))
    except UNUSUAL:
        pass
    return _read(type_, loads(data))  # it tells what is wrong, or finds that all is well


def structure(type_: type[T], value: object) -> T:
    """Read parsed JSON as a model. Raises CodecError."""
    try:
        return _plans.of(type_).read_fast(value)
    except UNUSUAL:
        pass
    return _read(type_, value)


def _read(type_: type[T], value: object) -> T:
    try:
        return _plans.of(type_).read(value, "$")
    except IncompleteError as error:
        raise CodecError("missing", path=str(error)) from None


def encode(obj: Model, version: Version = "v2", *, zone: tzinfo = MOSCOW) -> bytes:
    """Write a model as compact JSON with the names of the given version.

    ``zone`` is that of local times (see ``MOSCOW``). Raises ConfigurationError (a ValueError) naming the field that
    holds a value of the wrong type.
    """
    return dump_plain(unstructure(obj, version, zone=zone))


def unstructure(obj: Model, version: Version = "v2", *, zone: tzinfo = MOSCOW) -> dict[str, JsonValue]:
    """As ``encode``, without the last step."""
    return _plans.of(type(obj)).write(obj, Target(version, zone))


converter: Converter = Converter()
"""The point of extension: register hooks for own types, or for classes of this package, before they are first used."""


def _is_model(cls: object) -> TypeGuard[type[Model]]:
    return isinstance(cls, type) and issubclass(cls, Model)


class _StructureHook:
    """What cattrs calls for a class of this package."""

    def __init__(self, cls: type[Model]) -> None:
        self._cls = cls

    def __call__(self, value: object, _: object) -> Model:
        return structure(self._cls, value)


def _unstructure_hook(_: type[Model]) -> Callable[[Model], dict[str, JsonValue]]:
    return unstructure


def _foreign(cls: type) -> Kind | None:
    """The kind of a class that the user has registered a hook for, None where our own hook is in charge."""
    hook = converter.get_structure_hook(cls)
    return None if isinstance(hook, _StructureHook) else Foreign(cls, hook, converter.unstructure)


_plans = Plans(_foreign)
converter.register_structure_hook_factory(_is_model, _StructureHook)
converter.register_unstructure_hook_factory(_is_model, _unstructure_hook)
