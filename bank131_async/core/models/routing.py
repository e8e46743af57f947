"""Which way a payment takes at the bank and how its revenue is divided; both are marked experimental there."""

from __future__ import annotations

import attrs

from bank131_async.core.models._base import Model
from bank131_async.core.models.amount import Amount


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class RoutingTag(Model):
    """One tag of custom routing, as agreed with the manager."""

    root_tag: str | None = None
    values: tuple[str, ...] = ()


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CustomRouting(Model):
    """Tags that choose a route."""

    tags: tuple[RoutingTag, ...] = ()


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class RevenueSplit(Model):
    """One contractor's share: ``percent`` as text, or whatever ``remains``; the bank adds the ``amount``."""

    contractor_alias: str | None = None
    percent: str | None = None
    remains: bool | None = None
    amount: Amount | None = None
