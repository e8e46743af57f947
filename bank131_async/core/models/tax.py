"""Payouts to the budget."""

from __future__ import annotations

import attrs

from bank131_async.core.models._base import Model
from bank131_async.core.models.bank_account import BIK_NAMES


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TaxPeriod(Model):
    """``type`` is month or quarter, ``year`` text of four digits."""

    type: str | None = None
    number: int | None = None
    year: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TaxDetails(Model):
    """What is paid and for when; a short order needs the period only."""

    kbk: str | None = None
    oktmo: str | None = None
    payment_reason: str | None = None
    period: TaxPeriod | None = None
    document_number: str | None = None
    document_date: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TaxPayer(Model):
    """Who pays."""

    kpp: str | None = None
    inn: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TaxPayee(Model):
    """The office that is paid."""

    bik: str | None = attrs.field(default=None, metadata=BIK_NAMES)
    account: str | None = None
    account_eks: str | None = None
    name: str | None = None
    kpp: str | None = None
    inn: str | None = None
    bik_name: str = attrs.field(default="bik", metadata={"wire": False})


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Tax(Model):
    """``type`` is tax_full or tax_short."""

    type: str | None = None
    description: str | None = None
    uin: str | None = None
    tax_details: TaxDetails | None = None
    payer: TaxPayer | None = None
    payee: TaxPayee | None = None
