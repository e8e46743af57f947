"""``session/*``: the calls on sessions (docs: reference/methods)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict, Unpack

from bank131_async.client.resources.base import CallOptions, Executor
from bank131_async.core.models import (
    Amount,
    ConfirmInformation,
    Customer,
    CustomRouting,
    FiscalizationDetails,
    JsonValue,
    ParticipantDetails,
    PaymentDetails,
    PaymentOptions,
    PayoutDetails,
    RevenueSplit,
    SessionAnswer,
)
from bank131_async.core.operations import (
    CancelSession,
    CaptureSession,
    ChargebackSession,
    ConfirmSession,
    CreateSession,
    GetSessionStatus,
    InitMultiSession,
    InitPayment,
    InitPaymentSync,
    InitPayout,
    InitPayoutWithFiscalization,
    RefundSession,
    StartPayment,
    StartPayout,
    StartPayoutWithFiscalization,
)
from bank131_async.transport.base import Timeout


class _Fields(TypedDict, total=False):
    payment_options: PaymentOptions | None
    participant_details: ParticipantDetails | None
    metadata: JsonValue
    payment_metadata: Mapping[str, JsonValue] | None
    custom_routing: CustomRouting | None
    revenue_split_info: tuple[RevenueSplit, ...]


class _PayoutFields(TypedDict, total=False):
    participant_details: ParticipantDetails | None
    customer: Customer | None
    metadata: JsonValue
    custom_routing: CustomRouting | None


class InitPayoutFields(_PayoutFields, total=False):
    """Fields of :class:`~bank131_async.core.operations.InitPayout` beside the mandatory ones."""

    fiscalization_details: FiscalizationDetails | None


class StartFiscalizedFields(_PayoutFields, total=False):
    """Fields of :class:`~bank131_async.core.operations.StartPayoutWithFiscalization` beside the mandatory ones."""

    payout_details: PayoutDetails | None
    amount_details: Amount | None


class StartPayoutFields(StartFiscalizedFields, total=False):
    """Fields of :class:`~bank131_async.core.operations.StartPayout` beside the session."""

    fiscalization_details: FiscalizationDetails | None


class StartFields(_Fields, total=False):
    """Fields of :class:`~bank131_async.core.operations.StartPayment` beside the session."""

    payment_details: PaymentDetails | None
    amount_details: Amount | None
    customer: Customer | None


class CreateFields(StartFields, total=False):
    """Fields of :class:`~bank131_async.core.operations.CreateSession`."""

    payout_details: PayoutDetails | None
    fiscalization_details: FiscalizationDetails | None


class SessionsResource:
    """Sessions of payments and payouts. Each method sends one request and is not journaled.

    Those that move money are for programs that keep a journal of their own. If such a call is interrupted, the program
    has to find out by itself whether it took effect; the flows of ``Bank131Client`` (``bank.payments``,
    ``bank.payouts``) do that. Errors are those of :meth:`~bank131_async.client.api.ApiClient.execute`; every method
    also takes ``idempotency_key``, ``timeout`` and ``submerchant``.
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
        """``session/create``: a session in ``created``; no money moves. If the answer is lost it is sent anew."""
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(CreateSession(**fields), **options)

    async def init_payment(
        self,
        payment_details: PaymentDetails,
        amount_details: Amount,
        customer: Customer,
        *,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        submerchant: str | None = None,
        **fields: Unpack[_Fields],
    ) -> SessionAnswer:
        """``session/init/payment``: create and start in one. Moves money, not journaled: see ``bank.payments``.

        If the answer is lost, so is the session's id; prefer :meth:`create` and :meth:`start_payment`.
        """
        operation = InitPayment(
            payment_details=payment_details, amount_details=amount_details, customer=customer, **fields
        )
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(operation, **options)

    async def init_payment_sync(
        self,
        payment_details: PaymentDetails,
        amount_details: Amount,
        customer: Customer,
        *,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        submerchant: str | None = None,
        **fields: Unpack[_Fields],
    ) -> SessionAnswer:
        """``session/init/payment/sync``: the result is in the answer, no webhooks. Moves money, not journaled.

        Only for projects that have it switched on (docs: payments/payment-pcidss-simple).
        """
        operation = InitPaymentSync(
            payment_details=payment_details, amount_details=amount_details, customer=customer, **fields
        )
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(operation, **options)

    async def start_payment(
        self,
        session_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        submerchant: str | None = None,
        **fields: Unpack[StartFields],
    ) -> SessionAnswer:
        """``session/start/payment``: the attempt begins. Moves money, not journaled: see ``flow.start()``."""
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(StartPayment(session_id=session_id, **fields), **options)

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
        """``session/init/payout``: create and start in one. Moves money, not journaled: see ``bank.payouts``.

        If the answer is lost, so is the session's id; prefer :meth:`create` and :meth:`start_payout`.
        """
        operation = InitPayout(payout_details=payout_details, amount_details=amount_details, **fields)
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(operation, **options)

    async def init_payout_with_fiscalization(
        self,
        payout_details: PayoutDetails,
        amount_details: Amount,
        fiscalization_details: FiscalizationDetails,
        *,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        submerchant: str | None = None,
        **fields: Unpack[_PayoutFields],
    ) -> SessionAnswer:
        """``session/init/payout/fiscalization``: to a self-employed person, with a receipt.

        Moves money, not journaled: see ``bank.payouts``. If the answer is lost, so is the session's id.
        """
        operation = InitPayoutWithFiscalization(
            payout_details=payout_details,
            amount_details=amount_details,
            fiscalization_details=fiscalization_details,
            **fields,
        )
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
        """``session/start/payout``: the payout begins. Moves money, not journaled: see ``bank.payouts``."""
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(StartPayout(session_id=session_id, **fields), **options)

    async def start_payout_with_fiscalization(
        self,
        session_id: str,
        fiscalization_details: FiscalizationDetails,
        *,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        submerchant: str | None = None,
        **fields: Unpack[StartFiscalizedFields],
    ) -> SessionAnswer:
        """``session/start/payout/fiscalization``: to a self-employed person, with a receipt.

        Moves money, not journaled: see ``bank.payouts``.
        """
        operation = StartPayoutWithFiscalization(
            session_id=session_id, fiscalization_details=fiscalization_details, **fields
        )
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(operation, **options)

    async def init_multi(
        self,
        payment_list: Iterable[InitPayment],
        payout_list: Iterable[InitPayout],
        **options: Unpack[CallOptions],
    ) -> SessionAnswer:
        """``session/multi/init``: payments and payouts begun together. Moves money, not journaled.

        Both lists must have an item. If the answer is lost, so is the session's id.
        """
        operation = InitMultiSession(payment_list=tuple(payment_list), payout_list=tuple(payout_list))
        return await self._client.execute(operation, **options)

    async def confirm(
        self,
        session_id: str,
        confirm_information: ConfirmInformation | None = None,
        **options: Unpack[CallOptions],
    ) -> SessionAnswer:
        """``session/confirm``: yes to ``ready_to_confirm``. Moves money, not journaled: see ``flow.confirm()``."""
        operation = ConfirmSession(session_id=session_id, confirm_information=confirm_information)
        return await self._client.execute(operation, **options)

    async def cancel(self, session_id: str, **options: Unpack[CallOptions]) -> SessionAnswer:
        """``session/cancel``, also of held money; the answer is not the end. Not journaled: see ``flow.cancel()``."""
        return await self._client.execute(CancelSession(session_id=session_id), **options)

    async def capture(
        self, session_id: str, amount_details: Amount | None = None, **options: Unpack[CallOptions]
    ) -> SessionAnswer:
        """``session/capture``: debit all or a part of held money. Not journaled: see ``flow.capture()``."""
        operation = CaptureSession(session_id=session_id, amount_details=amount_details)
        return await self._client.execute(operation, **options)

    async def refund(
        self,
        session_id: str,
        amount_details: Amount | None = None,
        *,
        metadata: JsonValue = None,
        **options: Unpack[CallOptions],
    ) -> SessionAnswer:
        """``session/refund``: all or a part back. Each call is one more; not journaled: see ``flow.refund()``."""
        operation = RefundSession(session_id=session_id, amount_details=amount_details, metadata=metadata)
        return await self._client.execute(operation, **options)

    async def chargeback(self, session_id: str, **options: Unpack[CallOptions]) -> SessionAnswer:
        """``session/chargeback``: only the bank's PHP SDK knows it, its pages do not. Moves money, not journaled."""
        return await self._client.execute(ChargebackSession(session_id=session_id), **options)

    async def status(self, session_id: str, **options: Unpack[CallOptions]) -> SessionAnswer:
        """``session/status``: the session as it is now; safe to repeat."""
        return await self._client.execute(GetSessionStatus(session_id=session_id), **options)
