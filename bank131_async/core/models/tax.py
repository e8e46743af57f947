"""Payouts to the budget."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Self

import attrs

from bank131_async.core.models._base import BIK_NAMES, Model
from bank131_async.core.models._checks import between, matching
from bank131_async.core.models._tagged import Method

_year = matching("[0-9]{4}", "four digits, as text")


class TaxPeriodType(StrEnum):
    """What the number of a period counts."""

    month = "month"
    quarter = "quarter"


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TaxPeriod(Model):
    """The ``number``-th month or quarter of a ``year``, which is text of four digits."""

    type: TaxPeriodType | str | None = None
    number: int | None = attrs.field(default=None, validator=between(1, 12))
    year: str | None = attrs.field(default=None, validator=_year)


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
class Tax(Method):
    """A payment to the tax office. :meth:`short` and :meth:`full` make the two forms of it."""

    TAG: ClassVar[str] = "tax"

    type: str | None = None
    description: str | None = None
    uin: str | None = None
    tax_details: TaxDetails | None = None
    payer: TaxPayer | None = None
    payee: TaxPayee | None = None

    @classmethod
    def short(cls, *, period: TaxPeriod) -> Self:
        """``tax_short``: the bank knows everything but the period."""
        return cls(type="tax_short", tax_details=TaxDetails(period=period))

    @classmethod
    def full(cls, *, description: str, uin: str, tax_details: TaxDetails, payer: TaxPayer, payee: TaxPayee) -> Self:
        """``tax_full``: a whole payment order. ``uin`` is the number of the charge, ``"0"`` where there is none."""
        return cls(type="tax_full", description=description, uin=uin, tax_details=tax_details, payer=payer, payee=payee)
