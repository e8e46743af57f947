"""Calls as values."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from bank131_async.core import codec
from bank131_async.core import operations as ops
from bank131_async.core.models import (
    AcquiringWidget,
    Amount,
    BankCard,
    Card,
    Customer,
    IbanAccount,
    Participant,
    ParticipantDetails,
    PaymentDetails,
    PaymentOptions,
    PayoutDetails,
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


ACCOUNT = PayoutDetails.of(IbanAccount("DE89370400440532013000"))
PAYOUT = {"payout_details": ACCOUNT, "amount_details": Amount.rub("100")}


@pytest.mark.parametrize("field", PAYOUT)
def test_what_the_bank_demands_of_a_payout_is_demanded(field: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^InitPayout\.{field}: "):
        ops.InitPayout(**{**PAYOUT, field: None})


def test_a_receipt_is_demanded_by_the_calls_that_issue_one() -> None:
    for make in (
        lambda: ops.InitPayoutWithFiscalization(**PAYOUT),
        lambda: ops.StartPayoutWithFiscalization(session_id="ps_1"),
        lambda: ops.Fiscalize(session_id="ps_1", fiscalization_details=None),
    ):
        with pytest.raises(ConfigurationError, match=r"\.fiscalization_details: expected"):
            make()


@pytest.mark.parametrize(
    "participants",
    [None, ParticipantDetails(), ParticipantDetails(sender=Participant(account="4070281060000000000"))],
)
def test_accounts_of_the_merchant_need_their_sender(participants: ParticipantDetails | None) -> None:
    both = {"payment_details": CARD, **PAYOUT, "participant_details": participants}
    with pytest.raises(ConfigurationError, match=r"^InitEscrowPayout\.participant_details\.sender\.beneficiary_id: "):
        ops.InitEscrowPayout(**PAYOUT, participant_details=participants)
    with pytest.raises(ConfigurationError, match=r"sender\.beneficiary_id: "):
        ops.InitEscrowMultiPayment(**both)
    with pytest.raises(ConfigurationError, match=r"^InitSettlementPayout\.participant_details\.sender\.account: "):
        ops.InitSettlementPayout(**PAYOUT, participant_details=participants)
    with pytest.raises(
        ConfigurationError, match=r"^InitSettlementMultiPayment\.participant_details\.sender\.account: "
    ):
        ops.InitSettlementMultiPayment(**both)


@pytest.mark.parametrize(
    "start",
    [ops.StartEscrowPayout, ops.StartEscrowMultiPayment, ops.StartSettlementPayout, ops.StartSettlementMultiPayment],
)
def test_a_sender_may_be_left_to_create_but_not_be_another(start: Any) -> None:
    assert start(session_id="ps_1").participant_details is None
    with pytest.raises(ConfigurationError, match=r"participant_details\.sender\."):
        start(session_id="ps_1", participant_details=ParticipantDetails(sender=Participant(full_name="N")))


@pytest.mark.parametrize("missing", ["payment_list", "payout_list"])
def test_several_operations_need_payments_and_payouts(missing: str) -> None:
    lists = {"payment_list": (ops.InitPayment(**PAYMENT),), "payout_list": (ops.InitPayout(**PAYOUT),)}
    assert ops.InitMultiSession(**lists).version_for("v1") == "v2"
    with pytest.raises(ConfigurationError, match=rf"^InitMultiSession\.{missing}: expected at least one"):
        ops.InitMultiSession(**{**lists, missing: ()})


def test_a_statement_is_of_one_day() -> None:
    day = {"date_from": "2026-03-02", "date_to": "2026-03-02", "account_number": "4" * 20}
    assert ops.GetAccountStatement(**day).path == "report/account_statement"
    with pytest.raises(ConfigurationError, match="the same day"):
        ops.GetAccountStatement(**{**day, "date_to": "2026-03-03"})
    with pytest.raises(ConfigurationError, match=r"date_from: expected a date"):
        ops.GetAccountStatement(**{**day, "date_from": "2 March"})
    with pytest.raises(ConfigurationError, match=r"account_number: expected 20 digits"):
        ops.GetAccountBalance(account_number="4" * 19)


@pytest.mark.parametrize("moment", [datetime(2026, 3, 2), "2026-03-02T00:00:00Z", None])  # noqa: DTZ001
def test_a_balance_is_asked_at_a_moment_with_a_zone(moment: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^GetWalletBalance\.request_datetime: expected a datetime with"):
        ops.GetWalletBalance(request_datetime=moment)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: ops.CheckSelfEmployed(tax_reference="12345678901"), "tax_reference: expected 12 digits"),
        (lambda: ops.GetSelfEmployedStatus(request_id=""), "request_id: expected a non-empty string"),
        (lambda: ops.PushSberPay(session_id="ps_1", phone="+7916"), "phone: expected digits"),
        (lambda: ops.CancelSubscription(subscription_id=" "), "subscription_id: expected a non-empty string"),
        (lambda: ops.GetRecurrentStatus(recurrent=None), "recurrent: expected a value"),
        (lambda: ops.VerifyFpsCustomer(payout_details=ACCOUNT, participant_details=None), "participant_details: "),
        (lambda: ops.TokenizeElements(elements=()), "elements: expected at least one"),
        (lambda: ops.GetTokenInfo.of("token"), "of: str cannot stand here"),
    ],
)
def test_other_calls_are_checked_too(make: Callable[[], object], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        make()


def test_a_card_can_be_asked_about_bare() -> None:
    asked = ops.GetTokenInfo.of(BankCard(number="4242424242424242"))
    assert asked.type == "card"
    assert asked.method == Card.of(BankCard(number="4242424242424242"))


def test_widgets_that_only_the_sister_platform_has_go_through() -> None:
    call = ops.CreateToken(extra={"fps_no_account_widget": {"session_id": "ps_1"}})
    assert codec.encode(call) == b'{"fps_no_account_widget":{"session_id":"ps_1"}}'


def test_fields_are_given_by_name_only() -> None:
    with pytest.raises(TypeError):
        ops.GetSessionStatus("ps_1")


def test_a_call_does_not_show_the_card() -> None:
    assert "4242424242424242" not in repr(ops.StartPayment(session_id="ps_1", payment_details=CARD))
