"""``session/*/rko``: payouts from a settlement account (docs: settlement-account)."""

from __future__ import annotations

from typing import Unpack

from bank131_async.client.resources.base import CallOptions, Executor
from bank131_async.client.resources.escrow import InitMultiFields, StartMultiFields
from bank131_async.client.resources.sessions import CreateFields, InitPayoutFields, StartPayoutFields
from bank131_async.core.models import Amount, PaymentDetails, PayoutDetails, SessionAnswer
from bank131_async.core.operations import (
    CreateSettlementMultiSession,
    CreateSettlementSession,
    InitSettlementMultiPayment,
    InitSettlementPayout,
    StartSettlementMultiPayment,
    StartSettlementPayout,
)
from bank131_async.transport.base import Timeout


class SettlementResource:
    """Payouts from the merchant's own settlement account, which the bank calls rko.

    The sender must have an ``account`` of 20 digits. Confirm and cancel are those of ``bank.sessions``, and what
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
        """``session/create/rko``: a session for a payout to a bank account; no money moves."""
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(CreateSettlementSession(**fields), **options)

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
        """``session/init/payout/rko``: create and start in one. Moves money, not journaled."""
        operation = InitSettlementPayout(payout_details=payout_details, amount_details=amount_details, **fields)
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
        """``session/start/payout/rko``: the payout begins. Moves money, not journaled: see ``bank.payouts``."""
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(StartSettlementPayout(session_id=session_id, **fields), **options)

    async def create_multi(
        self,
        *,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        submerchant: str | None = None,
        **fields: Unpack[CreateFields],
    ) -> SessionAnswer:
        """``session/multi/create/rko``: a session for a payout to a card; no money moves."""
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(CreateSettlementMultiSession(**fields), **options)

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
        """``session/multi/init/payment/rko``: to a card, create and start in one. Moves money, not journaled."""
        operation = InitSettlementMultiPayment(
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
        """``session/multi/start/payment/rko``: to a card, in a session of :meth:`create_multi`.

        Moves money, not journaled: see ``bank.payouts``.
        """
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(StartSettlementMultiPayment(session_id=session_id, **fields), **options)
