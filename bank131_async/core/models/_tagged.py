"""Unions by tag: objects in which one field names the other field that holds the rest.

``{"type": "internet_banking", "internet_banking": {"type": "tpay", "tpay": {}}}`` is two of them, one in the other.
"""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar, cast

import attrs

from bank131_async.core.models._base import Model
from bank131_async.errors import ConfigurationError

M_co = TypeVar("M_co", bound=Model, covariant=True)
U = TypeVar("U", bound="Tagged[Any]")


@attrs.frozen(weakref_slot=False, repr=False)
class Tagged(Model, Generic[M_co]):
    """A union. The field ``TAG_FIELD`` names the one that is filled."""

    TAG_FIELD: ClassVar[str] = "type"

    @property
    def method(self) -> M_co | None:
        """The object that the tag names; None if it is absent or of a kind that this version does not know."""
        tag: object = getattr(self, self.TAG_FIELD)
        value: object = getattr(self, tag) if isinstance(tag, str) and tag in attrs.fields_dict(type(self)) else None
        return cast("M_co", value) if isinstance(value, Model) else None


@attrs.frozen(weakref_slot=False, repr=False)
class Method(Model):
    """A way of paying or of being paid.

    ``TAG`` is its name on the wire, ``GROUP`` the union that it always travels in (T-Pay in internet banking).
    """

    TAG: ClassVar[str] = ""
    GROUP: ClassVar[type[Tagged[Any]] | None] = None


def wrap(union: type[U], method: object) -> U:
    """The union that holds the method, which is put into its group first. ConfigurationError if it does not belong."""
    whole = method
    if isinstance(method, Method) and method.GROUP is not None and method.GROUP is not union:
        whole = _hold(method.GROUP, method)
    if not isinstance(whole, Method) or whole.TAG not in attrs.fields_dict(union):
        raise ConfigurationError(f"{union.__name__}.of: {type(method).__name__} cannot stand here")
    return _hold(union, whole)


def _hold(union: type[U], method: Method) -> U:
    fields: dict[str, Any] = {union.TAG_FIELD: method.TAG, method.TAG: method}
    return union(**fields)
