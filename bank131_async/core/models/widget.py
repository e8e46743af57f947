"""What the bank's widgets may do; requests of ``token``."""

from __future__ import annotations

import attrs

from bank131_async.core.models._base import Model, required_text
from bank131_async.core.models._checks import digits


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class AcquiringWidget(Model):
    """The payment form. The sister platform's clients send the checkbox as text, so both are taken."""

    session_id: str = attrs.field(validator=required_text)
    success_return_url: str | None = None
    failure_return_url: str | None = None
    show_recurrent_checkbox: bool | str | None = None
    success_on_hold: bool | None = None
    locale: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TokenizeWidget(Model):
    """The form that turns a card into hashes or a token."""

    access: bool | None = None
    locale: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class SelfEmployedWidget(Model):
    """The form that links a self-employed person, by their tax reference, to the bank."""

    tax_reference: str = attrs.field(validator=(digits(12), required_text))
