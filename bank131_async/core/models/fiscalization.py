"""Receipts of self-employed recipients (docs: payouts to the self-employed)."""

from __future__ import annotations

import attrs

from bank131_async.core.models._base import Model
from bank131_async.core.models.amount import Amount


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class FiscalService(Model):
    """One line of a receipt; a receipt has 1 to 6."""

    name: str | None = None
    amount_details: Amount | None = None
    quantity: int | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Receipt(Model):
    """The receipt that was issued."""

    id: str | None = None
    link: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class ProfessionalIncomeTaxpayer(Model):
    """``tax_reference`` has 12 digits; ``payer_type`` is legal, individual or foreign."""

    services: tuple[FiscalService, ...] = ()
    tax_reference: str | None = None
    receipt: Receipt | None = None
    payer_type: str | None = None
    payer_tax_number: str | None = None
    payer_name: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class FiscalizationDetails(Model):
    """What a payout with a receipt needs, and what the bank says of the receipt."""

    professional_income_taxpayer: ProfessionalIncomeTaxpayer | None = None
