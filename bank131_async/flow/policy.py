"""What a worker does when the bank waits for the merchant: the merchant's own decisions, as one object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from bank131_async.core.machine import ActionRequired, ReadyToCapture, ReadyToConfirm
from bank131_async.core.models import Amount

if TYPE_CHECKING:
    from bank131_async.flow.payment import PaymentFlow


@attrs.frozen
class Confirm:
    """Go on with the payment."""


@attrs.frozen
class Cancel:
    """Do not go on; release what is held."""


@attrs.frozen
class Capture:
    """Take the held money: the whole of it, or ``amount``."""

    amount: Amount | None = None


@attrs.frozen
class Later:
    """Not decided yet; ask the policy again after ``after_s`` seconds."""

    after_s: float = 60.0


class Policy:
    """Decisions and messages of a worker; override what you need.

    Each method may be called more than once for the same step (a crash, another worker, an error), so it must be safe
    to repeat. An exception is logged and the method is called again later: no step is lost.
    """

    async def ready_to_confirm(self, flow: PaymentFlow, step: ReadyToConfirm) -> Confirm | Cancel | Later:
        """The bank asks for approval. Default: decide later, so that nothing is confirmed by accident."""
        del flow, step
        return Later()

    async def ready_to_capture(self, flow: PaymentFlow, step: ReadyToCapture) -> Capture | Cancel | Later:
        """Money is held. Default: decide later."""
        del flow, step
        return Later()

    async def action_required(self, flow: PaymentFlow, step: ActionRequired) -> None:
        """The payer must act; tell them where. Default: nothing."""

    async def needs_a_person(self, flow: PaymentFlow, reason: str) -> None:
        """The flow cannot go on by itself (in doubt, a conflict, past its horizon). Default: nothing."""
