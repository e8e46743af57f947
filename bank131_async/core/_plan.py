"""How one model class is read and written: its fields, their names in API v1 and v2, and the kinds of their values."""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast

import attrs

from bank131_async.core import _kinds as kinds
from bank131_async.core import models
from bank131_async.core._kinds import Bind, Kind, Target, as_object
from bank131_async.core._shapes import Field, Read, Write, compile_shape, compile_writer
from bank131_async.core._twin import twin_of
from bank131_async.core.models._base import NO_EXTRA, JsonValue, Model
from bank131_async.core.models.timestamp import Timestamp
from bank131_async.errors import CodecError, ConfigurationError

_COMMON = 3  # compiling costs as much as a hundred slow readings, so that one-time bodies are better read slowly
_SHAPES_KEPT = 64


M = TypeVar("M", bound=Model)


class IncompleteError(LookupError):
    """An object lacks what its class cannot be without (an amount without a currency). Never leaves the codec."""


class Plan(Generic[M]):
    """Reads and writes one class. Annotations are resolved, and the classes they name loaded, when first needed."""

    def __init__(self, cls: type[M], resolve: Callable[[type[Model], str], Kind]) -> None:
        self.cls = cls
        self.twin = twin_of(cls)
        self.fields = tuple(_field(attribute) for attribute in attrs.fields(cls) if attribute.name != "extra")
        self.wire = tuple(field for field in self.fields if field.names)
        self.known = {name: field for field in self.wire for name in field.names}
        self.shapes: dict[tuple[str, ...], Read[M]] = {}
        self._seen: dict[tuple[str, ...], int] = {}
        self._resolve = resolve
        self._kinds: dict[str, Kind] = {}
        self._writers: dict[str, Write] = {}

    def kind(self, name: str) -> Kind:
        """The kind of a field's value."""
        found = self._kinds.get(name)
        if found is None:
            found = self._kinds[name] = self._resolve(self.cls, name)
        return found

    def read(self, value: object, path: str) -> M:
        """The object, or CodecError with the path of what is wrong, or IncompleteError."""
        members = as_object(value)
        if members is None:
            raise CodecError("expected an object", path=path)
        made: Any = self.twin()  # of a class that the type checkers do not know, until it becomes one of `cls`
        rest = {name: item for name, item in members.items() if item is not None or name not in self.known}
        for field in self.fields:
            setattr(made, field.name, field.default)
        for field in self.wire:
            self._read_field(made, field, rest, path)
        for field in self.wire:
            if field.required and getattr(made, field.name) is None:
                raise IncompleteError(f"{path}.{field.name}")
        made.extra = rest or NO_EXTRA
        made.__class__ = self.cls
        self._learn(members)
        return cast("M", made)

    def _read_field(self, made: object, field: Field, rest: dict[str, object], path: str) -> None:
        name = next((name for name in field.names if name in rest), None)
        if name is None:
            return
        try:
            value = self.kind(field.name).read(rest[name], f"{path}.{name}")
        except IncompleteError:
            return  # it stays in `extra`, as it came
        setattr(made, field.name, value)
        if field.spelling is not None:
            setattr(made, field.spelling, name)
        del rest[name]

    def read_fast(self, value: object) -> M:
        """As ``read``, if the shapes of all objects inside are known. Raises one of ``UNUSUAL`` if not."""
        if value.__class__ is not dict:
            raise LookupError
        members = cast("dict[str, object]", value)
        return self.shapes[tuple(members)](members)

    def _learn(self, members: dict[str, object]) -> None:
        """Compile a shape once it has proved to be common."""
        if len(self._seen) >= _SHAPES_KEPT:
            self._seen.clear()  # shapes that never came again; the compiled ones stay
        shape = tuple(members)
        self._seen[shape] = seen = self._seen.get(shape, 0) + 1
        if seen == _COMMON and len(self.shapes) < _SHAPES_KEPT:
            read = compile_shape(self.cls, self.twin, self.fields, self.kind, shape)
            if read is not None:
                self.shapes[shape] = read

    def write(self, value: M, to: Target) -> dict[str, JsonValue]:
        """JSON of an object; what is absent is left out. Raises ConfigurationError for values of a wrong type."""
        writer = self._writers.get(to.version)
        if writer is None:
            writer = self._writers[to.version] = compile_writer(self.cls, self.wire, self.kind, to.version)
        return writer(value, to)


