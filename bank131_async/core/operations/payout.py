"""Calls that begin a payout (docs: payouts)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from bank131_async.core.models._base import refuse
from bank131_async.core.operations.base import OfSession, SessionOperation, given

if TYPE_CHECKING:  # the codec loads them when a call that holds them is first written
    from bank131_async.core.models import (
        Amount,
        Customer,
        CustomRouting,
        FiscalizationDetails,
        JsonValue,
        ParticipantDetails,
        PayoutDetails,
    )


_V1 = {"v1": "payment_method"}
_RECEIPT = "the services of the receipt; the bank demands them for this call"


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class InitPayout(SessionOperation):
    """``session/init/payout``: create and start in one request; the bank recommends the two (docs: payouts).

    If its answer is lost the session's id is not known to the caller.
    """

    path: ClassVar[str] = "session/init/payout"
    moves_money: ClassVar[bool] = True

    payout_details: PayoutDetails | None = attrs.field(validator=given, metadata=_V1)
    amount_details: Amount | None = attrs.field(validator=given)
    participant_details: ParticipantDetails | None = None
    customer: Customer | None = None
    fiscalization_details: FiscalizationDetails | None = None
    metadata: JsonValue = attrs.field(default=None, hash=False)
    custom_routing: CustomRouting | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class InitPayoutWithFiscalization(InitPayout):
    """``session/init/payout/fiscalization``: to a self-employed person, with a receipt from the tax service."""

    path: ClassVar[str] = "session/init/payout/fiscalization"

    def __attrs_post_init__(self) -> None:
        if self.fiscalization_details is None:
            refuse(self, "fiscalization_details", _RECEIPT)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class StartPayout(OfSession):
    """``session/start/payout``: the payout begins. What was given at create may be left out, or is replaced."""

    path: ClassVar[str] = "session/start/payout"
    moves_money: ClassVar[bool] = True

    payout_details: PayoutDetails | None = attrs.field(default=None, metadata=_V1)
    amount_details: Amount | None = None
    participant_details: ParticipantDetails | None = None
    customer: Customer | None = None
    fiscalization_details: FiscalizationDetails | None = None
    metadata: JsonValue = attrs.field(default=None, hash=False)
    custom_routing: CustomRouting | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class StartPayoutWithFiscalization(StartPayout):
    """``session/start/payout/fiscalization``: to a self-employed person, with a receipt from the tax service."""

    path: ClassVar[str] = "session/start/payout/fiscalization"

    def __attrs_post_init__(self) -> None:
        if self.fiscalization_details is None:
            refuse(self, "fiscalization_details", _RECEIPT)
