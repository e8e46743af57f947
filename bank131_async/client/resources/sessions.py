"""``session/*``: the calls on payment sessions (docs: reference/methods)."""

from __future__ import annotations

from collections.abc import Mapping
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
    ConfirmSession,
    CreateSession,
    GetSessionStatus,
    InitPayment,
    InitPaymentSync,
    RefundSession,
    StartPayment,
)
from bank131_async.transport.base import Timeout


class _Fields(TypedDict, total=False):
    payment_options: PaymentOptions | None
    participant_details: ParticipantDetails | None
    metadata: JsonValue
    payment_metadata: Mapping[str, JsonValue] | None
    custom_routing: CustomRouting | None
    revenue_split_info: tuple[RevenueSplit, ...]


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
    """Sessions of payments. Each method sends one request and is not journaled.

    Those that move money are for programs that keep a journal of their own. If such a call is interrupted, the program
    has to find out by itself whether it took effect; the flows of ``Bank131Client`` (``bank.payments``) do that.
    Errors are those of :meth:`~bank131_async.client.api.ApiClient.execute`; every method also takes
    ``idempotency_key``, ``timeout`` and ``submerchant``.
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

    async def status(self, session_id: str, **options: Unpack[CallOptions]) -> SessionAnswer:
        """``session/status``: the session as it is now; safe to repeat."""
        return await self._client.execute(GetSessionStatus(session_id=session_id), **options)
