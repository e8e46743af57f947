"""``npd/*`` and ``fiscalization``: self-employed recipients and their receipts (docs: selfemployed)."""

from __future__ import annotations

from typing import TypedDict, Unpack

from bank131_async.client.resources.base import CallOptions, Executor
from bank131_async.core.models import (
    Amount,
    Customer,
    FiscalizationDetails,
    JsonValue,
    ParticipantDetails,
    PayoutDetails,
    SelfEmployedCheckAnswer,
    SelfEmployedStatusAnswer,
    SessionAnswer,
)
from bank131_async.core.operations import CheckSelfEmployed, Fiscalize, GetSelfEmployedStatus
from bank131_async.transport.base import Timeout


class FiscalizeFields(TypedDict, total=False):
    """Fields of :class:`~bank131_async.core.operations.Fiscalize` beside the mandatory ones."""

    payout_details: PayoutDetails | None
    amount_details: Amount | None
    participant_details: ParticipantDetails | None
    customer: Customer | None
    metadata: JsonValue


class SelfEmployedResource:
    """Self-employed people (payers of the tax on professional income)."""

    def __init__(self, client: Executor) -> None:
        self._client = client

    async def check(self, tax_reference: str, **options: Unpack[CallOptions]) -> SelfEmployedCheckAnswer:
        """``npd/check``: begin to ask the tax service about an INN of 12 digits.

        The answer has the ``request_id`` for :meth:`status`, or ``is_pending``: then ask again, in about 40 s.
        """
        return await self._client.execute(CheckSelfEmployed(tax_reference=tax_reference), **options)

    async def status(self, request_id: str, **options: Unpack[CallOptions]) -> SelfEmployedStatusAnswer:
        """``npd/request/status``: is the person self-employed, and linked to the bank? May be ``is_pending`` too."""
        return await self._client.execute(GetSelfEmployedStatus(request_id=request_id), **options)

    async def fiscalize(
        self,
        session_id: str,
        fiscalization_details: FiscalizationDetails,
        *,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        submerchant: str | None = None,
        **fields: Unpack[FiscalizeFields],
    ) -> SessionAnswer:
        """``fiscalization``: a receipt for income that was paid elsewhere, in a session made for it.

        No money moves, but the income is registered with the tax service. Not journaled: if the answer is lost, ask the
        session's status before anything is repeated.
        """
        operation = Fiscalize(session_id=session_id, fiscalization_details=fiscalization_details, **fields)
        options = CallOptions(idempotency_key=idempotency_key, timeout=timeout, submerchant=submerchant)
        return await self._client.execute(operation, **options)
