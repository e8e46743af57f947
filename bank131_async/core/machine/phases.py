"""The names of the machine: phases of a payment, and the commands that may move it."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """Where a payment (or payout) stands, as far as the bank has told."""

    CREATED = "created"
    IN_PROGRESS = "in_progress"
    READY_TO_CONFIRM = "ready_to_confirm"
    ACTION_REQUIRED = "action_required"
    READY_TO_CAPTURE = "ready_to_capture"
    OUTCOME_UNKNOWN = "outcome_unknown"
    PAYMENT_FINISHED = "payment_finished"

    @property
    def is_final(self) -> bool:
        """True for ``payment_finished`` alone; a session in ``error`` may still end either way."""
        return self is Phase.PAYMENT_FINISHED


class Command(StrEnum):
    """What the merchant may tell the bank to do with a session."""

    start = "start"
    confirm = "confirm"
    cancel = "cancel"
    capture = "capture"
    refund = "refund"
    init = "init"

    @property
    def is_additive(self) -> bool:
        """True where the bank would do it twice if told twice (refund, init); the others it admits once per attempt."""
        return self is Command.refund or self is Command.init
