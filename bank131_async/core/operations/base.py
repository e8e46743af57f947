"""What every call has."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

import attrs

from bank131_async.core.models._base import Model

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
