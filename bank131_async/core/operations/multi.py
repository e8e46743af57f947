"""Sessions of several operations at once."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs

from bank131_async.core.models._base import refuse
from bank131_async.core.operations.base import SessionOperation
from bank131_async.core.operations.payment import InitPayment
from bank131_async.core.operations.payout import InitPayout


def _not_empty(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, tuple | list) or not value:
        refuse(owner, attribute.name, "at least one operation; the bank demands payments and payouts")


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class InitMultiSession(SessionOperation):
    """``session/multi/init``: payments and payouts begun together. API v2 only.

    The items have the shape of the bodies of ``session/init/payment`` and ``session/init/payout``, so they are made as
    these calls are.
    """

    path: ClassVar[str] = "session/multi/init"
    moves_money: ClassVar[bool] = True
    versions: ClassVar[tuple[str, ...]] = ("v2",)

    payment_list: tuple[InitPayment, ...] = attrs.field(validator=_not_empty)
    payout_list: tuple[InitPayout, ...] = attrs.field(validator=_not_empty)
