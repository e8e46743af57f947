"""What ``ready_to_confirm`` brings for escrow and settlement accounts, to be sent back with the confirmation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from bank131_async.core.models._base import BIK_NAMES, SECRET, JsonValue, Model

if TYPE_CHECKING:  # the codec loads it when a transfer that holds it is first read
    from bank131_async.core.models.amount import Amount


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TransferParticipant(Model):
    """One side of a transfer between accounts."""

    account_number: str | None = None
    name: str | None = None
    bank_name: str | None = None
    bik: str | None = attrs.field(default=None, metadata=BIK_NAMES)
    correspondent_account_number: str | None = None
    inn: str | None = None
    kpp: str | None = None
    bik_name: str = attrs.field(default="bik", metadata={"wire": False})


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TransferDetails(Model):
    """A transfer to be approved. ``payout_details`` is kept as it came: a bare method without the type wrapper."""

    payout_details: JsonValue = attrs.field(default=None, hash=False, metadata={"v1": "payment_method", **SECRET})
    customer: TransferParticipant | None = None
    recipient: TransferParticipant | None = None
    purpose: str | None = None
    amount: Amount | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class ConfirmExchange(Model):
    """A conversion to be approved; ``fx_rate`` is text."""

    id: str | None = None
    source: Amount | None = None
    destination: Amount | None = None
    fx_rate: str | None = None
    commission: Amount | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class AccountDetails(Model):
    """Both accounts of a transfer."""

    sender: TransferParticipant | None = None
    recipient: TransferParticipant | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class ConfirmInformation(Model):
    """Give it back unchanged in ``ConfirmSession(confirm_information=...)`` to approve."""

    transfer_details: TransferDetails | None = None
    exchanges: tuple[ConfirmExchange, ...] = ()
    account_details: AccountDetails | None = None
