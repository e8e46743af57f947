"""How a means of payment appears in the journal: masked, or not at all."""

from __future__ import annotations

from bank131_async.core.models import BankCard, Card, PaymentDetails, PayoutDetails
from bank131_async.core.redact import mask_pan


def masked_card(method: object) -> str | None:
    """``424242******4242`` for open card data, ``None`` for everything else."""
    match method:
        case BankCard(number=str(number)):
            return mask_pan(number)
        case Card(bank_card=BankCard() as card):
            return masked_card(card)
        case PaymentDetails(card=Card() as card) | PayoutDetails(card=Card() as card):
            return masked_card(card)
        case _:
            return None
