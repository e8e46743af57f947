"""Self-employed recipients and their receipts (docs: selfemployed). API v1 only."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from bank131_async.core.models import SelfEmployedCheckAnswer, SelfEmployedStatusAnswer
from bank131_async.core.models._base import required_text
from bank131_async.core.models._checks import digits
from bank131_async.core.operations.base import OfSession, Operation, given

if TYPE_CHECKING:  # the codec loads them when a call that holds them is first written
    from bank131_async.core.models import (
        Amount,
        Customer,
        FiscalizationDetails,
        JsonValue,
        ParticipantDetails,
        PayoutDetails,
    )


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CheckSelfEmployed(Operation[SelfEmployedCheckAnswer]):
    """``npd/check``: begins to ask the tax service about an INN of 12 digits; the answer may be pending."""

    path: ClassVar[str] = "npd/check"
    versions: ClassVar[tuple[str, ...]] = ("v1",)
    answer_type: ClassVar[type[SelfEmployedCheckAnswer]] = SelfEmployedCheckAnswer
    result: ClassVar[str] = "status"

    tax_reference: str = attrs.field(validator=(digits(12), required_text))


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class GetSelfEmployedStatus(Operation[SelfEmployedStatusAnswer]):
    """``npd/request/status``: what the tax service says; pending until it has answered."""

    path: ClassVar[str] = "npd/request/status"
    versions: ClassVar[tuple[str, ...]] = ("v1",)
    answer_type: ClassVar[type[SelfEmployedStatusAnswer]] = SelfEmployedStatusAnswer
    result: ClassVar[str] = "status"

    request_id: str = attrs.field(validator=required_text)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Fiscalize(OfSession):
    """``fiscalization``: a receipt without a payout, in a session made for it by ``session/create``.

    No money moves, but income is registered with the tax service, which must not happen twice either: so it is
    repeated as little as the calls that move money are.
    """

    path: ClassVar[str] = "fiscalization"
    moves_money: ClassVar[bool] = True
    versions: ClassVar[tuple[str, ...]] = ("v1",)

    fiscalization_details: FiscalizationDetails | None = attrs.field(validator=given)
    payout_details: PayoutDetails | None = attrs.field(default=None, metadata={"v1": "payment_method"})
    amount_details: Amount | None = None
    participant_details: ParticipantDetails | None = None
    customer: Customer | None = None
    metadata: JsonValue = attrs.field(default=None, hash=False)
