"""Calls as values."""

from __future__ import annotations

import json

import pytest

from bank131_async.core import codec
from bank131_async.core import operations as ops
from bank131_async.core.models import (
    AcquiringWidget,
    Amount,
    BankCard,
    Customer,
    PaymentDetails,
    PaymentOptions,
    SessionAnswer,
    TokenAnswer,
    TokenizeWidget,
)
from bank131_async.errors import ConfigurationError

CARD = PaymentDetails.of(BankCard(number="4242424242424242"))
PAYMENT = {"payment_details": CARD, "amount_details": Amount.rub("100"), "customer": Customer("user-1")}
CALLS: list[tuple[ops.Operation, str, bool]] = [
    (ops.CreateSession(), "session/create", False),
    (ops.InitPayment(**PAYMENT), "session/init/payment", True),
    (ops.StartPayment(session_id="ps_1"), "session/start/payment", True),
    (ops.ConfirmSession(session_id="ps_1"), "session/confirm", True),
    (ops.CancelSession(session_id="ps_1"), "session/cancel", True),
    (ops.CaptureSession(session_id="ps_1"), "session/capture", True),
    (ops.RefundSession(session_id="ps_1"), "session/refund", True),
    (ops.GetSessionStatus(session_id="ps_1"), "session/status", False),
]


@pytest.mark.parametrize(("call", "path", "moves_money"), CALLS)
def test_a_call_knows_its_address_and_its_answer(call: ops.Operation, path: str, moves_money: bool) -> None:
    assert (call.path, call.http_method, call.moves_money) == (path, "POST", moves_money)
    assert call.answer_type is SessionAnswer
    assert call.version_for("v1") == "v1"
    assert call.version_for("v2") == "v2"
    body = json.loads(codec.encode(call))
    assert body.get("session_id") == call.session_id
    assert codec.decode(type(call), codec.encode(call)) == call


def test_a_token_is_of_version_1_only() -> None:
    call = ops.CreateToken(acquiring_widget=AcquiringWidget(session_id="ps_1", show_recurrent_checkbox=False))
    assert call.version_for("v2") == "v1"
    assert (call.path, call.answer_type, call.moves_money) == ("token", TokenAnswer, False)
    assert codec.encode(call) == b'{"acquiring_widget":{"session_id":"ps_1","show_recurrent_checkbox":false}}'


def test_a_token_needs_a_widget() -> None:
    with pytest.raises(ConfigurationError, match="acquiring_widget"):
        ops.CreateToken()
    assert ops.CreateToken(tokenize_widget=TokenizeWidget(access=True)).session_id is None


@pytest.mark.parametrize("session_id", ["", " ", None, 5])
def test_a_call_on_a_session_needs_its_id(session_id: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^GetSessionStatus\.session_id: expected a non-empty string$"):
        ops.GetSessionStatus(session_id=session_id)


@pytest.mark.parametrize("field", ["payment_details", "amount_details", "customer"])
def test_what_the_bank_demands_of_a_payment_is_demanded(field: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^InitPayment\.{field}: "):
        ops.InitPayment(**{**PAYMENT, field: None})


@pytest.mark.parametrize("options", [None, PaymentOptions()])
def test_a_synchronous_payment_needs_a_return_url(options: PaymentOptions | None) -> None:
    with pytest.raises(ConfigurationError, match=r"^InitPaymentSync\.payment_options\.return_url: "):
        ops.InitPaymentSync(**PAYMENT, payment_options=options)
    call = ops.InitPaymentSync(**PAYMENT, payment_options=PaymentOptions(return_url="https://shop.example/back"))
    assert call.path == "session/init/payment/sync"


def test_fields_are_given_by_name_only() -> None:
    with pytest.raises(TypeError):
        ops.GetSessionStatus("ps_1")


def test_a_call_does_not_show_the_card() -> None:
    assert "4242424242424242" not in repr(ops.StartPayment(session_id="ps_1", payment_details=CARD))
