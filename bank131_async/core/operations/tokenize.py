"""Tokens in place of cards and accounts, without a widget. API v1 only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import attrs

from bank131_async.core.models import TokenizeAnswer, TokenizeElementsAnswer
from bank131_async.core.models._base import refuse
from bank131_async.core.operations.base import Operation, given

if TYPE_CHECKING:  # the codec loads them when a call that holds them is first written
    from bank131_async.core.models import CardElement, RuBankAccount


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Tokenize(Operation[TokenizeAnswer]):
    """``tokenize``: a token in place of an account, for later payouts (docs: payouts/payout-tokenized-account).

    The bank's pages send it to a server of its own, ``https://proxy-stage.bank131.ru`` beside the demo server. Other
    types go into ``extra``. :meth:`of` makes the usual one.
    """

    path: ClassVar[str] = "tokenize"
    versions: ClassVar[tuple[str, ...]] = ("v1",)
    answer_type: ClassVar[type[TokenizeAnswer]] = TokenizeAnswer
    result: ClassVar[str] = "token"

    type: str | None = attrs.field(validator=given)
    bank_account_ru: RuBankAccount | None = None

    @classmethod
    def of(cls, account: RuBankAccount) -> Self:
        """Tokenize a Russian account by its ``bik`` and ``account``."""
        return cls(type="bank_account_ru", bank_account_ru=account)


def _elements(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, tuple | list) or not value:
        refuse(owner, attribute.name, "at least one element")


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TokenizeElements(Operation[TokenizeElementsAnswer]):
    """``tokenize/elements``: tokens in place of open card numbers (docs: payments/payment-no-hold). Needs PCI DSS."""

    path: ClassVar[str] = "tokenize/elements"
    versions: ClassVar[tuple[str, ...]] = ("v1",)
    answer_type: ClassVar[type[TokenizeElementsAnswer]] = TokenizeElementsAnswer
    result: ClassVar[str] = "data"

    elements: tuple[CardElement, ...] = attrs.field(validator=_elements)
