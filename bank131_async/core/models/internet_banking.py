"""Payment in the payer's own bank or wallet application."""

from __future__ import annotations

from typing import Self

import attrs

from bank131_async.core.models._base import Model
from bank131_async.core.models.method import NoDetails


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class SberPay(Model):
    """``channel`` is app, web or mobile_web (older pages write web_mobile)."""

    channel: str | None = None
    phone: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class PhoneIdent(Model):
    """A payer found by phone number."""

    phone: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Pix(Model):
    """Brazil's instant payments."""

    document: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CountryEwallet(Model):
    """A wallet of the given country."""

    country_iso2: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class InternetBanking(Model):
    """``type`` and the object of that name (the docs' T-Pay example leaves the object out)."""

    type: str | None = None
    sber_pay: SberPay | None = None
    tpay: NoDetails | None = None
    alipay: NoDetails | None = None
    alipay_hk: NoDetails | None = None
    dana: NoDetails | None = None
    gcash: NoDetails | None = None
    kakaopay: NoDetails | None = None
    wechatpay: NoDetails | None = None
    china_unionpay: NoDetails | None = None
    phone_ident: PhoneIdent | None = None
    pix: Pix | None = None
    country_ewallet: CountryEwallet | None = None

    @classmethod
    def sber(cls, channel: str, phone: str | None = None) -> Self:
        """SberPay over the given channel."""
        return cls(type="sber_pay", sber_pay=SberPay(channel=channel, phone=phone))

    @classmethod
    def t_pay(cls) -> Self:
        """T-Pay; the payment also needs ``payment_options.platform_details``."""
        return cls(type="tpay", tpay=NoDetails())
