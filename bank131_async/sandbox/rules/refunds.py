"""Money that goes back: refunds, chargebacks, payouts that the recipient's bank returns."""

from __future__ import annotations

from typing import Literal

from bank131_async.sandbox.refusal import invalid
from bank131_async.sandbox.requests.amounts import Sum
from bank131_async.sandbox.rules.books import Books
from bank131_async.sandbox.rules.states import amount_of, wrong_state
from bank131_async.sandbox.session import Attempt, Refund, Session, Stage


class Refunds:
    """A refund takes the session back to ``in_progress`` until it is through; the payment stays ``succeeded``."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def ask(self, session: Session, total: Sum | None, metadata: object, *, chargeback: bool = False) -> None:
        """Give back all or a part; without an amount the whole payment (docs: payments/payment-refund)."""
        method = "session/chargeback" if chargeback else "session/refund"
        attempt, settings = _refundable(session), session.project.settings
        if attempt is None:
            raise wrong_state(session, method, "a session whose payment has succeeded")
        if attempt.is_refunding and not settings.concurrent_refunds:
            raise wrong_state(session, method, "a session without a refund under way")
        ledger = attempt.ledger
        asked = amount_of(total, attempt) or ledger.captured
        if asked != ledger.captured and not settings.partial_refunds:
            raise invalid(f"amount_details.amount: this project refunds whole payments only, that is {ledger.captured}")
        if asked > ledger.refundable:
            raise invalid(
                f"amount_details.amount: expected at most {ledger.refundable}, which is what can still be refunded"
            )
        self.give_back(session, attempt, asked, metadata=metadata, chargeback=chargeback)

    def give_back(
        self, session: Session, attempt: Attempt, amount: int, *, metadata: object = None, chargeback: bool = False
    ) -> None:
        """Start a refund or a chargeback."""
        refund = self._begin(session, attempt, amount, metadata=metadata, chargeback=chargeback)
        status = "accepted" if chargeback else attempt.method.outcome.refund
        delay_s = 0.0 if chargeback else session.project.settings.refund_delay_s
        self._books.after(delay_s, lambda: self._end(session, attempt, refund, status))

    def send_back(self, session: Session, attempt: Attempt, amount: int | None = None) -> None:
        """The recipient's bank sends a payout back, by default all that is left (docs: payouts/payout-refunds)."""
        back = amount or attempt.ledger.refundable
        if back <= 0:
            return
        refund = self._begin(session, attempt, back)
        account = self._books.funds.paying(session, attempt)
        account.move(self._books.now(), back, "Payout returned", (session.id, attempt.id))
        self._books.after(0.0, lambda: self._end(session, attempt, refund, "accepted"))

    def resolve(self, session: Session, refund_id: str, status: Literal["accepted", "declined"]) -> None:
        """End a refund in ``error``. Raises ``ValueError`` if there is none with this id."""
        for attempt in session.attempts:
            for refund in attempt.refunds:
                if refund.id == refund_id and refund.status == "error":
                    self._end(session, attempt, refund, status)
                    return
        raise ValueError(f"{refund_id}: no refund of {session.id} with this id is in error")

    def _begin(
        self, session: Session, attempt: Attempt, amount: int, *, metadata: object = None, chargeback: bool = False
    ) -> Refund:
        now = self._books.now()
        refund = Refund(
            self._books.new_id("rf", session.project), amount, now, is_chargeback=chargeback, metadata=metadata
        )
        attempt.ledger.reserve_refund(amount)
        attempt.refunds.append(refund)
        session.touch(now, attempt)
        return refund

    def _end(
        self, session: Session, attempt: Attempt, refund: Refund, status: Literal["accepted", "declined", "error"]
    ) -> None:
        refund.status = status
        if status != "error":  # money of which nobody knows where it is stays reserved
            refund.finished_at = self._books.now()
            attempt.ledger.settle_refund(refund.amount, accepted=status == "accepted")
        session.touch(self._books.now(), attempt)
        self._books.notify(session, "payment_refunded")


def _refundable(session: Session) -> Attempt | None:
    for attempt in session.counting:
        if attempt.kind == "payment" and attempt.stage is Stage.SUCCEEDED:
            return attempt
    return None
