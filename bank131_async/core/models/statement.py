"""Statements of escrow and settlement accounts; all sums in minor units (docs: statements/statements-escrow)."""

from __future__ import annotations

import attrs

from bank131_async.core.models._base import Model
from bank131_async.core.models.answer import Answer


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TotalTurnover(Model):
    """What went out and came in during the period; ``debet`` is the bank's own spelling."""

    debet: int | None = None
    credit: int | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TotalBalance(Model):
    """The balance when the period began and when it ended."""

    opening: int | None = None
    closing: int | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CounterParty(Model):
    """The other side of a transaction; ``bank_code`` is its BIK."""

    name: str | None = None
    inn: str | None = None
    kpp: str | None = None
    account_number: str | None = None
    bank_code: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class StatementTransaction(Model):
    """One line of a statement. ``type`` is debet or credit, ``base_amount`` the sum in roubles of a foreign one.

    ``session_id`` joins it with the session that caused it, where one did. Dates are text as the bank writes them.
    """

    type: str | None = None
    amount: int | None = None
    base_amount: int | None = None
    currency: str | None = None
    payment_date: str | None = None
    bank_system_id: str | None = None
    transaction_id: str | None = None
    session_id: str | None = None
    purpose: str | None = None
    counter_party: CounterParty | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class AccountStatement(Model):
    """Of which account and for which days."""

    date_from: str | None = None
    date_to: str | None = None
    account_number: str | None = None
    total_turnover: TotalTurnover | None = None
    total_balance: TotalBalance | None = None
    transactions: tuple[StatementTransaction, ...] = ()


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class AccountStatementAnswer(Answer):
    """The answer of ``report/account_statement``.

    The bank's pages disagree on where the totals and the transactions stand, beside ``account_statement`` or inside
    it; both places are read.
    """

    name: str | None = None
    account_statement: AccountStatement | None = None
    total_turnover: TotalTurnover | None = None
    total_balance: TotalBalance | None = None
    transactions: tuple[StatementTransaction, ...] = ()
