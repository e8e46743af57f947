"""The ``error`` object of answers, sessions, payments and payouts."""

from __future__ import annotations

import attrs

from bank131_async.core.models._base import Model
from bank131_async.core.models.codes import CodeFacts, Repeat, Who, facts_of
from bank131_async.core.models.timestamp import Timestamp


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class RejectReason(Model):
    """Which of the bank's rules or lists refused the operation."""

    rule_alias: str | None = None
    list_alias: str | None = None
    expiration_date: Timestamp | None = None


@attrs.frozen(weakref_slot=False, repr=False)
class BankError(Model):
    """``code`` is for programs, ``description``, of which a code has several, for people (docs: reference/errors)."""

    code: str | None = None
    description: str | None = None
    reject_reasons: tuple[RejectReason, ...] = ()

    @property
    def _facts(self) -> CodeFacts:
        return facts_of(self.code)

    @property
    def who(self) -> Who:
        """Whose move it is: developer, merchant, payer, recipient, issuer or bank."""
        return self._facts.who

    @property
    def may_repeat(self) -> Repeat:
        """Whether the operation may be repeated: no, after_fix, later, new_attempt or after_status."""
        return self._facts.may_repeat

    @property
    def payer_message(self) -> str:
        """A sentence that can be shown to the one who pays or is paid; none of the bank's text is in it."""
        return self._facts.payer_message

    @property
    def merchant_message(self) -> str:
        """A sentence for the merchant's staff: what happened and what to do."""
        return self._facts.merchant_message

    @property
    def definite_decline(self) -> bool:
        """True for codes that say for certain that no money moved."""
        return self._facts.definite_decline
