"""Every way in which the bank takes and sends money, as requests name it."""

from __future__ import annotations

from typing import Any

from tests.support.raw_merchant import CHALLENGE, card

# -- payments: details, and what the payer is shown --------------------------------------------------------------------


def banking(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "internet_banking", "internet_banking": {"type": kind, kind: fields or []}}


def sber(channel: str = "app") -> dict[str, Any]:
    return banking("sber_pay", channel=channel)


DESCRIBED = {"description": "Order 7"}
YOOMONEY = {"type": "yoomoney", "yoomoney": {"account": "4100100000000"}}
GOOGLE_PAY = {"type": "google_pay", "google_pay": {"token": "t"}}
APPLE_PAY = {"type": "apple_pay", "apple_pay": {"token": f"t-{CHALLENGE}"}}
FPS = {"type": "faster_payment_system", "faster_payment_system": []}
BINDING = {"type": "faster_payment_system_binding", "faster_payment_system_binding": {}}
TON = {"address": "EQA", "product_id": "1", "product_name": "Ticket"}
WAYS: dict[str, tuple[dict[str, Any], str | None]] = {
    "card": (card(), None),
    "card with a challenge": (card(CHALLENGE), "redirect"),
    "fps": (FPS, "inform"),
    "fps with a description": ({"type": "faster_payment_system", "faster_payment_system": DESCRIBED}, "inform"),
    "fps binding": (BINDING, "inform"),
    "sber app": (sber("app"), "redirect"),
    "sber mobile_web": (sber("mobile_web"), "redirect"),
    "sber web_mobile": (sber("web_mobile"), "redirect"),
    "tpay": (banking("tpay"), "redirect"),
    "tpay without its object": ({"type": "internet_banking", "internet_banking": {"type": "tpay"}}, "redirect"),
    **{kind: (banking(kind), "redirect") for kind in ("alipay", "alipay_hk", "dana", "gcash", "kakaopay", "wechatpay")},
    "china_unionpay": (banking("china_unionpay"), "redirect"),
    "phone_ident": (banking("phone_ident", phone="79313255172"), "redirect"),
    "pix": (banking("pix", document="1", name="N", email="a@b.example"), "redirect"),
    "country_ewallet": (banking("country_ewallet", country_iso2="IN"), "redirect"),
    "google_pay": ({"type": "secured_card", "secured_card": GOOGLE_PAY}, None),
    "apple_pay": ({"type": "secured_card", "secured_card": APPLE_PAY}, "redirect"),
    "ton": ({"type": "crypto_wallet", "crypto_wallet": {"type": "ton", "ton": TON}}, "redirect"),
    "upi": ({"type": "bank_account", "bank_account": {"system_type": "upi", "upi": []}}, "redirect"),
    "yoomoney": ({"type": "wallet", "wallet": YOOMONEY}, "redirect"),
}  # fmt: skip


# -- payouts -----------------------------------------------------------------------------------------------------------

RU = {"bik": "044525000", "account": "40817810000000000001", "full_name": "Petrov Petr", "description": "Agreement 77"}
AMOUNT = {"amount": 12_000, "currency": "rub"}
SENDERS = {"nominal": {"beneficiary_id": "7700000000"}, "rko": {"account": "40702810000000000002"}}


def account(**fields: Any) -> dict[str, Any]:
    return {"type": "bank_account", "bank_account": {"system_type": "ru", "ru": RU | fields}}


def by_phone(phone: str = "0070009210197") -> dict[str, Any]:
    inner = {"phone": phone, "bank_id": "100000000197", "description": "Перевод средств по договору"}
    return {
        "type": "bank_account",
        "bank_account": {"system_type": "faster_payment_system", "faster_payment_system": inner},
    }


def wallet(kind: str, number: str = "41001000000001") -> dict[str, Any]:
    return {"type": "wallet", "wallet": {"type": kind, kind: {"account": number}}}


def to_card(number: str = "4242424242424242") -> dict[str, Any]:
    return {"type": "card", "card": {"type": "bank_card", "bank_card": {"number": number}}}


TAX_FULL = {
    "type": "tax",
    "tax": {
        "type": "tax_full",
        "description": "Tax for June",
        "uin": "0",
        "tax_details": {
            "kbk": "18210101011011000110", "oktmo": "45382000", "payment_reason": "ТП", "document_number": "0",
            "document_date": "0", "period": {"type": "month", "number": 6, "year": "2026"},
        },
        "payer": {"inn": "7700000000", "kpp": "770001001"},
        "payee": {
            "bik": "017003983", "account": "03100643000000018500", "account_eks": "40102810445370000059",
            "name": "Treasury", "inn": "7727406020", "kpp": "770801001",
        },
    },
}  # fmt: skip
TAX_SHORT = {
    "type": "tax",
    "tax": {"type": "tax_short", "tax_details": {"period": {"type": "quarter", "number": 1, "year": "2021"}}},
}
DELIVERIES = {
    "card": to_card(),
    "ru": account(),
    "fast": account(is_fast=True, inn="7700000000", kpp="770001001"),
    "fps": by_phone(),
    "fps without fields": {"type": "faster_payment_system", "faster_payment_system": []},
    "iban": {"type": "bank_account", "bank_account": {"system_type": "iban", "iban": {"account": "DE89370400440532"}}},
    "upi": {"type": "bank_account", "bank_account": {"system_type": "upi", "upi": []}},
    "qiwi": wallet("qiwi", "79000000001"),
    "yoomoney": wallet("yoomoney"),
    "moneta": wallet("moneta"),
    "steam": wallet("steam", "player"),
    "tax_full": TAX_FULL,
    "tax_short": TAX_SHORT,
}
