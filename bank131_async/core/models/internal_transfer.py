"""Transfers between accounts at the bank (docs: escrow-account, settlement-account)."""

from __future__ import annotations

from typing import ClassVar

import attrs

from bank131_async.core.models._base import required_text
from bank131_async.core.models._tagged import Method, Tagged


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class InternalTransfer(Tagged["TransferFromNominalAccount | TransferFromBankAccount"], Method):
    """``type`` and the object of that name."""

    TAG: ClassVar[str] = "internal_transfer"

    type: str | None = None
    transfer_from_nominal_account: TransferFromNominalAccount | None = None
    transfer_from_bank_account: TransferFromBankAccount | None = None


@attrs.frozen(weakref_slot=False, repr=False)
class TransferFromNominalAccount(Method):
    """Money of an escrow account; ``description`` is the purpose of the transfer."""

    TAG: ClassVar[str] = "transfer_from_nominal_account"
    GROUP: ClassVar[type[InternalTransfer]] = InternalTransfer

    description: str | None = attrs.field(validator=required_text)


@attrs.frozen(weakref_slot=False, repr=False)
class TransferFromBankAccount(Method):
    """Money of a settlement account; ``description`` is the purpose of the transfer."""

    TAG: ClassVar[str] = "transfer_from_bank_account"
    GROUP: ClassVar[type[InternalTransfer]] = InternalTransfer

    description: str | None = attrs.field(validator=required_text)
