"""What the payment systems say of a payment, and the token for repeating it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from bank131_async.core.models._base import SECRET, Model
from bank131_async.core.models.timestamp import Timestamp

if TYPE_CHECKING:  # the codec loads it when a token is first read
    from bank131_async.core.models.method import RecurrentInitiator


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TransactionInfo(Model):
    """References of the payment systems: ``rrn`` and ``arn`` for cards, ``fp_message_id`` for FPS."""

    rrn: str | None = None
    arn: str | None = None
    auth_code: str | None = None
    fp_message_id: str | None = None
    external_subscription_token: str | None = attrs.field(default=None, metadata=SECRET)
    bank_account_ru_token: str | None = attrs.field(default=None, metadata=SECRET)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class RecurrentToken(Model):
    """A token for later payments; each successful payment brings a new one (docs: payments/payment-recurring)."""

    token: str | None = attrs.field(default=None, metadata=SECRET)
    created_at: Timestamp | None = None
    finished_at: Timestamp | None = None
    is_active: bool | None = None
    initiator: RecurrentInitiator | str | None = None
    type: str | None = None
