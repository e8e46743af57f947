"""What may be done to a session by hand, as the payer and as the bank: one row per action.

The control plane runs them, the dashboard shows a button for each that is open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from attrs import frozen

from bank131_async.sandbox.bank import SandboxBank
from bank131_async.sandbox.control.reading import Given
from bank131_async.sandbox.session import Attempt, Session, Stage
from bank131_async.sandbox.ways import Payer


@frozen
class Action:
    """An action: its name, what a button says, when it is open, and what it does."""

    who: Literal["payer", "bank"]
    name: str
    label: str
    is_open: Callable[[Session], bool]
    run: Callable[[SandboxBank, str, Given], None]
    # The one thing that may be told with it: the field's name and what the dashboard calls it.
    option: tuple[str, str] | None = None

    @property
    def path(self) -> str:
        """Who and name, such as ``payer/pass``."""
        return f"{self.who}/{self.name}"


def open_actions(session: Session) -> list[Action]:
    """The actions that make sense now."""
    return [action for action in ACTIONS if action.is_open(session)]


def find_action(who: str, name: str) -> Action | None:
    """An action by its name."""
    return next((action for action in ACTIONS if (action.who, action.name) == (who, name)), None)


def _any(fits: Callable[[Attempt], bool]) -> Callable[[Session], bool]:
    return lambda session: any(map(fits, session.counting))


def _at(*stages: Stage) -> Callable[[Session], bool]:
    return _any(lambda attempt: attempt.stage in stages)


def _payer_at(*kinds: Payer) -> Callable[[Session], bool]:
    return _any(lambda attempt: attempt.stage is Stage.CHALLENGE and attempt.method.payer in kinds)


def _may_give_back(attempt: Attempt) -> bool:
    return attempt.stage is Stage.SUCCEEDED and attempt.ledger.refundable > 0


def _waits(session: Session) -> bool:
    return session.may_start or any(attempt.too_late is not None for attempt in session.counting)


def _has_refund_in_error(session: Session) -> bool:
    return any(refund.status == "error" for attempt in session.attempts for refund in attempt.refunds)


ACTIONS: tuple[Action, ...] = (
    Action(
        "payer", "pass", "Pass 3-D Secure", _payer_at("challenge"),
        lambda bank, session_id, _: bank.payer_pass(session_id),
    ),
    Action(
        "payer", "fail", "Fail 3-D Secure", _payer_at("challenge"),
        lambda bank, session_id, _: bank.payer_fail(session_id),
    ),
    Action(
        "payer", "pay", "Pay", _payer_at("qr", "page", "push"),
        lambda bank, session_id, _: bank.payer_pass(session_id),
    ),
    Action(
        "payer", "refuse", "Refuse to pay", _payer_at("qr", "page", "push"),
        lambda bank, session_id, _: bank.payer_fail(session_id),
    ),
    Action(
        "payer", "close", "Close the page", _at(Stage.CHALLENGE),
        lambda bank, session_id, _: bank.payer_close(session_id),
    ),
    Action(
        "bank", "decline", "Decline", _at(Stage.CONFIRM, Stage.CHALLENGE, Stage.HELD),
        lambda bank, session_id, given: bank.decline(session_id, given.text("code") or "provider_internal_error"),
        option=("code", "Error code (optional)"),
    ),
    Action(
        "bank", "time_out", "Let the time limit end", _waits,
        lambda bank, session_id, _: bank.time_out(session_id),
    ),
    Action(
        "bank", "chargeback", "Charge back",
        _any(lambda attempt: attempt.kind == "payment" and _may_give_back(attempt)),
        lambda bank, session_id, given: bank.chargeback(session_id, given.whole("amount")),
        option=("amount", "Minor units (all if empty)"),
    ),
    Action(
        "bank", "return", "Return the payout",
        _any(lambda attempt: attempt.kind == "payout" and attempt.method.returns and _may_give_back(attempt)),
        lambda bank, session_id, given: bank.return_payout(session_id, given.whole("amount")),
        option=("amount", "Minor units (all if empty)"),
    ),
    Action(
        "bank", "succeed", "End the error as a success", _at(Stage.UNKNOWN),
        lambda bank, session_id, _: bank.resolve_error(session_id, "success"),
    ),
    Action(
        "bank", "fail", "End the error as a failure", _at(Stage.UNKNOWN),
        lambda bank, session_id, _: bank.resolve_error(session_id, "failure"),
    ),
    Action(
        "bank", "accept_refund", "Accept the refund in error", _has_refund_in_error,
        lambda bank, session_id, given: bank.resolve_refund(session_id, given.must_text("refund_id"), "accepted"),
        option=("refund_id", "Refund"),
    ),
    Action(
        "bank", "decline_refund", "Decline the refund in error", _has_refund_in_error,
        lambda bank, session_id, given: bank.resolve_refund(session_id, given.must_text("refund_id"), "declined"),
        option=("refund_id", "Refund"),
    ),
)  # fmt: skip
