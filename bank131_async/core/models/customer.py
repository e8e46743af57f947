"""The payer as the merchant knows them."""

from __future__ import annotations

import attrs

from bank131_async.core.models._base import Model, required_text


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Contact(Model):
    """How to reach a payer. After an FPS payment ``phone`` holds the payer's masked number."""

    email: str | None = None
    phone: str | None = None


@attrs.frozen(weakref_slot=False, repr=False)
class Customer(Model):
    """``reference`` is the merchant's own name for the payer, the same for all payments of one person."""

    reference: str | None = attrs.field(validator=required_text)
    contacts: tuple[Contact, ...] = ()
