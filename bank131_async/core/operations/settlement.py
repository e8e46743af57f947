"""Payouts from a settlement account, which the bank calls rko (docs: settlement-account).

The sender's ``account`` is the settlement account that pays, 20 digits.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

import attrs

from bank131_async.core.models._base import refuse
from bank131_async.core.operations.account_payout import InitAccountMultiPayment, StartAccountMultiPayment
from bank131_async.core.operations.payout import InitPayout, StartPayout
from bank131_async.core.operations.session import CreateSession

if TYPE_CHECKING:  # the codec loads them when a call that holds them is first written
    from bank131_async.core.models import ParticipantDetails

_ACCOUNT = re.compile(r"[0-9]{20}", re.ASCII)


def _check_account(owner: object, participants: ParticipantDetails | None) -> None:
    sender = participants.sender if participants is not None else None
    if sender is None or not _ACCOUNT.fullmatch(sender.account or ""):
        refuse(owner, "participant_details.sender.account", "the account that pays, 20 digits; the bank demands it")


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CreateSettlementSession(CreateSession):
    """``session/create/rko``: a session for a payout; no money moves."""

    path: ClassVar[str] = "session/create/rko"
    versions: ClassVar[tuple[str, ...]] = ("v1",)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class InitSettlementPayout(InitPayout):
    """``session/init/payout/rko``: create and start in one."""

    path: ClassVar[str] = "session/init/payout/rko"

    def __attrs_post_init__(self) -> None:
        _check_account(self, self.participant_details)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class StartSettlementPayout(StartPayout):
    """``session/start/payout/rko``: the payout begins."""

    path: ClassVar[str] = "session/start/payout/rko"
    versions: ClassVar[tuple[str, ...]] = ("v1",)

    def __attrs_post_init__(self) -> None:
        if self.participant_details is not None:
            _check_account(self, self.participant_details)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CreateSettlementMultiSession(CreateSession):
    """``session/multi/create/rko``: a session for a payout to a card; no money moves."""

    path: ClassVar[str] = "session/multi/create/rko"


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class InitSettlementMultiPayment(InitAccountMultiPayment):
    """``session/multi/init/payment/rko``: to a card, create and start in one.

    The bank's pages show the pair of create and start only; the name is that of the escrow account's call.
    """

    path: ClassVar[str] = "session/multi/init/payment/rko"
    versions: ClassVar[tuple[str, ...]] = ("v1",)

    def __attrs_post_init__(self) -> None:
        _check_account(self, self.participant_details)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class StartSettlementMultiPayment(StartAccountMultiPayment):
    """``session/multi/start/payment/rko``: the payout to a card begins."""

    path: ClassVar[str] = "session/multi/start/payment/rko"

    def __attrs_post_init__(self) -> None:
        if self.participant_details is not None:
            _check_account(self, self.participant_details)
