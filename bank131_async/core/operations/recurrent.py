"""Saved means of payment (docs: payments/payment-recurring). API v1 only."""

from __future__ import annotations

from typing import ClassVar

import attrs

from bank131_async.core.models import RecurrentAnswer, SavedToken
from bank131_async.core.operations.base import Operation, given


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class GetRecurrentStatus(Operation[RecurrentAnswer]):
    """``recurrent/status``: whether a saved token can be paid with."""

    path: ClassVar[str] = "recurrent/status"
    versions: ClassVar[tuple[str, ...]] = ("v1",)
    answer_type: ClassVar[type[RecurrentAnswer]] = RecurrentAnswer
    result: ClassVar[str] = "recurrent"

    recurrent: SavedToken | None = attrs.field(validator=given)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class DisableRecurrent(GetRecurrentStatus):
    """``recurrent/disable``: the token can no longer be paid with."""

    path: ClassVar[str] = "recurrent/disable"
