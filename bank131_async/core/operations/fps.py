"""The Faster Payment System beside payments and payouts (docs: payouts/payout-fps-phone)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from bank131_async.core.models import FpsBanksAnswer
from bank131_async.core.operations.base import Operation, SessionOperation, given

if TYPE_CHECKING:  # the codec loads them when a call that holds them is first written
    from bank131_async.core.models import ParticipantDetails, PayoutDetails


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class GetFpsBanks(Operation[FpsBanksAnswer]):
    """``fps/banks``: the banks that take FPS payouts. The one GET of the API: with a body, ``{}``, which is signed."""

    path: ClassVar[str] = "fps/banks"
    http_method: ClassVar[str] = "GET"
    versions: ClassVar[tuple[str, ...]] = ("v1",)
    answer_type: ClassVar[type[FpsBanksAnswer]] = FpsBanksAnswer
    result: ClassVar[str] = "banks"


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class VerifyFpsCustomer(SessionOperation):
    """``fps/customer_verification``: does the account at that phone belong to that person? No money moves.

    Asynchronous: the answer is a session with a payout in progress; its end comes as a webhook or by status.
    """

    path: ClassVar[str] = "fps/customer_verification"

    payout_details: PayoutDetails | None = attrs.field(validator=given, metadata={"v1": "payment_method"})
    participant_details: ParticipantDetails | None = attrs.field(validator=given)
