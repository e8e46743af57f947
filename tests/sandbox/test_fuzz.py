"""Any request gets an answer of the bank: valid bodies with one part replaced by anything, at every method."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bank131_async.sandbox import SandboxBank
from bank131_async.sandbox.methods import ROUTES
from tests.support.bank_ways import DELIVERIES, WAYS
from tests.support.raw_merchant import RawMerchant, card, order

TOTAL = {"amount": 1_000, "currency": "rub"}
SERVICE = {"name": "Work", "amount_details": TOTAL, "quantity": 1}
TAXPAYER = {"services": [SERVICE], "tax_reference": "123456789012", "payer_type": "legal", "payer_tax_number": "1"}
PEOPLE = {
    "sender": {"account": "40702810000000000002", "beneficiary_id": "7700000000"},
    "recipient": {"first_name": "A", "last_name": "B", "identity_document": {"id_type": "p", "id_number": "1"}},
}
OPTIONS = {
    "return_url": "https://shop.example",
    "platform_details": {"type": "mobile"},
    "expiration_at": "2030-01-01 00:00:00",
    "subscription": {"period": "month"},
    "recurrent": True,
}
SPLIT = [{"contractor_alias": "a", "percent": "10"}, {"contractor_alias": "b", "remains": True}]
TRANSFER = {"type": "transfer_from_nominal_account", "transfer_from_nominal_account": {"description": "x"}}
PAYOUT = {"payout_details": card(), "amount_details": TOTAL}
FISCAL = {"professional_income_taxpayer": TAXPAYER}
BY_TRANSFER = {"type": "internal_transfer", "internal_transfer": TRANSFER}
WIDGETS = {"acquiring_widget": {"session_id": "ps_1001"}, "tokenize_widget": {"access": True}}
OTHERS: list[dict[str, Any]] = [
    {"payment_list": [order(payment_details=card())], "payout_list": [PAYOUT]},
    {"payment_details": BY_TRANSFER, "payout_details": card(), "participant_details": PEOPLE, **order()},
    {"fiscalization_details": FISCAL, **PAYOUT},
    {"confirm_information": {"transfer_details": {"purpose": "x"}}, "revenue_split_info": SPLIT},
    WIDGETS,
    {"type": "card", "card": card()["card"], "recurrent": {"token": "x"}, "subscription_id": "x", "request_id": "x"},
    {"type": "bank_account_ru", "bank_account_ru": {"bik": "049205131", "account": "40702810200000000025"}},
    {"elements": [{"ref": "a", "type": "card_number", "card_number": "4242424242424242"}], "phone": "79000000001"},
    {"account_number": "40702810000000000002", "date_from": "2026-01-01", "date_to": "2026-01-01"},
    {"request_datetime": "2026-01-01T00:00:00Z", "tax_reference": "123456789012"},
]
BODIES: list[dict[str, Any]] = [
    *(order(payment_details=details, payment_options=OPTIONS) for details, _ in WAYS.values()),
    *({**PAYOUT, "payout_details": details, "participant_details": PEOPLE} for details in DELIVERIES.values()),
    *OTHERS,
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30)
    | st.sampled_from(["٤٢", "\ud800", "9" * 400, "ps_1", "card", "0000-00-00", "2026-02-30", "1e5", "²"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every part of a body."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*found, *(place for key, item in items for place in places(item, (*path, key)))]


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """A valid body with a part replaced."""
    body = copy.deepcopy(draw(st.sampled_from(BODIES)))
    place = draw(st.sampled_from(places(body)))
    target: Any = body
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = draw(ANYTHING)
    return body


@settings(max_examples=300)
@given(
    spoilt(),
    st.sampled_from(ROUTES),
    st.sampled_from(["ps_1001", "ps_1002", "ps_1003"]),
    st.booleans(),
    st.sampled_from(["plain", "php"]),
)
def test_a_spoilt_body_is_answered_or_refused_at_every_method(
    body: dict[str, Any], route: Any, session_id: str, strict: bool, style: str
) -> None:
    bank = SandboxBank(json_style=style, unknown_request_fields="refuse" if strict else "ignore")
    merchant = RawMerchant(bank)
    for path in ("session/create", "session/create/nominal", "session/multi/create/nominal"):
        merchant.call(path, version="v1")
    for version in route.versions:
        named = dict(body)
        if version == "v1" and "payout_details" in named:
            named["payment_method"] = named.pop("payout_details")
        data = json.dumps({"session_id": session_id, **named}).encode()
        answer = bank.handle(route.http_method, f"/api/{version}/{route.path}", merchant.headers(data), data)
        assert answer.status in (200, 400, 403, 404)
        assert json.loads(answer.body)["status"] == ("ok" if answer.status == 200 else "error")
    bank.advance(10 * 86_400)
    for webhook in bank.take_outbox():
        merchant.read(webhook)
