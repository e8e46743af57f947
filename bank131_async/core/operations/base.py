"""What every call has."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

import attrs

from bank131_async.core.models._base import Model, refuse, required_text
from bank131_async.core.models.answer import SessionAnswer

A_co = TypeVar("A_co", bound=Model, covariant=True)


@attrs.frozen(weakref_slot=False, repr=False)
class Operation(Model, Generic[A_co]):
    """One call. The attrs fields are the body of the request; ``extra`` takes fields that this package does not know.

    ``path`` is relative to ``/api/<version>/``; ``versions`` lists the versions that have the call, the newest last.
    ``moves_money`` says that repeating it blindly may move money twice. ``result`` names the field that a usable answer
    has.
    ``session_id`` is the session that the call acts on, None for the calls that act on none.
    """

    path: ClassVar[str]
    http_method: ClassVar[str] = "POST"
    moves_money: ClassVar[bool] = False
    versions: ClassVar[tuple[str, ...]] = ("v1", "v2")
    answer_type: ClassVar[type[Model]]
    result: ClassVar[str]

    session_id: str | None = attrs.field(default=None, init=False, eq=False, metadata={"wire": False})

    def version_for(self, configured: str) -> str:
        """The configured version if the call has it, else the newest that it has."""
        return configured if configured in self.versions else self.versions[-1]


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class SessionOperation(Operation[SessionAnswer]):
    """Base of the calls that answer with the session."""

    answer_type: ClassVar[type[SessionAnswer]] = SessionAnswer
    result: ClassVar[str] = "session"


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class OfSession(SessionOperation):
    """Base of the calls on a session that exists."""

    session_id: str = attrs.field(validator=required_text)


def given(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    """An attrs validator for fields that the bank demands."""
    if value is None:
        refuse(owner, attribute.name, "a value; the bank demands it")
