"""The bank's rules for payments: what each command does, what the time limits do, and how a payment goes on.

Nothing here answers or sends: a command changes the session and notes on the agenda what follows, so that the answer
shows the session as it was right after the command (docs: session/confirm and session/cancel show ``in_progress``).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Literal

from bank131_async.sandbox.clock import Agenda, Clock
from bank131_async.sandbox.project import Project
from bank131_async.sandbox.refusal import Refusal, invalid
from bank131_async.sandbox.requests import PaymentFields, Sum
from bank131_async.sandbox.session import Attempt, Challenge, Checkpoint, Refund, Session, Stage

Error = tuple[str, str]

CONFIRM_TIMEOUT: Error = ("confirm_timeout", "The merchant did not confirm in time")
CAPTURE_TIMEOUT: Error = ("capture_timeout", "The merchant did not capture in time")
CHALLENGE_FAILED: Error = ("3DS_error", "The payer did not pass 3-D Secure")
UNKNOWN: Error = ("provider_timeout", "The provider did not answer; the outcome is not known yet")
RESOLVED_AS_FAILURE: Error = ("provider_internal_error", "The provider has not carried out the payment")


class Rules:
    """All sessions of the bank and what may happen to them.

    ``notify(session, type)`` is called for each webhook as its event happens; ``new_secret`` gives unguessable texts.
    """

    def __init__(
        self,
        clock: Clock,
        agenda: Agenda,
        *,
        notify: Callable[[Session, str], None],
        new_secret: Callable[[], str],
        first_number: int,
    ) -> None:
        self._clock = clock
        self._agenda = agenda
        self._notify = notify
        self._new_secret = new_secret
        self._numbers = count(first_number)
        self.sessions: dict[str, Session] = {}
        self.challenges: dict[str, tuple[Session, Attempt]] = {}

    # -- what a merchant may ask for --------------------------------------------------------------------------------

    def find(self, project: Project, session_id: str) -> Session:
        """A session of this project. Raises ``Refusal``, with ``authorization_error`` for another project's session."""
        session = self.sessions.get(session_id)
        if session is None:
            raise invalid("session_id: no such session")
        if session.project is not project:
            raise Refusal("authorization_error", "session_id: this session belongs to another project")
        return session

    def create(
        self, project: Project, version: Literal["v1", "v2"], fields: PaymentFields, *, sync: bool = False
    ) -> Session:
        """A new session; no money moves (docs: session/create)."""
        now = self._clock.now()
        session = Session(self._id("ps"), project, fields, version, now, now, sync=sync)
        self.sessions[session.id] = session
        limit = project.settings.created_limit_s
        if limit is not None:
            self._agenda.after(limit, lambda: self._close(session) if not session.attempts else None)
        return session

    def start(
        self,
        session: Session,
        fields: PaymentFields,
        *,
        in_form: bool = False,
        back_to: str | None = None,
        exits: tuple[str, ...] = (),
    ) -> Attempt:
        """Start a payment with what is given now over what was given at creation (docs: session/start/payment).

        ``in_form`` chooses the order of the payment form: the payer acts before the merchant confirms. ``back_to`` is
        where 3-D Secure sends the payer, ``exits`` are the merchant's pages the payer may reach from there.
        """
        if not session.may_start:
            raise self._wrong_state(session, "session/start/payment", "a session that is created")
        given = fields.over(session.fields)
        card, amount, currency = given.whole()
        attempt = Attempt(self._id("pm"), given, card, amount, currency, self._clock.now())
        attempt.way = way_of(session, attempt, in_form=in_form)
        attempt.back_to = back_to or given.return_url
        attempt.exits = exits or tuple(filter(None, [given.return_url]))
        session.attempts.append(attempt)
        session.touch(self._clock.now())
        self._soon(session, attempt, lambda: self._go_on(session, attempt))
        return attempt

    def confirm(self, session: Session) -> None:
        """The merchant agrees (docs: session/confirm)."""
        attempt = self._waiting(session, "session/confirm", Stage.CONFIRM)
        session.actions["confirm"] = self._clock.now()
        self._work(session, attempt, lambda: self._go_on(session, attempt))

    def cancel(self, session: Session) -> None:
        """The merchant declines, instead of start, confirm or capture (docs: session/cancel)."""
        if session.may_start:
            self._close(session)
            return
        attempt = self._waiting(session, "session/cancel", Stage.CONFIRM, Stage.HELD)
        self._work(session, attempt, lambda: self._fail(session, attempt, None, ending="cancelled"))

    def capture(self, session: Session, total: Sum | None) -> None:
        """Take all or a part of the hold; the rest is let go (docs: payments/payment-hold)."""
        attempt = self._waiting(session, "session/capture", Stage.HELD)
        taken = _amount_of(total, attempt) or attempt.ledger.held
        if taken > attempt.ledger.held:
            raise invalid(f"amount_details.amount: expected at most {attempt.ledger.held}, which is what is held")
        session.actions["capture"] = self._clock.now()
        self._work(session, attempt, lambda: self._succeed(session, attempt, taken))

    def refund(self, session: Session, total: Sum | None, metadata: object) -> None:
        """Give back all or a part; without an amount the whole payment (docs: payments/payment-refund)."""
        attempt, settings = session.last, session.project.settings
        if attempt is None or attempt.stage is not Stage.SUCCEEDED:
            raise self._wrong_state(session, "session/refund", "a session whose payment has succeeded")
        if attempt.is_refunding and not settings.concurrent_refunds:
            raise self._wrong_state(session, "session/refund", "a session without a refund under way")
        ledger = attempt.ledger
        asked = _amount_of(total, attempt) or ledger.captured
        if asked != ledger.captured and not settings.partial_refunds:
            raise invalid(f"amount_details.amount: this project refunds whole payments only, that is {ledger.captured}")
        if asked > ledger.refundable:
            raise invalid(
                f"amount_details.amount: expected at most {ledger.refundable}, which is what can still be refunded"
            )
        self.give_back(session, attempt, asked, metadata=metadata)

    # -- what the payer and the bank do -----------------------------------------------------------------------------

    def decide(self, secret: str, *, passed: bool) -> Attempt:
        """The payer's answer on the 3-D Secure page. A second answer changes nothing. ``KeyError``: no such page."""
        session, attempt = self.challenges[secret]
        if attempt.stage is Stage.CHALLENGE and attempt.challenge is not None:
            attempt.challenge.done = True
            after = self._go_on if passed else self._fail_challenge
            self._work(session, attempt, lambda: after(session, attempt))
        return attempt

    def give_back(
        self, session: Session, attempt: Attempt, amount: int, *, metadata: object = None, chargeback: bool = False
    ) -> None:
        """Start a refund or a chargeback: the session goes back to ``in_progress`` until it is through."""
        refund = Refund(self._id("rf"), amount, self._clock.now(), is_chargeback=chargeback, metadata=metadata)
        attempt.ledger.reserve_refund(amount)
        attempt.refunds.append(refund)
        session.touch(self._clock.now())

        def end() -> None:
            refund.status = "accepted" if chargeback else attempt.card.card.refund
            refund.finished_at = self._clock.now()
            attempt.ledger.settle_refund(amount, accepted=refund.status == "accepted")
            session.touch(self._clock.now())
            self._notify(session, "payment_refunded")

        self._agenda.after(0.0 if chargeback else session.project.settings.refund_delay_s, end)

    def resolve(self, session: Session, result: Literal["success", "failure"]) -> None:
        """End a session in ``error`` one way or the other; nothing happens if it has its end already."""
        attempt = session.last
        if attempt is None or attempt.stage is not Stage.UNKNOWN:
            return
        session.error = attempt.error = None
        if result == "success":
            attempt.ledger.authorise(attempt.amount)
            self._succeed(session, attempt, attempt.amount)
        else:
            self._fail(session, attempt, RESOLVED_AS_FAILURE, ending="cancelled")

    # -- how a payment goes on --------------------------------------------------------------------------------------

    def _go_on(self, session: Session, attempt: Attempt) -> None:
        settings = session.project.settings
        match attempt.way.pop(0):
            case Checkpoint.CONFIRM:
                limit = settings.confirm_limit_s
                self._stop(session, attempt, Stage.CONFIRM, "ready_to_confirm", limit, self._confirm_too_late)
            case Checkpoint.CHALLENGE:
                attempt.challenge = Challenge(self._new_secret())
                self.challenges[attempt.challenge.secret] = (session, attempt)
                limit = settings.action_limit_s
                self._stop(session, attempt, Stage.CHALLENGE, "action_required", limit, self._action_too_late)
            case Checkpoint.AUTHORISE:
                self._authorise(session, attempt)
            case Checkpoint.HOLD:
                self._stop(session, attempt, Stage.HELD, "ready_to_capture", settings.hold_s, self._hold_ends)
            case Checkpoint.SETTLE:
                self._succeed(session, attempt, attempt.ledger.held)

    def _authorise(self, session: Session, attempt: Attempt) -> None:
        settings, card = session.project.settings, attempt.card.card
        code = card.declined
        if settings.check_expiry and attempt.card.is_expired(self._clock.now()):
            code = "bank_card_expired"
        if code is not None:
            self._decline(session, attempt, (code, "The payment was declined"))
        elif card.unknown is not None:
            self._lose_sight(session, attempt, card.unknown)
        else:
            attempt.ledger.authorise(attempt.amount)
            self._go_on(session, attempt)

    def _lose_sight(self, session: Session, attempt: Attempt, result: Literal["success", "failure"]) -> None:
        settings = session.project.settings
        attempt.move(Stage.UNKNOWN)
        session.error = UNKNOWN
        attempt.error = UNKNOWN if settings.unknown_item_status == "failed" else None
        session.touch(self._clock.now())
        self._notify(session, "payment_finished")
        if settings.error_resolves_after_s is not None:
            self._agenda.after(settings.error_resolves_after_s, lambda: self.resolve(session, result))

    def _succeed(self, session: Session, attempt: Attempt, amount: int) -> None:
        attempt.ledger.capture(amount)
        attempt.move(Stage.SUCCEEDED)
        attempt.finished_at = self._clock.now()
        if (attempt.fields.options or {}).get("recurrent") is True:
            attempt.recurrent_token = self._new_secret()
        session.touch(self._clock.now())
        self._notify(session, "payment_finished")

    def _decline(self, session: Session, attempt: Attempt, error: Error) -> None:
        settings = session.project.settings
        if settings.failed_attempt_ends_session:
            self._fail(session, attempt, error, ending=settings.declined_session)
            return
        self._fail(session, attempt, error, ending=None)
        tried = len(session.attempts)
        self._agenda.after(
            settings.action_limit_s, lambda: self._close(session) if len(session.attempts) == tried else None
        )

    def _fail(
        self, session: Session, attempt: Attempt, error: Error | None, *, ending: Literal["cancelled", "error"] | None
    ) -> None:
        shown = session.project.settings.error_on
        attempt.ledger.release()
        attempt.move(Stage.FAILED)
        attempt.finished_at = self._clock.now()
        attempt.error = error if shown in ("payment", "both") else None
        session.error = error if shown in ("session", "both") else None
        session.ending = ending
        session.touch(self._clock.now())
        self._notify(session, "payment_finished")

    def _close(self, session: Session) -> None:
        """End a session in which no payment is under way."""
        if session.ending is not None:
            return
        session.ending = "cancelled"
        session.touch(self._clock.now())
        if session.attempts or session.project.settings.finished_webhook_for_unstarted:
            self._notify(session, "payment_finished")

    # -- time limits ------------------------------------------------------------------------------------------------

    def _confirm_too_late(self, session: Session, attempt: Attempt) -> None:
        self._fail(session, attempt, CONFIRM_TIMEOUT, ending="cancelled")

    def _action_too_late(self, session: Session, attempt: Attempt) -> None:
        code = session.project.settings.action_timeout_code
        error = None if code is None else (code, "The payer did not act in time")
        self._fail(session, attempt, error, ending="cancelled")

    def _hold_ends(self, session: Session, attempt: Attempt) -> None:
        settings = session.project.settings
        # A hold in a one-stage project is the not-enrolled card's: it goes through unless the merchant cancels.
        if settings.hold_end == "debit" or not settings.two_stage:
            self._succeed(session, attempt, attempt.ledger.held)
        else:
            self._fail(session, attempt, CAPTURE_TIMEOUT, ending="cancelled")

    def _fail_challenge(self, session: Session, attempt: Attempt) -> None:
        self._decline(session, attempt, CHALLENGE_FAILED)

    # -- steps ------------------------------------------------------------------------------------------------------

    def _stop(
        self,
        session: Session,
        attempt: Attempt,
        stage: Stage,
        webhook: str,
        limit_s: float,
        too_late: Callable[[Session, Attempt], None],
    ) -> None:
        """Wait at a stage, tell the merchant, and set the time limit."""
        attempt.move(stage)
        session.touch(self._clock.now())
        self._notify(session, webhook)
        moves = attempt.moves
        self._agenda.after(limit_s, lambda: too_late(session, attempt) if attempt.moves == moves else None)

    def _work(self, session: Session, attempt: Attempt, then: Callable[[], None]) -> None:
        """Leave a stage at which somebody was waited for."""
        attempt.move(Stage.WORKING)
        session.touch(self._clock.now())
        self._soon(session, attempt, then)

    def _soon(self, session: Session, attempt: Attempt, then: Callable[[], None]) -> None:
        """Go on after the bank's working time; at once in a synchronous payment, whose answer shows the result."""
        if session.sync:
            then()
            return
        moves = attempt.moves
        self._agenda.after(session.project.settings.step_delay_s, lambda: then() if attempt.moves == moves else None)

    def _waiting(self, session: Session, method: str, *stages: Stage) -> Attempt:
        attempt = session.last
        if attempt is None or session.ending is not None or attempt.stage not in stages:
            raise self._wrong_state(session, method, "one that " + " or ".join(stage.value for stage in stages))
        return attempt

    def _wrong_state(self, session: Session, method: str, expected: str) -> Refusal:
        where = "" if session.last is None else f", its payment: {session.last.stage.value}"
        return invalid(f"session_id: the session is {session.status}{where}; {method} expects {expected}")

    def _id(self, kind: str) -> str:
        return f"{kind}_{next(self._numbers)}"


def way_of(session: Session, attempt: Attempt, *, in_form: bool) -> list[Checkpoint]:
    """The checkpoints on a payment's way (docs: payments/payment-scenarios; the form lets the payer act first)."""
    settings, card = session.project.settings, attempt.card.card
    confirm = [] if settings.auto_confirm or session.sync else [Checkpoint.CONFIRM]
    challenge = [Checkpoint.CHALLENGE] if card.challenge else []
    holds = settings.two_stage or (settings.not_enrolled_holds and not card.enrolled)
    hold = [Checkpoint.HOLD] if holds and not session.sync else []
    first = [*challenge, *confirm] if in_form else [*confirm, *challenge]
    return [*first, Checkpoint.AUTHORISE, *hold, Checkpoint.SETTLE]


def _amount_of(total: Sum | None, attempt: Attempt) -> int | None:
    if total is not None and total.currency.lower() != attempt.currency.lower():
        raise invalid(f"amount_details.currency: expected {attempt.currency}, the currency of the payment")
    return None if total is None else total.amount