class ModelKind:
    """A nested object of the API."""

    def __init__(self, plan: Plan[Model]) -> None:
        self._plan = plan

    def read(self, value: object, path: str) -> object:
        return self._plan.read(value, path)

    def write(self, value: object, to: Target, where: str) -> JsonValue:
        if not isinstance(value, self._plan.cls):
            raise ConfigurationError(f"{where}: expected {self._plan.cls.__name__}")
        return self._plan.write(value, to)

    def fast(self, v: str, bind: Bind, rest: str) -> str:
        return f"({bind(self._plan.shapes)}[tuple({v})]({v}) if {v}.__class__ is dict else {rest})"

    def fast_write(self, v: str, bind: Bind, where: str) -> str:
        usual, cls = f"{bind(self._plan.write)}({v}, to)", bind(self._plan.cls)
        return f"({usual} if {v}.__class__ is {cls} else {bind(self.write)}({v}, to, {where!r}))"


def _field(attribute: attrs.Attribute[object]) -> Field:
    about = attribute.metadata
    mandatory = attribute.default is attrs.NOTHING
    names: tuple[str, ...] = ()
    if about.get("wire", True):
        names = (attribute.name, *([about["v1"]] if "v1" in about else []), *about.get("aliases", ()))
    return Field(
        name=attribute.name,
        names=names,
        v1=about.get("v1", attribute.name),
        spelling=about.get("spelling"),
        default=None if mandatory else attribute.default,
        required=mandatory and "None" not in str(attribute.type),
    )


class _AnyJson:
    """Stands for ``JsonValue`` in resolved annotations, where the recursive alias would be expanded."""


class _Names(dict[str, object]):
    """What annotations may name; models are loaded when an annotation first names them."""

    def __missing__(self, name: str) -> object:
        try:
            return getattr(models, name)
        except AttributeError:
            raise KeyError(name) from None  # the module of the class is asked next


class _OneAnnotation:
    """Lets typing resolve one annotation without the others of its class, whose modules may not be needed yet."""

    def __init__(self, annotation: object) -> None:
        self.__annotations__ = {"field": annotation}


_NAMES = _Names(Mapping=Mapping, datetime=datetime, JsonValue=_AnyJson)


class Plans:
    """The plans of all classes in use, made on demand."""

    def __init__(self, foreign: Callable[[type], Kind | None]) -> None:
        self._plans: dict[type[Model], Plan[Any]] = {}
        self._foreign = foreign

    def of(self, cls: type[M]) -> Plan[M]:
        """The plan of a class."""
        plan = self._plans.get(cls)
        if plan is None:
            plan = self._plans[cls] = Plan(cls, self._resolve)
        return plan

    def _resolve(self, cls: type[Model], name: str) -> Kind:
        annotation = getattr(attrs.fields(cls), name).type
        module = vars(sys.modules[cls.__module__])
        return self._kind(typing.get_type_hints(_OneAnnotation(annotation), module, _NAMES)["field"])

    def _kind(self, annotation: object) -> Kind:
        origin, args = typing.get_origin(annotation), typing.get_args(annotation)
        if origin in (types.UnionType, typing.Union):
            return self._union(tuple(arg for arg in args if arg is not types.NoneType))
        if origin is tuple:
            return kinds.ListOf(self._kind(args[0]))
        if origin is Mapping:
            return kinds.MapOf(self._kind(args[1]))
        if annotation is _AnyJson:
            return kinds.JSON
        if not isinstance(annotation, type):
            raise TypeError(f"the codec cannot read {annotation!r}")
        return self._class(annotation)

    def _union(self, args: tuple[object, ...]) -> Kind:
        if len(args) == 1:
            return self._kind(args[0])
        if datetime in args:
            return kinds.LocalTime()
        for arg in args:
            if isinstance(arg, type) and issubclass(arg, StrEnum):
                return kinds.Open(arg)
        return kinds.Scalar(tuple(arg for arg in args if isinstance(arg, type)))

    def _class(self, cls: type[object]) -> Kind:
        if cls in (str, int, bool):
            return kinds.Scalar((cls,))
        if issubclass(cls, Timestamp):
            return kinds.Time()
        foreign = self._foreign(cls)
        if foreign is not None:
            return foreign
        if issubclass(cls, Model):
            return ModelKind(self.of(cls))
        raise TypeError(f"the codec cannot read {cls!r}; register a hook for it")
