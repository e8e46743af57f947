"""The merchant's own money at the bank: the collateral account for payouts, escrow and settlement accounts.

Balances are in minor units. Each project begins with the balance that its settings name.
"""

from __future__ import annotations

from collections import deque
from datetime import date, datetime

from attrs import Factory, define, frozen

from bank131_async.sandbox.project import Project
from bank131_async.sandbox.session import Attempt, Session

KEPT_ENTRIES = 10_000
"""How many movements of an account are kept for its statements."""

OWN_ACCOUNT = "40702810000000000131"
"""The number of the account of a project that names none."""


@frozen
class Entry:
    """One movement of an account: ``amount`` is negative for a debit; ``balance`` is what was there afterwards."""

    at: datetime
    amount: int
    balance: int
    purpose: str
    session_id: str | None = None
    operation_id: str | None = None


@define(eq=False)
class Account:
    """A sum of money and how it came about."""

    number: str
    currency: str
    balance: int
    entries: deque[Entry] = Factory(lambda: deque[Entry](maxlen=KEPT_ENTRIES))

    def move(self, at: datetime, amount: int, purpose: str, attempt: tuple[str, str] | None = None) -> None:
        """Book a movement; ``attempt`` is the id of its session and its own."""
        self.balance += amount
        session_id, operation_id = attempt or (None, None)
        self.entries.append(Entry(at, amount, self.balance, purpose, session_id, operation_id))

    def of(self, day: date) -> list[Entry]:
        """The movements of a day (UTC), oldest first."""
        return [entry for entry in self.entries if entry.at.date() == day]


class Funds:
    """All accounts of all projects; one comes into being when it is first asked for."""

    def __init__(self) -> None:
        self._accounts: dict[tuple[str, str, str], Account] = {}

    def account(self, project: Project, number: str = OWN_ACCOUNT, currency: str = "rub") -> Account:
        """An escrow or settlement account."""
        return self._account(project, number, currency)

    def wallet(self, project: Project, currency: str = "rub") -> Account:
        """The collateral account in a currency."""
        return self._account(project, "", currency)

    def wallets(self, project: Project) -> list[Account]:
        """The collateral account in every currency that was used, roubles first."""
        first = self.wallet(project)
        of = [item for (owner, number, _), item in self._accounts.items() if owner == project.id and not number]
        return [first, *(item for item in of if item is not first)]

    def paying(self, session: Session, attempt: Attempt) -> Account:
        """The account that a payout is made from."""
        if session.family == "plain":
            return self.wallet(session.project, attempt.currency)
        number = attempt.fields.participant("sender", "account") or OWN_ACCOUNT
        return self.account(session.project, number, attempt.currency)

    def _account(self, project: Project, number: str, currency: str) -> Account:
        key = (project.id, number, currency.lower())
        if key not in self._accounts:
            self._accounts[key] = Account(number, currency.lower(), project.settings.opening_balance)
        return self._accounts[key]
