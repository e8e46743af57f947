"""What escrow and settlement accounts have alike: six calls, which differ in the end of their paths."""

from __future__ import annotations

from typing import ClassVar, TypedDict, Unpack

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
from bank131_async.core.operations import CreateSession, InitPayout, StartPayout
from bank131_async.core.operations.account_payout import InitAccountMultiPayment, StartAccountMultiPayment
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


class AccountPayoutsResource:
    """Base of the payouts from an account of the merchant: ``nominal`` is an escrow, ``rko`` a settlement account."""

    _create: ClassVar[type[CreateSession]]
    _init_payout: ClassVar[type[InitPayout]]
    _start_payout: ClassVar[type[StartPayout]]
    _create_multi: ClassVar[type[CreateSession]]
    _init_multi_payment: ClassVar[type[InitAccountMultiPayment]]
    _start_multi_payment: ClassVar[type[StartAccountMultiPayment]]

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
        """``session/create/nominal`` or ``session/create/rko``.

        A session for a payout to a bank account; no money moves.
        """
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(self._create(**fields), **options)

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
        """``session/init/payout/nominal`` or ``session/init/payout/rko``.

        Create and start in one. Moves money, not journaled: see ``bank.payouts``.
        """
        operation = self._init_payout(payout_details=payout_details, amount_details=amount_details, **fields)
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
        """``session/start/payout/nominal`` or ``session/start/payout/rko``.

        The payout begins. Moves money, not journaled: see ``bank.payouts``.
        """
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(self._start_payout(session_id=session_id, **fields), **options)

    async def create_multi(
        self,
        *,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        submerchant: str | None = None,
        **fields: Unpack[CreateFields],
    ) -> SessionAnswer:
        """``session/multi/create/nominal`` or ``session/multi/create/rko``.

        A session for a payout to a card; no money moves.
        """
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(self._create_multi(**fields), **options)

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
        """``session/multi/init/payment/nominal`` or ``session/multi/init/payment/rko``.

        To a card, create and start in one. Moves money, not journaled: see ``bank.payouts``.
        """
        operation = self._init_multi_payment(
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
        """``session/multi/start/payment/nominal`` or ``session/multi/start/payment/rko``.

        To a card, in a session of :meth:`create_multi`. Moves money, not journaled: see ``bank.payouts``.
        """
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(self._start_multi_payment(session_id=session_id, **fields), **options)
