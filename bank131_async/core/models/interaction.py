"""What the payer has to be shown. It stands on the payment, never on the session (docs: reference/objects)."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from bank131_async.core.models._base import SECRET, JsonValue, Model
from bank131_async.core.models.enums import InteractionType


@attrs.frozen(weakref_slot=False, repr=False)
class Redirect(Model):
    """Send the payer to ``url``: by GET, or by a form that POSTs ``params`` to ``base_url`` with the query ``qs``."""

    url: str | None = None
    base_url: str | None = None
    method: str | None = None
    qs: Mapping[str, JsonValue] | None = attrs.field(default=None, hash=False)
    params: Mapping[str, JsonValue] | None = attrs.field(default=None, hash=False, metadata=SECRET)
    tds_data: Mapping[str, JsonValue] | None = attrs.field(default=None, hash=False, metadata=SECRET)


@attrs.frozen(weakref_slot=False, repr=False)
class Qr(Model):
    """``content`` is a link for mobile devices, ``img`` a picture for the desktop (older pages: content for both)."""

    content: str | None = None
    img: str | None = None


@attrs.frozen(weakref_slot=False, repr=False)
class Inform(Model):
    """Show the payer something."""

    qr: Qr | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CustomerInteraction(Model):
    """``type`` and the object of that name."""

    type: InteractionType | str | None = None
    redirect: Redirect | None = None
    inform: Inform | None = None
