"""Payouts from an escrow account, which the bank calls nominal (docs: escrow-account).

Card payouts use the calls for several operations: the transfer from the account and the payout in one session. The
sender's ``beneficiary_id`` is the INN of the one whose money it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from bank131_async.core.models._base import refuse
from bank131_async.core.operations.account_payout import InitAccountMultiPayment, StartAccountMultiPayment
from bank131_async.core.operations.payout import InitPayout, StartPayout
from bank131_async.core.operations.session import CreateSession

if TYPE_CHECKING:  # the codec loads them when a call that holds them is first written
    from bank131_async.core.models import ParticipantDetails


def _check_beneficiary(owner: object, participants: ParticipantDetails | None) -> None:
    sender = participants.sender if participants is not None else None
    if sender is None or not sender.beneficiary_id:
        refuse(owner, "participant_details.sender.beneficiary_id", "the INN of the beneficiary; the bank demands it")


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CreateEscrowSession(CreateSession):
    """``session/create/nominal``: a session for a payout to a bank account; no money moves."""

    path: ClassVar[str] = "session/create/nominal"
    versions: ClassVar[tuple[str, ...]] = ("v1",)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class InitEscrowPayout(InitPayout):
    """``session/init/payout/nominal``: to a bank account, create and start in one."""

    path: ClassVar[str] = "session/init/payout/nominal"

    def __attrs_post_init__(self) -> None:
        _check_beneficiary(self, self.participant_details)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class StartEscrowPayout(StartPayout):
    """``session/start/payout/nominal``: to a bank account."""

    path: ClassVar[str] = "session/start/payout/nominal"
    versions: ClassVar[tuple[str, ...]] = ("v1",)

    def __attrs_post_init__(self) -> None:
        if self.participant_details is not None:
            _check_beneficiary(self, self.participant_details)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CreateEscrowMultiSession(CreateSession):
    """``session/multi/create/nominal``: a session for a payout to a card; no money moves."""

    path: ClassVar[str] = "session/multi/create/nominal"


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class InitEscrowMultiPayment(InitAccountMultiPayment):
    """``session/multi/init/payment/nominal``: to a card, create and start in one."""

    path: ClassVar[str] = "session/multi/init/payment/nominal"

    def __attrs_post_init__(self) -> None:
        _check_beneficiary(self, self.participant_details)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class StartEscrowMultiPayment(StartAccountMultiPayment):
    """``session/multi/start/payment/nominal``: to a card."""

    path: ClassVar[str] = "session/multi/start/payment/nominal"

    def __attrs_post_init__(self) -> None:
        if self.participant_details is not None:
            _check_beneficiary(self, self.participant_details)
