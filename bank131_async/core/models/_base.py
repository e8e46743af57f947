"""What all models share: the mapping of unknown fields and a repr that shows no secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, TypeAlias, Union

import attrs

from bank131_async.errors import ConfigurationError

JsonValue: TypeAlias = Union[bool, int, float, str, "list[JsonValue]", "dict[str, JsonValue]", None]
"""Any JSON value as the parser gives it; integers are exact, whatever their size (up to 4300 digits)."""

Extra: TypeAlias = Mapping[str, JsonValue]
"""Fields that this version of the package does not know, by wire name; they are written back."""


class _NoExtra(Mapping[str, JsonValue]):
    """The one empty mapping that all objects without unknown fields share (a dict each would cost 64 bytes)."""

    __slots__ = ()

    def __getitem__(self, key: str) -> NoReturn:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "{}"

    def __reduce__(self) -> str:
        return "NO_EXTRA"


NO_EXTRA: Extra = _NoExtra()


class _PresentList(tuple[object, ...]):
    """An empty list that was there: equal to ``()``, but written back, while a plain ``()`` is absent."""

    __slots__ = ()

    def __reduce__(self) -> str:
        return "PRESENT_LIST"


PRESENT_LIST = _PresentList()

SECRET = {"secret": True}
"""Field metadata: the repr shows ``***`` in place of the value."""

BIK_NAMES = {"aliases": ("bic",), "spelling": "bik_name"}
"""Field metadata: where the bank means a BIK it has also been seen to write ``bic``; it is written back as it came."""


@attrs.frozen(weakref_slot=False, repr=False)
class Model:
    """Base of all values of the API. Frozen, slotted; ``extra`` holds the fields that the package does not know."""

    extra: Extra = attrs.field(default=NO_EXTRA, kw_only=True, hash=False)

    def __repr__(self) -> str:
        from bank131_async.core.redact import mask_text  # it reads models itself

        shown: list[str] = []
        for field in attrs.fields(type(self)):
            value: object = getattr(self, field.name)
            if value is None or value is NO_EXTRA or value == ():
                continue
            if field.name == "extra":
                value = sorted(self.extra)  # the names only: an unknown field may hold a secret
            elif field.metadata.get("secret"):
                value = field.metadata.get("mask", _hide)(value)
            shown.append(f"{field.name}={value!r}")
        # Free text may hold a card number as well: a merchant's metadata, a purpose, a description.
        return mask_text(f"{type(self).__name__}({', '.join(shown)})")


def _hide(_: object) -> str:
    return "***"


def refuse(owner: object, name: str, expected: str) -> NoReturn:
    """Refuse what the user gave for a field: says where and what is expected, never what was given."""
    raise ConfigurationError(f"{type(owner).__name__}.{name}: expected {expected}")


def required_text(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    """attrs validator for text that requests must have; answers may lack it, hence the ``None`` in the types."""
    if not isinstance(value, str) or not value.strip():
        refuse(owner, attribute.name, "a non-empty string")
