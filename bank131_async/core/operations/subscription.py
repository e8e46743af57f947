"""Series of payments that the bank itself repeats. API v1 only."""

from __future__ import annotations

from typing import ClassVar

import attrs

from bank131_async.core.models import Answer
from bank131_async.core.models._base import required_text
from bank131_async.core.operations.base import Operation


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CancelSubscription(Operation[Answer]):
    """``subscription/cancel``: the bank stops repeating."""

    path: ClassVar[str] = "subscription/cancel"
    versions: ClassVar[tuple[str, ...]] = ("v1",)
    answer_type: ClassVar[type[Answer]] = Answer
    result: ClassVar[str] = "status"

    subscription_id: str = attrs.field(validator=required_text)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class RestoreSubscription(CancelSubscription):
    """``subscription/restore``: the bank repeats again, so money will be taken later; a second call changes nothing."""

    path: ClassVar[str] = "subscription/restore"
