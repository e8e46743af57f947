"""Options of a payment: where the payer returns to, recurring payments, the payer's platform."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Any

import attrs

from bank131_async.core.models._base import Model, refuse, required_text
from bank131_async.core.models.timestamp import Timestamp

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#]+\S*")


def _url(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if value is not None and not (isinstance(value, str) and _URL.fullmatch(value)):
        refuse(owner, attribute.name, "a URL such as https://shop.example/return")


def _moment(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            refuse(owner, attribute.name, "a datetime with a zone")
    elif value is not None and not isinstance(value, str):
        refuse(owner, attribute.name, "a datetime with a zone, or text such as 2030-01-31 23:59:00")


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Subscription(Model):
    """A series of payments that the bank itself repeats. All but ``period`` is filled in by the bank."""

    period: str | None = None
    id: str | None = None
    initial: bool | None = None
    next_point: Timestamp | None = None
    retries_exceeded: bool | None = None
    unsubscribe_url: str | None = None
    provider_subscription_id: str | None = None


class PlatformType(StrEnum):
    """Kind of the payer's device."""

    desktop = "desktop"
    mobile = "mobile"


class PlatformOs(StrEnum):
    """Operating system of the payer's device."""

    ios = "ios"
    android = "android"
    windows = "windows"
    linux = "linux"


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class PlatformDetails(Model):
    """The payer's device. Browsers that the bank names: chrome, firefox, jivo mobile, microsoft edge, miui."""

    type: PlatformType | str | None = attrs.field(validator=required_text)
    os: PlatformOs | str | None = None
    browser: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class PaymentOptions(Model):
    """``expiration_at`` is kept as the bank's text, ``YYYY-MM-DD HH:MM:SS`` without a zone; a datetime with a zone may
    be given and is written in the zone of the project's setting (Moscow unless set).
    """

    return_url: str | None = attrs.field(default=None, validator=_url)
    recurrent: bool | None = None
    subscription: Subscription | None = None
    platform_details: PlatformDetails | None = None
    expiration_at: str | datetime | None = attrs.field(default=None, validator=_moment)
