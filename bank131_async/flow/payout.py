"""``PayoutFlow``: one payout, awaited and commanded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from bank131_async.core.machine import Command
from bank131_async.core.models import Amount, Customer, PayoutDetails
from bank131_async.core.operations import (
    StartEscrowPayout,
    StartPayout,
    StartPayoutWithFiscalization,
    StartSettlementPayout,
)
from bank131_async.errors import ConfigurationError
from bank131_async.flow.cards import masked_card
from bank131_async.flow.commands import Decision
from bank131_async.flow.flow import SingleFlow, minor_units

if TYPE_CHECKING:
    from bank131_async.core.models import CustomRouting, FiscalizationDetails, JsonValue, ParticipantDetails, PayingTo

Source: TypeAlias = Literal["project", "escrow", "settlement"]
"""Whose money is paid out: the project's own, or that of an escrow (nominal) or settlement (rko) account."""

_STARTS: dict[Source, type[StartPayout]] = {
    "project": StartPayout,
    "escrow": StartEscrowPayout,
    "settlement": StartSettlementPayout,
}


class PayoutFlow(SingleFlow):
    """A payout that any process may wait for and command; see :class:`~bank131_async.flow.flow.Flow` for the waiting.

    A payout that succeeded may still come back: the recipient's bank returns it, and ``refunds`` shows that. Get one by
    ``bank.payouts.create``, ``init`` or ``attach``.
    """

    __slots__ = ()

    async def start(
        self,
        method: PayingTo | None = None,
        *,
        amount: Amount | None = None,
        participants: ParticipantDetails | None = None,
        customer: Customer | None = None,
        fiscalization: FiscalizationDetails | None = None,
        metadata: JsonValue = None,
        custom_routing: CustomRouting | None = None,
        source: Source = "project",
    ) -> None:
        """Start the payout with ``method``, or with what ``create`` was given (``session/start/payout``).

        ``fiscalization``: the recipient is self-employed and gets a receipt. ``source`` as in ``create``. Written down
        before it is sent, except for card data and tokens. Raises ``CommandNotAllowedError`` if it was started before,
        ``CardNeededError`` if the start got lost together with its card, ``CommandInDoubtError`` if nobody knows, and
        ``BankRefusedError``.
        """
        operation = start_call(source, fiscalized=fiscalization is not None)(
            session_id=self.session_id,
            payout_details=None if method is None else PayoutDetails.of(method),
            amount_details=amount,
            participant_details=participants,
            customer=customer,
            fiscalization_details=fiscalization,
            metadata=metadata,
            custom_routing=custom_routing,
        )
        decision = Decision(
            command=Command.start,
            plain=operation,
            build=lambda _intent: operation,
            amount=minor_units(amount),
            currency=None if amount is None else amount.currency,
            masked_card=masked_card(method),
        )
        await self._command(decision)


def start_call(source: Source, *, fiscalized: bool) -> type[StartPayout]:
    """The call that starts such a payout."""
    if fiscalized:
        if source != "project":
            raise ConfigurationError("fiscalization: receipts are issued for payouts of the project's own money only")
        return StartPayoutWithFiscalization
    if source not in _STARTS:
        raise ConfigurationError("source: expected project, escrow or settlement")
    return _STARTS[source]
