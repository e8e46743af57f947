"""What the merchant has decided, order by order: a function of the order's name, the same in every process."""

from __future__ import annotations

import random
from typing import Literal

import attrs

PLAIN, CHALLENGE = "4242424242424242", "4000000000000010"


@attrs.frozen
class Decision:
    """One order. ``take``: how much of the held money is captured; ``refunds``: amounts by name. Minor units."""

    order: str
    kind: Literal["payment", "payout"]
    amount: int
    card: str
    take: int
    refunds: tuple[tuple[str, int], ...]


def decision(order: str) -> Decision:
    """The decision that goes by this name: ``payment-3`` or ``payout-4``."""
    chance = random.Random(order)
    amount = chance.randrange(10_000, 50_000)
    if order.startswith("payout"):
        return Decision(order, "payout", amount, PLAIN, 0, ())
    take = chance.choice((amount, amount // 2))
    back = take // 4
    refunds = chance.choice(((), (("return-1", back),), (("return-1", back), ("return-2", back))))
    return Decision(order, "payment", amount, chance.choice((PLAIN, CHALLENGE)), take, refunds)


def name_of(number: int) -> str:
    """The name of the order with this number; every fourth is a payout."""
    return f"payout-{number}" if number % 4 == 3 else f"payment-{number}"
