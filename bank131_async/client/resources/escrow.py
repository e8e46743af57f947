"""``session/*/nominal``: payouts from an escrow account (docs: escrow-account)."""

from __future__ import annotations

from typing import TypedDict, Unpack

from bank131_async.client.resources.base import CallOptions, Executor
from bank131_async.client.resources.sessions import CreateFields, InitPayoutFields, StartPayoutFields
from bank131_async.core.models import (
    Amount,
    Customer,
    JsonValue,
    ParticipantDetails,
    PaymentDetails,
    PayoutDetails,
    SessionAnswer,
)
from bank131_async.core.operations import (
    CreateEscrowMultiSession,
    CreateEscrowSession,
    InitEscrowMultiPayment,
    InitEscrowPayout,
    StartEscrowMultiPayment,
    StartEscrowPayout,
)
from bank131_async.transport.base import Timeout


class InitMultiFields(TypedDict, total=False):
    """Fields of a payout to a card beside the mandatory ones."""

    participant_details: ParticipantDetails | None
    customer: Customer | None
    metadata: JsonValue


class StartMultiFields(InitMultiFields, total=False):
    """Fields of a payout to a card beside the session."""

    payment_details: PaymentDetails | None
    payout_details: PayoutDetails | None
    amount_details: Amount | None


class EscrowResource:
    """Payouts of other people's money from an escrow account, which the bank calls nominal.

    The sender must have a ``beneficiary_id``. Confirm and cancel are those of ``bank.sessions``, and what
    ``ready_to_confirm`` brings as ``confirm_information`` goes back with the confirmation. What moves money is not
    journaled: see ``bank.payouts``.
    """

    def __init__(self, client: Executor) -> None:
        self._client = client

    async def create(
        self,
        *,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        submerchant: str | None = None,
        **fields: Unpack[CreateFields],
    ) -> SessionAnswer:
        """``session/create/nominal``: a session for a payout to a bank account; no money moves."""
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(CreateEscrowSession(**fields), **options)

    async def init_payout(
        self,
        payout_details: PayoutDetails,
        amount_details: Amount,
        *,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        submerchant: str | None = None,
        **fields: Unpack[InitPayoutFields],
    ) -> SessionAnswer:
        """``session/init/payout/nominal``: create and start in one. Moves money, not journaled."""
        operation = InitEscrowPayout(payout_details=payout_details, amount_details=amount_details, **fields)
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(operation, **options)

    async def start_payout(
        self,
        session_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        submerchant: str | None = None,
        **fields: Unpack[StartPayoutFields],
    ) -> SessionAnswer:
        """``session/start/payout/nominal``: the payout begins. Moves money, not journaled: see ``bank.payouts``."""
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(StartEscrowPayout(session_id=session_id, **fields), **options)

    async def create_multi(
        self,
        *,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        submerchant: str | None = None,
        **fields: Unpack[CreateFields],
    ) -> SessionAnswer:
        """``session/multi/create/nominal``: a session for a payout to a card; no money moves."""
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(CreateEscrowMultiSession(**fields), **options)

    async def init_multi_payment(
        self,
        payment_details: PaymentDetails,
        payout_details: PayoutDetails,
        amount_details: Amount,
        *,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        submerchant: str | None = None,
        **fields: Unpack[InitMultiFields],
    ) -> SessionAnswer:
        """``session/multi/init/payment/nominal``: to a card, create and start in one. Moves money, not journaled."""
        operation = InitEscrowMultiPayment(
            payment_details=payment_details, payout_details=payout_details, amount_details=amount_details, **fields
        )
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(operation, **options)

    async def start_multi_payment(
        self,
        session_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        submerchant: str | None = None,
        **fields: Unpack[StartMultiFields],
    ) -> SessionAnswer:
        """``session/multi/start/payment/nominal``: to a card, in a session of :meth:`create_multi`.

        Moves money, not journaled: see ``bank.payouts``.
        """
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(StartEscrowMultiPayment(session_id=session_id, **fields), **options)
