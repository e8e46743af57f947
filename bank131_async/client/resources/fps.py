"""``fps/*``: the Faster Payment System beside payments and payouts (docs: payouts/payout-fps-phone)."""

from __future__ import annotations

from typing import Unpack

from bank131_async.client.resources.base import CallOptions, Executor
from bank131_async.core.models import (
    FpsBanksAnswer,
    FpsVerification,
    Participant,
    ParticipantDetails,
    PayoutDetails,
    SessionAnswer,
)
from bank131_async.core.operations import GetFpsBanks, VerifyFpsCustomer


class FpsResource:
    """The Faster Payment System (SBP); no money moves."""

    def __init__(self, client: Executor) -> None:
        self._client = client

    async def banks(self, **options: Unpack[CallOptions]) -> FpsBanksAnswer:
        """``fps/banks``: the banks that take FPS payouts, with their ids."""
        return await self._client.execute(GetFpsBanks(), **options)

    async def verify_customer(
        self, account: FpsVerification, recipient: Participant, **options: Unpack[CallOptions]
    ) -> SessionAnswer:
        """``fps/customer_verification``: does the account at that phone belong to that person?

        The answer is a session in progress; the result comes later, by webhook or by ``sessions.status``. The bank
        compares first, middle and last name.
        """
        operation = VerifyFpsCustomer(
            payout_details=PayoutDetails.of(account), participant_details=ParticipantDetails(recipient=recipient)
        )
        return await self._client.execute(operation, **options)
