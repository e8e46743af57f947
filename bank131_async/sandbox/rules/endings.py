"""How payments and payouts end, and what an end brings about."""

from __future__ import annotations

from typing import Literal

from bank131_async.sandbox.rules.books import Books
from bank131_async.sandbox.rules.refunds import Refunds
from bank131_async.sandbox.session import Attempt, Error, Receipt, Session, Stage

Ending = Literal["cancelled", "error"]
Result = Literal["success", "failure"]

UNKNOWN: Error = ("provider_timeout", "The provider did not answer; the outcome is not known yet")
RESOLVED_AS_FAILURE: Error = ("provider_internal_error", "The provider has not carried out the payment")


class Endings:
    """Success, failure, and not knowing which."""

    def __init__(self, books: Books, refunds: Refunds) -> None:
        self._books = books
        self._refunds = refunds

    def succeed(self, session: Session, attempt: Attempt, amount: int) -> None:
        """Take the money, or send it."""
        if attempt.method.moves_money:
            attempt.ledger.capture(amount)
        self._finish(attempt, Stage.SUCCEEDED)
        (self._payment_brings if attempt.kind == "payment" else self._payout_brings)(session, attempt)
        self._tell(session, attempt)

    def fail(self, session: Session, attempt: Attempt, error: Error | None, *, ending: Ending | None) -> None:
        """Let the money go. Without ``ending`` the session stays open."""
        shown = session.project.settings.error_on
        attempt.ledger.release()
        self._finish(attempt, Stage.FAILED)
        attempt.error = error if shown in ("payment", "both") else None
        if error is not None and shown in ("session", "both"):
            session.error = error
        if not session.multi:
            session.ending = ending
        self._tell(session, attempt)

    def decline(self, session: Session, attempt: Attempt, error: Error | None) -> None:
        """Fail, and end the session or leave it open for another try, as the project's settings say."""
        settings = session.project.settings
        if settings.failed_attempt_ends_session or session.multi or attempt.kind == "payout":
            self.fail(session, attempt, error, ending=settings.declined_session)
            return
        self.fail(session, attempt, error, ending=None)
        tried = len(session.attempts)
        self._books.after(
            settings.action_limit_s, lambda: self.close(session) if len(session.attempts) == tried else None
        )

    def lose_sight(self, session: Session, attempt: Attempt, result: Result) -> None:
        """The outcome is not known; ``result`` is what it turns out to be, in time."""
        settings = session.project.settings
        attempt.move(Stage.UNKNOWN)
        session.error = UNKNOWN
        attempt.error = UNKNOWN if settings.unknown_item_status == "failed" else None
        self._tell(session, attempt)
        if settings.error_resolves_after_s is not None:
            self._books.after(settings.error_resolves_after_s, lambda: self._resolve(session, attempt, result))

    def resolve(self, session: Session, result: Result) -> None:
        """End what is unknown in a session one way or the other; nothing happens if all has its end already."""
        for attempt in session.attempts:
            self._resolve(session, attempt, result)

    def close(self, session: Session) -> None:
        """End a session in which nothing is under way."""
        if session.ending is not None or any(attempt.stage is Stage.SUCCEEDED for attempt in session.attempts):
            return
        session.ending = "cancelled"
        session.touch(self._books.now())
        if session.attempts or session.project.settings.finished_webhook_for_unstarted:
            self._books.notify(session, "payment_finished")

    def reserve(self, session: Session, attempt: Attempt) -> None:
        """Set the money aside: the payer's, or for a payout the merchant's own, which is gone from its account."""
        if not attempt.method.moves_money:
            return
        attempt.ledger.authorise(attempt.amount)
        if attempt.kind == "payout":
            account = self._books.funds.paying(session, attempt)
            account.move(self._books.now(), -attempt.amount, attempt.method.title, (session.id, attempt.id))

    def _resolve(self, session: Session, attempt: Attempt, result: Result) -> None:
        if attempt.stage is not Stage.UNKNOWN:
            return
        attempt.error = None
        if not any(item.stage is Stage.UNKNOWN and item is not attempt for item in session.attempts):
            session.error = None
        if result == "failure":
            self.fail(session, attempt, RESOLVED_AS_FAILURE, ending="cancelled")
        else:
            self.reserve(session, attempt)
            self.succeed(session, attempt, attempt.amount)

    def _finish(self, attempt: Attempt, stage: Stage) -> None:
        attempt.move(stage)
        attempt.finished_at = self._books.now()

    def _payment_brings(self, session: Session, attempt: Attempt) -> None:
        """A token for later payments, and a subscription, where they were asked for."""
        books, options = self._books, attempt.fields.options or {}
        if options.get("recurrent") is True or attempt.method.name == "faster_payment_system_binding":
            outcome, now = attempt.method.outcome, books.now()
            attempt.recurrent = books.vault.issue(session.project.id, outcome, attempt.card, now)
        if "subscription" in options:
            attempt.subscription_id = books.new_id("sub", session.project)
            books.subscriptions[attempt.subscription_id] = (session.project, True)

    def _payout_brings(self, session: Session, attempt: Attempt) -> None:
        """A receipt, if one was asked for, and the money back, if the recipient's bank sends it back."""
        books, settings = self._books, session.project.settings
        if attempt.fields.fiscal is not None:
            receipt = attempt.receipt = Receipt(books.new_id("receipt", session.project))

            def link() -> None:
                receipt.link = f"https://receipts.example/{receipt.id}"
                session.touch(books.now(), attempt)

            books.after(settings.receipt_link_delay_s, link)
        if attempt.method.outcome.returned and attempt.method.returns:
            books.after(settings.payout_return_after_s, lambda: self._refunds.send_back(session, attempt))

    def _tell(self, session: Session, attempt: Attempt) -> None:
        ends_all = all(item.is_final for item in session.attempts)
        if session.multi and ends_all:
            session.ending = _multi_ending(session)
        session.touch(self._books.now(), attempt)
        if not session.multi or ends_all or session.project.settings.multi_finished_webhooks == "each":
            self._books.notify(session, "payment_finished")


def _multi_ending(session: Session) -> Ending | None:
    results = {attempt.stage for attempt in session.attempts}
    if results == {Stage.SUCCEEDED}:
        return None
    if Stage.SUCCEEDED not in results:
        return session.project.settings.declined_session
    mixed = session.project.settings.multi_mixed_session
    return None if mixed == "accepted" else mixed
