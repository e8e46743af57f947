"""What a worker does when the bank waits for the merchant: the merchant's own decisions, as one object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from bank131_async.core.machine import ActionRequired, Phase, ReadyToCapture, ReadyToConfirm
from bank131_async.core.models import Amount, ConfirmInformation

if TYPE_CHECKING:
    from bank131_async.flow.flow import AnyFlow
    from bank131_async.flow.multi import MultiFlow
    from bank131_async.flow.payment import PaymentFlow
    from bank131_async.flow.payout import PayoutFlow


@attrs.frozen
class Confirm:
    """Go on with the payment or payout.

    ``information``: what the bank asked to have sent back, for escrow and settlement accounts.
    """

    information: ConfirmInformation | None = None


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

    ``capture_when_silent_after``: seconds after which ``ready_to_capture`` is asked although the bank names nothing
    that it waits for. For two-stage projects whose webhooks and status answers never say that the money is held; off by
    default.
    """

    capture_when_silent_after: float | None = None

    async def ready_to_confirm(self, flow: PaymentFlow, step: ReadyToConfirm) -> Confirm | Cancel | Later:
        """The bank asks for approval. Default: decide later, so that nothing is confirmed by accident."""
        del flow, step
        return Later()

    async def payout_ready_to_confirm(self, flow: PayoutFlow, step: ReadyToConfirm) -> Confirm | Cancel | Later:
        """The bank asks whether to pay out; ``flow.confirm_information()`` tells what it said about transfer and
        exchange. Default: decide later.
        """
        del flow, step
        return Later()

    async def multi_ready_to_confirm(self, flow: MultiFlow, step: ReadyToConfirm) -> Confirm | Cancel | Later:
        """The bank asks whether to go on with a multi-session; ``step.attempt`` is the operation it is at. Default:
        decide later.
        """
        del flow, step
        return Later()

    async def multi_ready_to_capture(self, flow: MultiFlow, step: ReadyToCapture) -> Capture | Cancel | Later:
        """Money of a payment in a multi-session is held. Default: decide later."""
        del flow, step
        return Later()

    async def multi_action_required(self, flow: MultiFlow, step: ActionRequired) -> None:
        """The payer of a payment in a multi-session must act. Default: nothing."""

    async def ready_to_capture(self, flow: PaymentFlow, step: ReadyToCapture) -> Capture | Cancel | Later:
        """Money is held. Default: decide later."""
        del flow, step
        return Later()

    async def action_required(self, flow: PaymentFlow, step: ActionRequired) -> None:
        """The payer must act; tell them where. Default: nothing."""

    async def on_conflict(self, flow: AnyFlow, reason: str) -> None:
        """Facts contradict each other, or the bank shows another amount than was opened. Default: nothing."""

    async def on_deadline(self, flow: AnyFlow, phase: Phase) -> None:
        """A phase has lasted longer than it should; the bank was asked and stands by it. Default: nothing."""

    async def needs_a_person(self, flow: AnyFlow, reason: str) -> None:
        """The flow cannot go on by itself (a command in doubt, or past its horizon). Default: nothing."""
