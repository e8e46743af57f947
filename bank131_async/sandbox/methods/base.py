"""A call of the API on its way to the rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from attrs import frozen

from bank131_async.sandbox.forms import Forms
from bank131_async.sandbox.project import Project
from bank131_async.sandbox.render import confirm_information, render_session
from bank131_async.sandbox.requests.fields import Fields, Version, read_fields, read_payment_fields, read_payout_fields
from bank131_async.sandbox.requests.payments import Source
from bank131_async.sandbox.rules import Rules
from bank131_async.sandbox.session import Session
from bank131_async.sandbox.shapes import Shape

Json = dict[str, object]
Parts = Literal["any", "payment", "payout"]

_READERS: dict[Parts, Callable[[Shape, Version, Source], Fields]] = {
    "any": read_fields,
    "payment": read_payment_fields,
    "payout": read_payout_fields,
}


@frozen
class Call:
    """Who calls which version with what."""

    project: Project
    version: Version
    shape: Shape
    rules: Rules
    forms: Forms

    @property
    def source(self) -> Source:
        """Where tokens of this project are looked up."""
        return Source(self.rules.books.vault, self.project)

    def session(self) -> Session:
        """The session that ``session_id`` names. Raises ``Refusal``."""
        session_id = self.shape.must_text("session_id", expected="the id of a session, a string")
        return self.rules.books.find(self.project, session_id)

    def fields(self, parts: Parts = "any") -> Fields:
        """The parts of an operation, all of them read. Raises ``Refusal``."""
        given = _READERS[parts](self.shape, self.version, self.source)
        self.all_read()
        return given

    def all_read(self) -> None:
        """Refuse fields that nobody asked for, if the project is strict."""
        if self.project.settings.unknown_request_fields == "refuse":
            self.shape.refuse_unread()

    def shown(self, session: Session) -> Json:
        """The answer of every session method: the session as it stands now."""
        names = self.project.settings.answer_names
        version = self.version if names == "called" else names
        answer: Json = {"session": render_session(session, version)}
        information = confirm_information(session, version)
        return answer if information is None else {**answer, "confirm_information": information}


class Route(NamedTuple):
    """A method of the API: ``path`` is relative to ``/api/<version>/``; ``uses_key``: idempotency keys count."""

    path: str
    versions: tuple[Version, ...]
    act: Callable[[Call], Json]
    http_method: Literal["GET", "POST"] = "POST"
    uses_key: bool = True
