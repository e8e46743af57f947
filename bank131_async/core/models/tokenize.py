"""Turning cards and accounts into tokens without a widget (docs: payouts/payout-tokenized-account)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import attrs

from bank131_async.core.models._base import SECRET, Model, required_text
from bank131_async.core.models.answer import Answer
from bank131_async.core.models.card import card_number, mask_number


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class MaskedAccount(Model):
    """What may be shown of an account that was tokenized."""

    masked_account: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TokenizeAnswer(Answer):
    """The answer of ``tokenize``."""

    token: str | None = attrs.field(default=None, metadata=SECRET)
    data: MaskedAccount | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CardElement(Model):
    """An open card number; ``ref`` is the caller's name for it, under which the answer holds its token."""

    ref: str | None = attrs.field(validator=required_text)
    type: str | None = attrs.field(validator=required_text)
    card_number: str | None = attrs.field(validator=card_number, metadata={**SECRET, "mask": mask_number})

    @classmethod
    def of(cls, card_number: str, *, ref: str) -> Self:
        """The element for a card number."""
        return cls(ref=ref, type="card_number", card_number=card_number)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class ElementInfo(Model):
    """What may be shown of a card."""

    masked_card_number: str | None = None
    card_network: str | None = None
    card_type: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class ElementToken(Model):
    """The token of one element."""

    token: str | None = attrs.field(default=None, metadata=SECRET)
    info: ElementInfo | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TokenizeElementsAnswer(Answer):
    """The answer of ``tokenize/elements``: tokens by the ``ref`` of their elements."""

    data: Mapping[str, ElementToken] | None = attrs.field(default=None, hash=False)
