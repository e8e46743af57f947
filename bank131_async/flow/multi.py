"""``MultiFlow``: several payments and payouts in one session, awaited and commanded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from bank131_async.core.machine import Command, Facts, Outcome, Succeeded, ending_of
from bank131_async.core.models import Amount, Customer, PaymentDetails, PayoutDetails
from bank131_async.core.operations import StartEscrowMultiPayment, StartSettlementMultiPayment
from bank131_async.flow.cards import masked_card
from bank131_async.flow.commands import Decision
from bank131_async.flow.flow import Flow, capture_of, minor_units
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.results import with_payment

if TYPE_CHECKING:
    from bank131_async.core.models import JsonValue, ParticipantDetails, PayingTo, PayingWith

Account: TypeAlias = Literal["escrow", "settlement"]
"""The account that pays: escrow (nominal) or settlement (rko)."""

_STARTS = {"escrow": StartEscrowMultiPayment, "settlement": StartSettlementMultiPayment}


class MultiFlow(Flow[Mapping[str, Outcome]]):
    """Operations of one session that end each in its own way.

    ``await flow`` gives the outcome of each by its id, once the session as a whole has ended. Get one by
    ``bank.multi_sessions.init``, ``create`` or ``attach``.
    """

    __slots__ = ()

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """The operations that have ended, as far as this process has heard; without their payments and payouts."""
        return _endings(self.facts)

    async def start(
        self,
        account: Account,
        *,
        payment: PayingWith,
        payout: PayingTo,
        amount: Amount,
        participants: ParticipantDetails,
        customer: Customer | None = None,
        metadata: JsonValue = None,
    ) -> None:
        """Start a transfer from the account and the payout to a card that it feeds (``session/multi/start/payment``).

        ``payment``: ``TransferFromNominalAccount`` or ``TransferFromBankAccount``. ``participants.sender`` names the
        escrow's ``beneficiary_id`` or the settlement ``account``. Written down and raises as ``PayoutFlow.start``.
        """
        operation = _STARTS[account](
            session_id=self.session_id,
            payment_details=PaymentDetails.of(payment),
            payout_details=PayoutDetails.of(payout),
            amount_details=amount,
            participant_details=participants,
            customer=customer,
            metadata=metadata,
        )
        decision = Decision(
            command=Command.start,
            plain=operation,
            build=lambda _intent: operation,
            amount=minor_units(amount),
            currency=amount.currency,
            masked_card=masked_card(payout),
        )
        await self._command(decision)

    async def capture(self, amount: Amount | None = None, *, attempt: str | None = None) -> None:
        """Take what is held for the session's payment (``step.attempt``): all of it, or ``amount``."""
        await self._command(capture_of(self.session_id, amount, attempt))

    async def _result(self, record: FlowRecord, outcome: Outcome) -> Mapping[str, Outcome]:
        del outcome  # of the session; each operation has its own
        results: dict[str, Outcome] = {}
        for item, ended in _endings(record.facts).items():
            results[item] = await with_payment(self._engine, record, ended) if isinstance(ended, Succeeded) else ended
        return results


def _endings(facts: Facts) -> dict[str, Outcome]:
    """Of the operations that have ended."""
    endings = {attempt.id: ending_of(attempt, facts.intents, facts.ended) for attempt in facts.attempts}
    return {item: ended for item, ended in endings.items() if ended is not None}
