"""The ways in which money comes and goes, as values without secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import field, frozen

from bank131_async.sandbox.cards import SandboxCard

if TYPE_CHECKING:
    from bank131_async.sandbox.requests.cards import CardUse

Json = dict[str, object]

Payer = Literal["challenge", "page", "qr", "push"]
"""What the payer is asked to do: pass 3-D Secure, pay on a page, scan a QR code, or answer a push message."""


@frozen(kw_only=True)
class Way:
    """How a payment is made or a payout delivered.

    ``name`` is the innermost type, such as ``bank_card`` or ``sber_pay``; ``title`` is for people; ``shown`` is what
    answers carry; ``outcome`` is the row of the test data that says how it ends.
    """

    name: str
    title: str
    shown: Json = field(repr=False)
    outcome: SandboxCard
    card: CardUse | None = None
    payer: Payer | None = None
    # Whether the money can be held first. Transfers between accounts cannot.
    holds: bool = False
    # A payment with the token of an earlier one.
    recurrent_token: str | None = field(default=None, repr=False)
    # False: the recipient's account is only looked up, or a receipt only issued.
    moves_money: bool = True
    # Whether the recipient's bank may send the money of a payout back.
    returns: bool = True
