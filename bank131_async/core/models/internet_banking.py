"""Payment in the payer's own bank or wallet application."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, TypeAlias

import attrs

from bank131_async.core.models._base import required_text
from bank131_async.core.models._checks import matching
from bank131_async.core.models._tagged import Method, Tagged

_phone = matching("[0-9]+", "digits without a plus")
_country = matching("[A-Za-z]{2}", "two letters (ISO 3166-1)")


class SberPayChannel(StrEnum):
    """Where the payer starts: in the merchant's app, on a web page, or on a mobile one (``web_mobile`` in old docs)."""

    app = "app"
    web = "web"
    mobile_web = "mobile_web"


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class InternetBanking(Tagged["InternetBankingMethod"], Method):
    """``type`` and the object of that name (the docs' T-Pay example leaves the object out)."""

    TAG: ClassVar[str] = "internet_banking"

    type: str | None = None
    sber_pay: SberPay | None = None
    tpay: TPay | None = None
    alipay: Alipay | None = None
    alipay_hk: AlipayHk | None = None
    dana: Dana | None = None
    gcash: GCash | None = None
    kakaopay: KakaoPay | None = None
    wechatpay: WeChatPay | None = None
    china_unionpay: ChinaUnionPay | None = None
    phone_ident: PhoneIdent | None = None
    pix: Pix | None = None
    country_ewallet: CountryEwallet | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class SberPay(Method):
    """SberPay. ``phone`` is for a push or SMS to the payer (docs: payments/payment-sber-pay)."""

    TAG: ClassVar[str] = "sber_pay"
    GROUP: ClassVar[type[InternetBanking]] = InternetBanking

    channel: SberPayChannel | str | None = attrs.field(validator=required_text)
    phone: str | None = attrs.field(default=None, validator=_phone)


@attrs.frozen(weakref_slot=False, repr=False)
class TPay(Method):
    """T-Pay; the payment also needs ``payment_options.platform_details`` (docs: payments/payment-tpay)."""

    TAG: ClassVar[str] = "tpay"
    GROUP: ClassVar[type[InternetBanking]] = InternetBanking


@attrs.frozen(weakref_slot=False, repr=False)
class Alipay(Method):
    """Alipay."""

    TAG: ClassVar[str] = "alipay"
    GROUP: ClassVar[type[InternetBanking]] = InternetBanking


@attrs.frozen(weakref_slot=False, repr=False)
class AlipayHk(Method):
    """Alipay in Hong Kong."""

    TAG: ClassVar[str] = "alipay_hk"
    GROUP: ClassVar[type[InternetBanking]] = InternetBanking


@attrs.frozen(weakref_slot=False, repr=False)
class Dana(Method):
    """DANA (Indonesia)."""

    TAG: ClassVar[str] = "dana"
    GROUP: ClassVar[type[InternetBanking]] = InternetBanking


@attrs.frozen(weakref_slot=False, repr=False)
class GCash(Method):
    """GCash (Philippines)."""

    TAG: ClassVar[str] = "gcash"
    GROUP: ClassVar[type[InternetBanking]] = InternetBanking


@attrs.frozen(weakref_slot=False, repr=False)
class KakaoPay(Method):
    """KakaoPay (Korea)."""

    TAG: ClassVar[str] = "kakaopay"
    GROUP: ClassVar[type[InternetBanking]] = InternetBanking


@attrs.frozen(weakref_slot=False, repr=False)
class WeChatPay(Method):
    """WeChat Pay."""

    TAG: ClassVar[str] = "wechatpay"
    GROUP: ClassVar[type[InternetBanking]] = InternetBanking


@attrs.frozen(weakref_slot=False, repr=False)
class ChinaUnionPay(Method):
    """China UnionPay."""

    TAG: ClassVar[str] = "china_unionpay"
    GROUP: ClassVar[type[InternetBanking]] = InternetBanking


@attrs.frozen(weakref_slot=False, repr=False)
class PhoneIdent(Method):
    """A payer found by phone number."""

    TAG: ClassVar[str] = "phone_ident"
    GROUP: ClassVar[type[InternetBanking]] = InternetBanking

    phone: str | None = attrs.field(validator=(required_text, _phone))


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Pix(Method):
    """Brazil's instant payments; ``document`` is the payer's CPF or CNPJ."""

    TAG: ClassVar[str] = "pix"
    GROUP: ClassVar[type[InternetBanking]] = InternetBanking

    document: str | None = attrs.field(validator=required_text)
    name: str | None = attrs.field(validator=required_text)
    email: str | None = attrs.field(validator=required_text)
    phone: str | None = None


@attrs.frozen(weakref_slot=False, repr=False)
class CountryEwallet(Method):
    """The usual wallet of a country."""

    TAG: ClassVar[str] = "country_ewallet"
    GROUP: ClassVar[type[InternetBanking]] = InternetBanking

    country_iso2: str | None = attrs.field(validator=(required_text, _country))


InternetBankingMethod: TypeAlias = (
    SberPay
    | TPay
    | Alipay
    | AlipayHk
    | Dana
    | GCash
    | KakaoPay
    | WeChatPay
    | ChinaUnionPay
    | PhoneIdent
    | Pix
    | CountryEwallet
)
"""What internet banking can be."""
