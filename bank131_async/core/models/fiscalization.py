"""Receipts of self-employed recipients (docs: payouts to the self-employed)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import attrs

from bank131_async.core.models._base import Model, refuse, required_text
from bank131_async.core.models._checks import between, digits
from bank131_async.core.models.amount import Amount

_MOST_SERVICES = 6
_a_natural_number = between(1, 2**31 - 1)


class PayerType(StrEnum):
    """Who pays a self-employed person: a Russian company, a private person, or somebody abroad."""

    legal = "legal"
    individual = "individual"
    foreign = "foreign"


def _services(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if value.__class__ not in (tuple, list) or not 1 <= len(value) <= _MOST_SERVICES:
        refuse(owner, attribute.name, f"1 to {_MOST_SERVICES} services")


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class FiscalService(Model):
    """One line of a receipt; ``amount_details`` is the price of one, ``quantity`` is 1 where absent."""

    name: str | None = attrs.field(validator=required_text)
    amount_details: Amount | None = None
    quantity: int | None = attrs.field(default=None, validator=_a_natural_number)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Receipt(Model):
    """The receipt that was issued."""

    id: str | None = None
    link: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class ProfessionalIncomeTaxpayer(Model):
    """The self-employed recipient: 1 to 6 services, and the INN of 12 digits in ``tax_reference``.

    A ``payer_type`` of legal needs ``payer_tax_number``, the company's INN (docs: selfemployed-fiscalization). The bank
    fills in the ``receipt``.
    """

    services: tuple[FiscalService, ...] = attrs.field(default=(), validator=_services)
    tax_reference: str | None = attrs.field(validator=(required_text, digits(12)))
    receipt: Receipt | None = None
    payer_type: PayerType | str | None = None
    payer_tax_number: str | None = None
    payer_name: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.payer_type == PayerType.legal and not self.payer_tax_number:
            refuse(self, "payer_tax_number", "the INN of the company that pays; payer_type legal demands it")


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class FiscalizationDetails(Model):
    """What a payout with a receipt needs, and what the bank says of the receipt."""

    professional_income_taxpayer: ProfessionalIncomeTaxpayer | None = None
