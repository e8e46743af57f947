"""What the bank keeps for merchants behind tokens: cards, accounts, and the right to charge a payer again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from bank131_async.sandbox.cards import SandboxCard

if TYPE_CHECKING:
    from bank131_async.sandbox.requests.cards import CardUse

YEARS = 10
"""How long a recurrent token says it lives; the bank does not enforce it (docs: payments/payment-recurring)."""


@frozen
class KeptAccount:
    """A Russian account behind a token."""

    masked: str
    outcome: SandboxCard
    created_at: datetime


@define(eq=False)
class Recurrent:
    """A token for later payments, tied to the payment that brought it."""

    token: str = field(repr=False)
    project_id: str
    created_at: datetime
    outcome: SandboxCard
    card: CardUse | None = None
    is_active: bool = True
    initiator: str | None = None

    @property
    def finished_at(self) -> datetime:
        """Until when the token says it lives."""
        return self.created_at.replace(year=self.created_at.year + YEARS, day=1)


class Vault:
    """All tokens of the bank. ``new_secret`` gives unguessable texts."""

    def __init__(self, new_secret: Callable[[], str]) -> None:
        self._new_secret = new_secret
        self._cards: dict[str, CardUse] = {}
        self._accounts: dict[str, KeptAccount] = {}
        self._recurrents: dict[str, Recurrent] = {}

    def keep_card(self, card: CardUse) -> str:
        """A token, or hash, that stands for a card from now on."""
        token = self._new_secret()
        self._cards[token] = card
        return token

    def card(self, token: str) -> CardUse | None:
        """The card behind a token or hash."""
        return self._cards.get(token)

    def keep_account(self, account: str, outcome: SandboxCard, now: datetime) -> tuple[str, KeptAccount]:
        """A token that stands for an account from now on."""
        token = self._new_secret()
        kept = KeptAccount(f"{account[:5]}***{account[-4:]}", outcome, now)
        self._accounts[token] = kept
        return token, kept

    def account(self, token: str) -> KeptAccount | None:
        """The account behind a token."""
        return self._accounts.get(token)

    def issue(self, project_id: str, outcome: SandboxCard, card: CardUse | None, now: datetime) -> Recurrent:
        """A new recurrent token: every successful payment brings one (docs: payments/payment-recurring)."""
        recurrent = Recurrent(self._new_secret(), project_id, now, outcome, card)
        self._recurrents[recurrent.token] = recurrent
        return recurrent

    def recurrent(self, project_id: str, token: str) -> Recurrent | None:
        """The recurrent token with this text, if it is this project's."""
        found = self._recurrents.get(token)
        return found if found is not None and found.project_id == project_id else None
