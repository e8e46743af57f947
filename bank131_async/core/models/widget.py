"""What the bank's widgets may do; requests of ``token``."""

from __future__ import annotations

import re
from typing import Any

import attrs

from bank131_async.core.models._base import Model, refuse, required_text

_TAX_REFERENCE = re.compile(r"[0-9]{12}", re.ASCII)


def _tax_reference(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, str) or not _TAX_REFERENCE.fullmatch(value):
        refuse(owner, attribute.name, "12 digits")


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

    tax_reference: str = attrs.field(validator=_tax_reference)
