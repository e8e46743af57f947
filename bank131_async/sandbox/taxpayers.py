"""The tax office in the box: who is self-employed, who is linked to the bank, and checks that take a while.

By the last four digits of the tax reference, unless ``SandboxBank.set_taxpayer`` says otherwise: 0001 is not
self-employed, 0002 is not linked to the bank, 0003 has earned too much this year; all others are fine.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import frozen

from bank131_async.sandbox.project import Project

Error = tuple[str, str]


@frozen
class Taxpayer:
    """What the tax office knows of a person."""

    is_professional: bool = True
    is_linked: bool = True
    earns_too_much: bool = False

    @property
    def obstacle(self) -> Error | None:
        """Why no receipt can be issued (docs: reference/errors)."""
        if not self.is_professional:
            return "taxpayer_unknown", "The recipient is not registered as self-employed"
        if not self.is_linked:
            return "taxpayer_not_bound", "The recipient is not linked to the bank"
        if self.earns_too_much:
            return "taxpayer_income_exceeds_amount_limit", "The recipient's income of the year is over the limit"
        return None


@frozen
class Check:
    """A question to the tax office and when its answer is there."""

    project_id: str
    tax_reference: str
    answered_at: datetime


_BY_ENDING = {
    "0001": Taxpayer(is_professional=False, is_linked=False),
    "0002": Taxpayer(is_linked=False),
    "0003": Taxpayer(earns_too_much=True),
}


class Taxpayers:
    """Everybody the tax office knows, and the questions that were asked."""

    def __init__(self, new_secret: Callable[[], str]) -> None:
        self._new_secret = new_secret
        self._known: dict[str, Taxpayer] = {}
        self._checks: dict[str, Check] = {}

    def person(self, tax_reference: str) -> Taxpayer:
        """What is known of the person with this tax reference."""
        return self._known.get(tax_reference) or _BY_ENDING.get(tax_reference[-4:]) or Taxpayer()

    def set(self, tax_reference: str, taxpayer: Taxpayer) -> None:
        """Change what is known."""
        self._known[tax_reference] = taxpayer

    def ask(self, project: Project, tax_reference: str, now: datetime) -> str:
        """Ask about a person; gives the id of the question."""
        request_id = self._new_secret()
        answered_at = now + timedelta(seconds=project.settings.npd_delay_s)
        self._checks[request_id] = Check(project.id, tax_reference, answered_at)
        return request_id

    def check(self, project: Project, request_id: str) -> Check | None:
        """A question of this project."""
        found = self._checks.get(request_id)
        return found if found is not None and found.project_id == project.id else None
