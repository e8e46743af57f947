"""The money of one payment, in minor units. It refuses what cannot be true, so a wrong rule cannot go unnoticed."""

from __future__ import annotations

from attrs import define


class LedgerError(Exception):
    """A rule of the sandbox tried to move money that is not there: a defect of the sandbox, never of its client."""


@define
class Ledger:
    """Authorised, captured, released and refunded sums; ``refunding`` is reserved by refunds under way."""

    authorised: int = 0
    captured: int = 0
    released: int = 0
    refunded: int = 0
    refunding: int = 0

    @property
    def held(self) -> int:
        """What is reserved on the payer's account and neither taken nor let go."""
        return self.authorised - self.captured - self.released

    @property
    def refundable(self) -> int:
        """What a new refund may still take."""
        return self.captured - self.refunded - self.refunding

    def authorise(self, amount: int) -> None:
        """Reserve the money; once only."""
        if self.authorised or amount <= 0:
            raise LedgerError("authorised twice, or nothing")
        self.authorised = amount

    def capture(self, amount: int) -> None:
        """Take a part or all of the hold and let go of the rest."""
        if not 0 < amount <= self.held or self.captured:
            raise LedgerError("captured more than is held, or twice")
        self.captured = amount
        self.released = self.authorised - amount

    def release(self) -> None:
        """Let go of whatever is still held."""
        self.released += self.held

    def reserve_refund(self, amount: int) -> None:
        """Set money aside for a refund under way."""
        if not 0 < amount <= self.refundable:
            raise LedgerError("refund of more than was captured")
        self.refunding += amount

    def settle_refund(self, amount: int, *, accepted: bool) -> None:
        """End a refund under way, one way or the other."""
        if amount > self.refunding:
            raise LedgerError("a refund ends that was not under way")
        self.refunding -= amount
        if accepted:
            self.refunded += amount
