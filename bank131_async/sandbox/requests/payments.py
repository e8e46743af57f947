"""Ways of paying: ``payment_details`` (reference: objects)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bank131_async.sandbox.cards import outcome_for
from bank131_async.sandbox.project import Project
from bank131_async.sandbox.refusal import invalid
from bank131_async.sandbox.requests.cards import CardUse, card_at_the_end, read_any_card
from bank131_async.sandbox.shapes import Shape
from bank131_async.sandbox.vault import Recurrent, Vault
from bank131_async.sandbox.ways import Json, Payer, Way

PHONE = r"\+?\d{10,15}"
PHONE_EXPECTED = "a phone number of 10 to 15 digits"
SBER_CHANNELS = ("app", "web", "mobile_web", "web_mobile")


class Source(NamedTuple):
    """Who asks: the tokens that count are those of this project."""

    vault: Vault
    project: Project


def read_paying(details: Shape, source: Source) -> Way:
    """The way of paying that ``payment_details`` names."""
    kind = details.one_of("type", tuple(_READERS), required=True)
    return _READERS[str(kind)](details, source)


def card_way(card: CardUse) -> Way:
    """Payment with, or payout to, a card."""
    shown: Json = {"type": "card", "card": {"brand": card.card.brand, "last4": card.last4, "bin": card.bin}}
    return Way(
        name="card",
        title=f"{card.card.brand} ending in {card.last4}",
        shown=shown,
        outcome=card.card,
        card=card,
        payer="challenge" if card.card.challenge else None,
        holds=True,
    )


def read_recurrent(details: Shape, source: Source) -> tuple[Recurrent, Json]:
    """A recurrent token of this project, and what answers show of it."""
    inner = details.must_shape("recurrent")
    token = inner.must_text("token")
    inner.text("security_code", pattern=r"\d{3,4}", expected="3 or 4 digits")
    initiator = inner.one_of("initiator", ("merchant", "client"))
    found = source.vault.recurrent(source.project.id, token)
    if found is None:
        raise invalid(f"{inner.path('token')}: no such token; a payment with payment_options.recurrent brings one")
    recurrent: Json = {"token": token} if initiator is None else {"token": token, "initiator": initiator}
    return found, {"type": "recurrent", "recurrent": recurrent}


def _card(details: Shape, source: Source) -> Way:
    return card_way(read_any_card(details.must_shape("card"), source.vault))


def _recurrent(details: Shape, source: Source) -> Way:
    found, shown = read_recurrent(details, source)
    inner = details.must_shape("recurrent")
    by_client = inner.value("initiator") == "client"
    return Way(
        name="recurrent",
        title="a payment repeated by its payer" if by_client else "a payment repeated by the merchant",
        shown=shown,
        outcome=found.outcome,
        card=found.card,
        payer="challenge" if by_client else None,
        holds=found.card is not None,
        recurrent_token=found.token,
    )


def _fps(details: Shape, _: Source) -> Way:
    return _by_qr(details, "faster_payment_system", "Faster Payment System", ("description",))


def _fps_binding(details: Shape, _: Source) -> Way:
    return _by_qr(details, "faster_payment_system_binding", "Faster Payment System, with the account bound", ())


def _by_qr(details: Shape, name: str, title: str, fields: tuple[str, ...]) -> Way:
    inner = details.shape(name) or Shape({}, details.path(name))
    inner.texts(*fields)
    return Way(name=name, title=title, shown={"type": name, name: inner.data}, outcome=outcome_for(None), payer="qr")


class _Banking(NamedTuple):
    title: str
    read: Callable[[Shape], object] = lambda _: None


def _phone(inner: Shape) -> None:
    inner.must_text("phone", pattern=PHONE, expected=PHONE_EXPECTED)


def _pix(inner: Shape) -> None:
    for name in ("document", "name", "email"):
        inner.must_text(name)
    inner.text("phone")


def _country(inner: Shape) -> None:
    inner.must_text("country_iso2", pattern="[A-Za-z]{2}", expected="two letters such as IN")


def _sber_pay(inner: Shape) -> None:
    inner.one_of("channel", SBER_CHANNELS, required=True)
    inner.text("phone", pattern=PHONE, expected=PHONE_EXPECTED)


_BANKING = {
    "sber_pay": _Banking("SberPay", _sber_pay),
    "tpay": _Banking("T-Pay"),
    "alipay": _Banking("Alipay"),
    "alipay_hk": _Banking("Alipay Hong Kong"),
    "dana": _Banking("DANA"),
    "gcash": _Banking("GCash"),
    "kakaopay": _Banking("KakaoPay"),
    "wechatpay": _Banking("WeChat Pay"),
    "china_unionpay": _Banking("UnionPay"),
    "phone_ident": _Banking("Payment by phone number", _phone),
    "pix": _Banking("Pix", _pix),
    "country_ewallet": _Banking("Electronic wallet", _country),
}


def _internet_banking(details: Shape, _: Source) -> Way:
    outer = details.must_shape("internet_banking")
    name = str(outer.one_of("type", tuple(_BANKING), required=True))
    banking = _BANKING[name]
    # The documented request for T-Pay has no object beside the type.
    inner = outer.shape(name) or Shape({}, outer.path(name))
    banking.read(inner)
    payer: Payer = "push" if name == "sber_pay" and inner.value("channel") == "web" else "page"
    shown: Json = {"type": "internet_banking", "internet_banking": {"type": name, name: inner.data}}
    phone = inner.value("phone")
    outcome = outcome_for(phone if isinstance(phone, str) else None)
    return Way(name=name, title=banking.title, shown=shown, outcome=outcome, payer=payer)


def _secured_card(details: Shape, _: Source) -> Way:
    secured = details.must_shape("secured_card")
    name = str(secured.one_of("type", ("google_pay", "apple_pay"), required=True))
    # The wallet's own text: it tells nothing here, unless it ends with a test card's number.
    token = secured.must_shape(name).must_text("token")
    card = card_at_the_end(token) or CardUse.of("4242424242424242")
    shown: Json = {"type": "secured_card", "secured_card": {"type": name, name: {}}}
    payer: Payer | None = "challenge" if card.card.challenge else None
    title = "Google Pay" if name == "google_pay" else "Apple Pay"
    return Way(name=name, title=title, shown=shown, outcome=card.card, card=card, payer=payer, holds=True)


def _crypto_wallet(details: Shape, _: Source) -> Way:
    wallet = details.must_shape("crypto_wallet")
    wallet.one_of("type", ("ton",), required=True)
    inner = wallet.must_shape("ton")
    for name in ("address", "product_id", "product_name"):
        inner.must_text(name)
    shown: Json = {"type": "crypto_wallet", "crypto_wallet": {"type": "ton", "ton": inner.data}}
    return Way(name="ton", title="TON wallet", shown=shown, outcome=outcome_for(None), payer="page")


def _bank_account(details: Shape, _: Source) -> Way:
    account = details.must_shape("bank_account")
    # Payouts name the kind of an account by `system_type`, payments by `type`; here either is read.
    named = "type" if "type" in account else "system_type"
    account.one_of(named, ("upi",), required=True)
    account.shape("upi")
    shown: Json = {"type": "bank_account", "bank_account": {named: "upi", "upi": {}}}
    return Way(name="upi", title="UPI", shown=shown, outcome=outcome_for(None), payer="page")


def _wallet(details: Shape, _: Source) -> Way:
    wallet = details.must_shape("wallet")
    wallet.one_of("type", ("yoomoney",), required=True)
    inner = wallet.shape("yoomoney") or Shape({}, wallet.path("yoomoney"))
    inner.texts("account", "description")
    shown: Json = {"type": "wallet", "wallet": {"type": "yoomoney", "yoomoney": inner.data}}
    return Way(name="yoomoney", title="YooMoney", shown=shown, outcome=outcome_for(None), payer="page")


def _internal_transfer(details: Shape, _: Source) -> Way:
    transfer = details.must_shape("internal_transfer")
    kinds = ("transfer_from_nominal_account", "transfer_from_bank_account")
    name = str(transfer.one_of("type", kinds, required=True))
    inner = transfer.must_shape(name)
    inner.must_text("description", pattern=r"(?s).{1,210}", expected="up to 210 characters")
    shown: Json = {"type": "internal_transfer", "internal_transfer": {"type": name, name: inner.data}}
    return Way(name=name, title="Transfer between accounts", shown=shown, outcome=outcome_for(None))


_READERS: dict[str, Callable[[Shape, Source], Way]] = {
    "card": _card,
    "recurrent": _recurrent,
    "faster_payment_system": _fps,
    "faster_payment_system_binding": _fps_binding,
    "internet_banking": _internet_banking,
    "secured_card": _secured_card,
    "crypto_wallet": _crypto_wallet,
    "bank_account": _bank_account,
    "wallet": _wallet,
    "internal_transfer": _internal_transfer,
}
