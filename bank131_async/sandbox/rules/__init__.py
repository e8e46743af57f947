"""The bank's rules for payments and payouts: what each command does, what the time limits do, and how money goes on.

Nothing here answers or sends: a command changes the session and notes on the agenda what follows, so that the answer
shows the session as it was right after the command (docs: session/confirm and session/cancel show ``in_progress``).

``books`` is what is written down, ``progress`` the way from step to step, ``endings`` the ways to end, ``refunds`` the
way back of the money. :class:`Rules` is the door to all of them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

from bank131_async.sandbox.project import Project
from bank131_async.sandbox.refusal import invalid
from bank131_async.sandbox.requests.amounts import Sum
from bank131_async.sandbox.requests.fields import Fields, Version
from bank131_async.sandbox.rules.books import Books
from bank131_async.sandbox.rules.endings import Endings, Result
from bank131_async.sandbox.rules.progress import Progress, steps_of
from bank131_async.sandbox.rules.refunds import Refunds
from bank131_async.sandbox.rules.states import amount_of, waiting, wrong_state
from bank131_async.sandbox.session import Attempt, Family, Kind, Session, Stage
from bank131_async.sandbox.ways import Way

MOSCOW = timezone(timedelta(hours=3))


class Rules:
    """What merchants, payers and the bank may do to the sessions in ``books``."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.refunds: Refunds = Refunds(books)
        self._endings = Endings(books, self.refunds)
        self._progress = Progress(books, self._endings)

    # -- what a merchant may ask for --------------------------------------------------------------------------------

    def create(
        self,
        project: Project,
        version: Version,
        fields: Fields,
        *,
        sync: bool = False,
        family: Family = "plain",
        multi: bool = False,
    ) -> Session:
        """A new session; no money moves (docs: session/create)."""
        now = self.books.now()
        session = Session(
            self.books.new_id("ps", project), project, fields, version, now, now, sync=sync, family=family, multi=multi
        )
        self.books.add(session)
        limit = project.settings.created_limit_s
        if limit is not None:
            self.books.after(limit, lambda: self._endings.close(session) if not session.attempts else None)
        self._expire_in_time(session, fields)
        return session

    def start(
        self,
        session: Session,
        fields: Fields,
        *,
        in_form: bool = False,
        back_to: str | None = None,
        exits: tuple[str, ...] = (),
    ) -> Attempt:
        """Start a payment with what is given now over what was given at creation (docs: session/start/payment).

        ``in_form`` chooses the order of the payment form: the payer acts before the merchant confirms. ``back_to`` is
        where 3-D Secure sends the payer, ``exits`` are the merchant's pages the payer may reach from there.
        """
        self._may_start(session, "session/start/payment")
        given = fields.over(session.fields)
        method, total = given.for_payment()
        attempt = self._attempt(session, "payment", given, method, total)
        attempt.steps = steps_of(session, attempt, in_form=in_form)
        attempt.back_to = back_to or given.return_url
        attempt.exits = exits or tuple(filter(None, [given.return_url]))
        self._expire_in_time(session, fields)
        self._progress.begin(session, attempt)
        return attempt

    def start_payout(self, session: Session, fields: Fields, version: Version) -> Attempt:
        """Start a payout, with what is given now over what was given at creation (docs: session/start/payout)."""
        self._may_start(session, "session/start/payout")
        given = fields.over(session.fields)
        method, total = given.for_payout(version)
        if session.project.settings.payout_recipient_required and not _has_recipient(given):
            raise invalid("participant_details.recipient: missing; expected full_name, or first_name and last_name")
        attempt = self._attempt(session, "payout", given, method, total)
        attempt.steps = steps_of(session, attempt, in_form=False)
        self._progress.begin(session, attempt)
        return attempt

    def look(self, session: Session, fields: Fields, method: Way) -> Attempt:
        """Ask about a recipient, or for a receipt, without moving money (reference: fps/customer_verification)."""
        attempt = self._attempt(session, "payout", fields, method, None)
        attempt.steps = steps_of(session, attempt, in_form=False)
        self._progress.begin(session, attempt)
        return attempt

    def confirm(self, session: Session) -> None:
        """The merchant agrees (docs: session/confirm)."""
        attempts = waiting(session, "session/confirm", Stage.CONFIRM)
        session.actions["confirm"] = self.books.now()
        for attempt in attempts:
            self._progress.work(session, attempt, self._progress.go_on)

    def cancel(self, session: Session) -> None:
        """The merchant declines, instead of start, confirm or capture (docs: session/cancel)."""
        if session.may_start:
            self._endings.close(session)
            return
        for attempt in waiting(session, "session/cancel", Stage.CONFIRM, Stage.HELD):
            self._progress.work(
                session, attempt, lambda whole, part: self._endings.fail(whole, part, None, ending="cancelled")
            )

    def capture(self, session: Session, total: Sum | None) -> None:
        """Take all or a part of the hold; the rest is let go (docs: payments/payment-hold)."""
        attempts = waiting(session, "session/capture", Stage.HELD)
        if total is not None and len(attempts) > 1:
            raise invalid("amount_details: expected none; several payments are held, and all are captured")
        for attempt in attempts:
            taken = amount_of(total, attempt) or attempt.ledger.held
            if taken > attempt.ledger.held:
                raise invalid(f"amount_details.amount: expected at most {attempt.ledger.held}, which is what is held")
            self._capture(session, attempt, taken)
        session.actions["capture"] = self.books.now()

    # -- what the payer and the bank do -----------------------------------------------------------------------------

    def decide(self, secret: str, *, passed: bool) -> Attempt:
        """The payer's answer, on whatever page or device; a second one changes nothing. ``KeyError``: no such page."""
        session, attempt = self.books.challenges[secret]
        if attempt.stage is not Stage.CHALLENGE or attempt.challenge is None or attempt.challenge.done:
            return attempt
        attempt.challenge.done = True
        if not passed and attempt.method.name == "sber_pay" and session.project.settings.sberpay_refusal_waits:
            return attempt
        self._progress.work(session, attempt, self._progress.go_on if passed else self._progress.payer_fails)
        return attempt

    def give_back(self, session: Session, attempt: Attempt, amount: int, *, chargeback: bool = False) -> None:
        """Start a refund, or a chargeback, without the merchant's request."""
        self.refunds.give_back(session, attempt, amount, chargeback=chargeback)

    def resolve(self, session: Session, result: Result) -> None:
        """End a session in ``error`` one way or the other; nothing happens if it has its end already."""
        self._endings.resolve(session, result)

    def decline(self, session: Session, code: str) -> None:
        """The bank says no to what waits for somebody. Raises ``ValueError`` if nothing does."""
        attempts = [item for item in session.counting if item.stage in (Stage.CONFIRM, Stage.CHALLENGE, Stage.HELD)]
        if not attempts:
            raise ValueError(f"{session.id}: nothing waits here that could be declined")
        for attempt in attempts:
            self._endings.decline(session, attempt, (code, "The payment was declined"))

    def time_out(self, session: Session) -> None:
        """Let the time limit of the present stage be over. Raises ``ValueError`` if there is none."""
        limits = [attempt.too_late for attempt in session.counting if attempt.too_late is not None]
        if session.may_start:
            self._endings.close(session)
        elif not limits:
            raise ValueError(f"{session.id}: no time limit is running")
        for too_late in limits:
            too_late()

    # -- names that others know -------------------------------------------------------------------------------------

    @property
    def sessions(self) -> dict[str, Session]:
        """Every session by its id, oldest first."""
        return self.books.sessions

    @property
    def challenges(self) -> dict[str, tuple[Session, Attempt]]:
        """What payers were asked to do, by the secret of its page."""
        return self.books.challenges

    # -- inside -----------------------------------------------------------------------------------------------------

    def _may_start(self, session: Session, method: str) -> None:
        if not session.may_start and not (session.multi and session.ending is None):
            raise wrong_state(session, method, "a session that is created")

    def _attempt(self, session: Session, kind: Kind, given: Fields, method: Way, total: Sum | None) -> Attempt:
        prefix: Literal["pm", "po"] = "pm" if kind == "payment" else "po"
        amount, currency = (0, "") if total is None else (total.amount, total.currency)
        return Attempt(
            self.books.new_id(prefix, session.project), kind, given, method, amount, currency, self.books.now()
        )

    def _capture(self, session: Session, attempt: Attempt, taken: int) -> None:
        self._progress.work(session, attempt, lambda whole, part: self._endings.succeed(whole, part, taken))

    def _expire_in_time(self, session: Session, fields: Fields) -> None:
        text, zone = (fields.options or {}).get("expiration_at"), session.project.settings.expiration_zone
        if not isinstance(text, str) or zone == "ignored":
            return
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=MOSCOW if zone == "moscow" else UTC)
        wait_s = max((moment - self.books.now()).total_seconds(), 0.0)
        self.books.after(wait_s, lambda: self._progress.expire(session))


def _has_recipient(fields: Fields) -> bool:
    names = [fields.participant("recipient", name) for name in ("full_name", "first_name", "last_name")]
    return bool(names[0] or (names[1] and names[2]))
