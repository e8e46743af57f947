"""How a payment or payout goes on from step to step, and what happens where nobody acts in time."""

from __future__ import annotations

from collections.abc import Callable

from bank131_async.sandbox.rules.books import Books
from bank131_async.sandbox.rules.endings import Ending, Endings
from bank131_async.sandbox.session import Attempt, Challenge, Checkpoint, Error, Session, Stage

CONFIRM_TIMEOUT: Error = ("confirm_timeout", "The merchant did not confirm in time")
CAPTURE_TIMEOUT: Error = ("capture_timeout", "The merchant did not capture in time")
CHALLENGE_FAILED: Error = ("3DS_error", "The payer did not pass 3-D Secure")

Then = Callable[[Session, Attempt], None]


class Progress:
    """Takes attempts from checkpoint to checkpoint."""

    def __init__(self, books: Books, endings: Endings) -> None:
        self._books = books
        self._endings = endings

    def begin(self, session: Session, attempt: Attempt) -> None:
        """Set out, after the bank's working time."""
        if not session.multi:
            session.error = None  # of the try before
        session.attempts.append(attempt)
        session.touch(self._books.now(), attempt)
        self._soon(session, attempt, self.go_on)

    def work(self, session: Session, attempt: Attempt, then: Then) -> None:
        """Leave a stage at which somebody was waited for; ``then`` follows after the bank's working time."""
        attempt.move(Stage.WORKING)
        session.touch(self._books.now(), attempt)
        self._soon(session, attempt, then)

    def go_on(self, session: Session, attempt: Attempt) -> None:
        """Take the next step."""
        settings = session.project.settings
        match attempt.steps.pop(0):
            case Checkpoint.CONFIRM:
                limit = settings.confirm_limit_s
                if attempt.method.name == "sber_pay":
                    limit = min(limit, settings.sberpay_limit_s)
                self._stop(session, attempt, Stage.CONFIRM, "ready_to_confirm", limit, self._confirm_too_late)
            case Checkpoint.CHALLENGE:
                self._ask_payer(session, attempt)
            case Checkpoint.AUTHORISE:
                self._authorise(session, attempt)
            case Checkpoint.HOLD:
                self._stop(session, attempt, Stage.HELD, "ready_to_capture", settings.hold_s, self._hold_ends)
            case Checkpoint.SETTLE:
                self._endings.succeed(session, attempt, attempt.ledger.held)

    def payer_fails(self, session: Session, attempt: Attempt) -> None:
        """The payer did not pass 3-D Secure, or refused to pay."""
        code = session.project.settings.payer_refusal_code
        refused: Error | None = None if code is None else (code, "The payer refused to pay")
        self._endings.decline(session, attempt, CHALLENGE_FAILED if attempt.method.payer == "challenge" else refused)

    def expire(self, session: Session) -> None:
        """The time that ``expiration_at`` names is over: what nobody has paid yet is cancelled."""
        if session.may_start:
            self._endings.close(session)
        for attempt in session.counting:
            if attempt.stage in (Stage.CONFIRM, Stage.CHALLENGE):
                self._endings.fail(session, attempt, None, ending="cancelled")

    # -- steps ------------------------------------------------------------------------------------------------------

    def _ask_payer(self, session: Session, attempt: Attempt) -> None:
        settings = session.project.settings
        attempt.challenge = Challenge(self._books.new_secret())
        self._books.challenges[attempt.challenge.secret] = (session, attempt)
        limit = settings.action_limit_s
        if attempt.method.name == "sber_pay":
            # The order at SberPay lives so long, however much of it went by before the payer was asked.
            elapsed = (self._books.now() - attempt.created_at).total_seconds()
            limit = max(settings.sberpay_limit_s - elapsed, 0.0)
        elif attempt.method.name == "tpay":
            limit = settings.tpay_limit_s
        silent = attempt.method.payer == "push" and not settings.sberpay_web_redirect
        self._stop(
            session, attempt, Stage.CHALLENGE, None if silent else "action_required", limit, self._action_too_late
        )

    def _authorise(self, session: Session, attempt: Attempt) -> None:
        error = self._obstacle(session, attempt)
        unknown = attempt.method.outcome.unknown
        if error is not None:
            self._endings.decline(session, attempt, error)
        elif unknown is not None:
            self._endings.lose_sight(session, attempt, unknown)
        else:
            self._endings.reserve(session, attempt)
            self.go_on(session, attempt)

    def _obstacle(self, session: Session, attempt: Attempt) -> Error | None:
        """Why the money does not move, if so."""
        settings, method = session.project.settings, attempt.method
        recurrent = self._books.vault.recurrent(session.project.id, method.recurrent_token or "")
        if recurrent is not None and not recurrent.is_active:
            return "binding_is_deactivated", "The recurrent token is switched off"
        if attempt.fields.fiscal is not None:
            problem = self._books.taxpayers.person(attempt.fields.fiscal.tax_reference).obstacle
            if problem is not None:
                return problem
        if attempt.kind == "payout" and attempt.amount > self._books.funds.paying(session, attempt).balance:
            return settings.no_funds_code, "There is less on the account than the payout needs"
        if settings.check_expiry and method.card is not None and method.card.is_expired(self._books.now()):
            return "bank_card_expired", "The card has expired"
        code = method.outcome.declined
        return None if code is None else (code, "The payment was declined")

    def _stop(
        self,
        session: Session,
        attempt: Attempt,
        stage: Stage,
        webhook: str | None,
        limit_s: float,
        too_late: Then,
    ) -> None:
        """Wait at a stage, tell the merchant, and set the time limit."""
        attempt.move(stage)
        session.touch(self._books.now(), attempt)
        # One confirmation is for all operations of a session: it is asked for once the last of them is ready.
        early = stage is Stage.CONFIRM and any(item.stage is Stage.PREPARING for item in session.attempts)
        if webhook is not None and not early:
            self._books.notify(session, webhook)
        attempt.too_late = lambda: too_late(session, attempt)
        moves = attempt.moves
        self._books.after(limit_s, lambda: too_late(session, attempt) if attempt.moves == moves else None)

    def _soon(self, session: Session, attempt: Attempt, then: Then) -> None:
        """Go on after the bank's working time; at once in a synchronous payment, whose answer shows the result."""
        if session.sync:
            then(session, attempt)
            return
        moves = attempt.moves
        delay_s = session.project.settings.step_delay_s
        self._books.after(delay_s, lambda: then(session, attempt) if attempt.moves == moves else None)

    # -- time limits ------------------------------------------------------------------------------------------------

    def _confirm_too_late(self, session: Session, attempt: Attempt) -> None:
        self._endings.fail(session, attempt, CONFIRM_TIMEOUT, ending="cancelled")

    def _action_too_late(self, session: Session, attempt: Attempt) -> None:
        code = session.project.settings.action_timeout_code
        error = None if code is None else (code, "The payer did not act in time")
        # T-Pay alone ends such a session with `error` (docs: payments/payment-tpay).
        ending: Ending = "error" if attempt.method.name == "tpay" else "cancelled"
        self._endings.fail(session, attempt, error, ending=ending)

    def _hold_ends(self, session: Session, attempt: Attempt) -> None:
        settings = session.project.settings
        # A hold in a one-stage project is the not-enrolled card's: it goes through unless the merchant cancels.
        if settings.hold_end == "debit" or not settings.two_stage:
            self._endings.succeed(session, attempt, attempt.ledger.held)
        else:
            self._endings.fail(session, attempt, CAPTURE_TIMEOUT, ending="cancelled")


def steps_of(session: Session, attempt: Attempt, *, in_form: bool) -> list[Checkpoint]:
    """The checkpoints on the way (docs: payments/payment-scenarios; the form lets the payer act first)."""
    settings, method = session.project.settings, attempt.method
    asks = not (settings.auto_confirm or session.sync) and method.moves_money
    confirm = [Checkpoint.CONFIRM] if asks else []
    if attempt.kind == "payout":
        return [*confirm, Checkpoint.AUTHORISE, Checkpoint.SETTLE]
    challenge = [Checkpoint.CHALLENGE] if method.payer is not None else []
    not_enrolled = method.card is not None and not method.card.card.enrolled
    holds = settings.two_stage or (settings.not_enrolled_holds and not_enrolled)
    hold = [Checkpoint.HOLD] if holds and method.holds and not session.sync else []
    first = [*challenge, *confirm] if in_form else [*confirm, *challenge]
    return [*first, Checkpoint.AUTHORISE, *hold, Checkpoint.SETTLE]
