"""Tokens: for widgets, cards, accounts; recurrent tokens and subscriptions."""

from __future__ import annotations

from datetime import timedelta

from bank131_async.sandbox.cards import outcome_for
from bank131_async.sandbox.forms import FormToken, WidgetToken
from bank131_async.sandbox.methods.base import Call, Json
from bank131_async.sandbox.refusal import Refusal, invalid
from bank131_async.sandbox.render import wire_time
from bank131_async.sandbox.render.items import render_recurrent
from bank131_async.sandbox.requests.cards import CardUse, read_any_card, read_number
from bank131_async.sandbox.requests.payouts import read_account
from bank131_async.sandbox.requests.widgets import read_widget
from bank131_async.sandbox.shapes import Shape
from bank131_async.sandbox.vault import Recurrent

INFO_TYPES = ("card", "public_token", "recurrent_token", "bank_account_ru")


def token(call: Call) -> Json:
    """``token``: a public token for one or more widgets."""
    request = read_widget(call.shape)
    call.all_read()
    return {"public_token": call.forms.give(call.project, request).secret}


def info(call: Call) -> Json:
    """``token/info``: what is behind a token or a card."""
    kind = str(call.shape.one_of("type", INFO_TYPES, required=True))
    inner = call.shape.must_shape(kind)
    match kind:
        case "card":
            found = _card_info(read_any_card(inner, call.source.vault))
        case "recurrent_token":
            found = render_recurrent(_recurrent(call, inner))
        case "bank_account_ru":
            found = _account_info(call, inner)
        case _:
            found = _public_info(call, call.forms.any(inner.must_text("token")))
    call.all_read()
    return {"info": {"type": kind, **found}}


def tokenize(call: Call) -> Json:
    """``tokenize``: a token for a Russian account (docs: payouts/payout-tokenized-account)."""
    call.shape.one_of("type", ("bank_account_ru",), required=True)
    account = read_account(call.shape.must_shape("bank_account_ru"))
    call.all_read()
    secret, kept = call.source.vault.keep_account(account, outcome_for(account), call.rules.books.now())
    return {"token": secret, "data": {"masked_account": kept.masked}}


def tokenize_elements(call: Call) -> Json:
    """``tokenize/elements``: tokens for card numbers, each under the name that the request gave it."""
    elements = call.shape.shapes("elements")
    if not elements:
        raise invalid("elements: expected a list with at least one object")
    numbers: dict[str, str] = {}
    for element in elements:
        element.one_of("type", ("card_number", "card"), required=True)
        numbers[element.must_text("ref")] = read_number(element, "card_number")
    call.all_read()
    return {"data": {ref: _element(call, number) for ref, number in numbers.items()}}


def recurrent_status(call: Call) -> Json:
    """``recurrent/status``."""
    found = _recurrent(call, call.shape.must_shape("recurrent"))
    call.all_read()
    return {"recurrent": render_recurrent(found)}


def recurrent_disable(call: Call) -> Json:
    """``recurrent/disable``: no payment with this token any more."""
    found = _recurrent(call, call.shape.must_shape("recurrent"))
    call.all_read()
    found.is_active = False
    return {"recurrent": render_recurrent(found)}


def subscription_cancel(call: Call) -> Json:
    """``subscription/cancel``."""
    return _subscribe(call, active=False)


def subscription_restore(call: Call) -> Json:
    """``subscription/restore``."""
    return _subscribe(call, active=True)


def _subscribe(call: Call, *, active: bool) -> Json:
    subscription_id = call.shape.must_text("subscription_id")
    call.all_read()
    subscriptions = call.rules.books.subscriptions
    project, _ = subscriptions.get(subscription_id, (None, False))
    if project is None:
        raise invalid("subscription_id: no such subscription; a payment with payment_options.subscription brings one")
    if project is not call.project:
        raise Refusal("authorization_error", "subscription_id: this subscription belongs to another project")
    subscriptions[subscription_id] = (project, active)
    return {}


def _recurrent(call: Call, inner: Shape) -> Recurrent:
    found = call.source.vault.recurrent(call.project.id, inner.must_text("token"))
    if found is None:
        raise invalid(f"{inner.path('token')}: no such token")
    return found


def _card_info(card: CardUse) -> Json:
    return {"number_hash": card.fingerprint, "brand": card.card.brand, "last4": card.last4, "country_iso3": "RUS"}


def _account_info(call: Call, inner: Shape) -> Json:
    secret = inner.must_text("token")
    kept = call.source.vault.account(secret)
    if kept is None:
        raise invalid(f"{inner.path('token')}: no such token")
    return {"token": secret, "created_at": wire_time(kept.created_at), "masked_account": kept.masked}


def _public_info(call: Call, found: FormToken | WidgetToken) -> Json:
    if found.project is not call.project:
        raise Refusal("authorization_error", "public_token.token: this token belongs to another project")
    made_at = found.expires_at - timedelta(seconds=call.project.settings.token_lifetime_s)
    return {
        "token": found.secret,
        "created_at": wire_time(made_at),
        "finished_at": wire_time(found.expires_at),
        "is_active": found.is_usable(call.rules.books.now()),
    }


def _element(call: Call, number: str) -> Json:
    card = CardUse.of(number)
    shown: Json = {
        "masked_card_number": f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}",
        "card_network": card.card.brand,
        "card_type": "debit",
    }
    return {"token": call.source.vault.keep_card(card), "info": shown}
