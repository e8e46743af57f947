"""Ways of paying and of being paid that requests and answers share."""

from __future__ import annotations

import attrs

from bank131_async.core.models._base import SECRET, Model, required_text


@attrs.frozen(weakref_slot=False, repr=False)
class NoDetails(Model):
    """An object that carries nothing beyond its presence; the bank also writes it as ``[]``."""


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Recurrent(Model):
    """A saved means of payment. ``initiator`` is merchant (without the payer) or client (the payer takes part)."""

    token: str | None = attrs.field(validator=required_text, metadata=SECRET)
    initiator: str | None = None
    security_code: str | None = attrs.field(default=None, metadata=SECRET)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class FasterPaymentSystem(Model):
    """The Faster Payment System (SBP): a QR code for payments; phone and bank for payouts."""

    phone: str | None = None
    bank_id: str | None = None
    description: str | None = None
