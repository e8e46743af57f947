"""What a payer does at a page or a phone, what the bank does of its own accord, and what happens to accounts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterator
from typing import Literal

from bank131_async.sandbox.forms import Forms
from bank131_async.sandbox.funds import OWN_ACCOUNT, Account
from bank131_async.sandbox.project import Project
from bank131_async.sandbox.requests.cards import CardUse
from bank131_async.sandbox.rules import Rules
from bank131_async.sandbox.session import Attempt, Kind, Session, Stage
from bank131_async.sandbox.taxpayers import Taxpayer


class Actions(ABC):
    """The part of :class:`~bank131_async.sandbox.bank.SandboxBank` that stands in for people."""

    project: Project
    projects: dict[str, Project]
    _rules: Rules
    _forms: Forms

    @property
    def sessions(self) -> dict[str, Session]:
        """Every session by its id, oldest first."""
        return self._rules.sessions

    def session(self, session_id: str) -> Session:
        """The bank's own model of a session. Raises ``KeyError``."""
        return self._rules.sessions[session_id]

    def newest_sessions(self, before: str | None = None) -> Iterator[Session]:
        """The sessions, newest first; with ``before`` those older than that one. Raises ``KeyError``.

        Only those that are taken cost anything, however many there are.
        """
        order = self._rules.books.order
        end = len(order) if before is None else bisect_left(order, _number(self.session(before)), key=_number)
        return (order[at] for at in range(end - 1, -1, -1))

    # -- the payer --------------------------------------------------------------------------------------------------

    def payer_pass(self, session_id: str) -> None:
        """The payer passes 3-D Secure, pays a QR code, or pays at another bank's page.

        Raises ``ValueError`` if no payer is waited for.
        """
        self._decide(session_id, passed=True)

    def payer_fail(self, session_id: str) -> None:
        """The payer fails 3-D Secure or refuses to pay. Raises ``ValueError`` if no payer is waited for."""
        self._decide(session_id, passed=False)

    def payer_close(self, session_id: str) -> None:
        """The payer closes the bank's page and does not come back: the bank hears nothing, its time limit goes on."""
        if self.session(session_id).last is None:
            raise ValueError(f"{session_id}: no payer has seen a page")
        self._note(session_id, "payer", "closed the page")

    def keep_card(self, public_token: str, number: str = "4242424242424242") -> str:
        """The payer fills in the tokenization widget; gives the token, or hash, for the card. Raises ``Refusal``."""
        return self._forms.keep_card(public_token, CardUse.of(number))

    def link_taxpayer(self, public_token: str) -> None:
        """A self-employed person links themselves to the bank in the widget. Raises ``Refusal``."""
        self._rules.books.taxpayers.set(self._forms.linking(public_token), Taxpayer())

    # -- the bank ---------------------------------------------------------------------------------------------------

    def decline(self, session_id: str, code: str = "provider_internal_error") -> None:
        """The bank declines what waits for somebody. Raises ``ValueError`` if nothing does."""
        self._rules.decline(self.session(session_id), code)
        self._note(session_id, "bank", f"declined the payment: {code}")
        self._settle()

    def time_out(self, session_id: str) -> None:
        """The time limit for which a session waits is over now. Raises ``ValueError`` if it waits for nobody."""
        self._rules.time_out(self.session(session_id))
        self._note(session_id, "bank", "let the time limit end")
        self._settle()

    def chargeback(self, session_id: str, amount: int | None = None) -> None:
        """The issuer takes money back; by default all that is left. Raises ``ValueError`` if that much is not there."""
        session, attempt = self._succeeded(session_id, "payment")
        left = 0 if attempt is None else attempt.ledger.refundable
        if attempt is None or not 0 < (amount or left) <= left:
            raise ValueError(f"{session_id}: {left} minor units can be charged back")
        self._rules.give_back(session, attempt, amount or left, chargeback=True)
        self._note(session_id, "bank", f"charged back {amount or left} minor units")
        self._settle()

    def return_payout(self, session_id: str, amount: int | None = None) -> None:
        """The recipient's bank sends a payout back, by default all of it. Raises ``ValueError`` where it cannot."""
        session, attempt = self._succeeded(session_id, "payout")
        left = 0 if attempt is None or not attempt.method.returns else attempt.ledger.refundable
        if attempt is None or not 0 < (amount or left) <= left:
            raise ValueError(f"{session_id}: {left} minor units can be sent back; a payout by FPS never comes back")
        self._rules.refunds.send_back(session, attempt, amount)
        self._note(session_id, "bank", f"the recipient's bank sent {amount or left} minor units back")
        self._settle()

    def resolve_error(self, session_id: str, result: Literal["success", "failure"]) -> None:
        """End a session in ``error``. Raises ``ValueError`` if its outcome is known."""
        session = self.session(session_id)
        if not any(attempt.stage is Stage.UNKNOWN for attempt in session.attempts):
            raise ValueError(f"{session_id}: the session is {session.status}, its outcome is not unknown")
        self._rules.resolve(session, result)
        self._note(session_id, "bank", f"ended the error as a {result}")
        self._settle()

    def resolve_refund(self, session_id: str, refund_id: str, status: Literal["accepted", "declined"]) -> None:
        """End a refund in ``error``. Raises ``ValueError`` if it is not."""
        self._rules.refunds.resolve(self.session(session_id), refund_id, status)
        self._note(session_id, "bank", f"ended the refund {refund_id} as {status}")
        self._settle()

    # -- accounts and people ----------------------------------------------------------------------------------------

    def wallet(self, currency: str = "rub", *, project_id: str | None = None) -> Account:
        """The collateral account of a project, by default of the first one, in a currency."""
        return self._rules.books.funds.wallet(self.projects[project_id or self.project.id], currency)

    def account(self, number: str = OWN_ACCOUNT, *, project_id: str | None = None) -> Account:
        """An escrow or settlement account of a project, in roubles."""
        return self._rules.books.funds.account(self.projects[project_id or self.project.id], number)

    def is_subscribed(self, subscription_id: str) -> bool:
        """Whether a subscription goes on. Raises ``KeyError``."""
        return self._rules.books.subscriptions[subscription_id][1]

    def set_taxpayer(self, tax_reference: str, taxpayer: Taxpayer) -> None:
        """Change what the tax office knows of a person."""
        self._rules.books.taxpayers.set(tax_reference, taxpayer)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _decide(self, session_id: str, *, passed: bool) -> None:
        for attempt in self.session(session_id).counting:
            challenge = attempt.challenge
            if attempt.stage is Stage.CHALLENGE and challenge is not None and not challenge.done:
                self._rules.decide(challenge.secret, passed=passed)
                what = "3-D Secure" if attempt.method.payer == "challenge" else attempt.method.title
                self._note(session_id, "payer", f"{'passed' if passed else 'failed'} {what}")
                self._settle()
                return
        raise ValueError(f"{session_id}: no payer is waited for")

    def _succeeded(self, session_id: str, kind: Kind) -> tuple[Session, Attempt | None]:
        session = self.session(session_id)
        found = [item for item in session.counting if item.kind == kind and item.stage is Stage.SUCCEEDED]
        return session, found[0] if found else None

    @abstractmethod
    def _note(self, session_id: str, who: Literal["payer", "bank"], what: str) -> None:
        """Write down what somebody did."""

    @abstractmethod
    def _settle(self) -> None:
        """Let everything happen that is due, and tell whoever listens."""


def _number(session: Session) -> int:
    """The number in a session's id. Ids are given in order, whatever stands before the number."""
    return int(session.id.rpartition("_")[2])
