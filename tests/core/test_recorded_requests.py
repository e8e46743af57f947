"""What the official SDK, the bank's pages and others were seen to send can be said through the public names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bank131_async.core import codec
from bank131_async.core import operations as ops
from bank131_async.core.models import (
    AcquiringWidget,
    AlipayHk,
    Amount,
    BankAccount,
    BankCard,
    ConfirmInformation,
    Contact,
    Customer,
    FasterPaymentSystem,
    FpsAccount,
    GooglePay,
    Participant,
    ParticipantDetails,
    PayingWith,
    PaymentDetails,
    PaymentOptions,
    PayoutDetails,
    PublicToken,
    Recurrent,
    RevenueSplit,
    RuBankAccount,
    SberPay,
    Tax,
    TaxPeriod,
    Timestamp,
    TPay,
    TransferDetails,
    TransferParticipant,
    WeChatPay,
)
from tests.support.bodies import PAYLOADS, class_of, meaning, meaning_of

LUCKY = Customer("lucky", contacts=(Contact(email="buyer@example.com", phone="79000000001"),))
TO_SOMEBODY = ParticipantDetails(recipient=Participant(full_name="Recipient Full Name"))
RU = RuBankAccount(
    bik="123123", account="123131", full_name="fullName", description="description", is_fast=False, inn="123123331"
)
PETROV = {"bik": "044525000", "account": "40817810000000000001", "full_name": "Petrov Petr Petrovich"}
SIDE = TransferParticipant(
    account_number="account_number",
    name="name",
    bank_name="bank name",
    bik="bi-bik",
    correspondent_account_number="corr_account_number",
)
CONFIRMED = ConfirmInformation(
    transfer_details=TransferDetails(
        payout_details={"token": "card_token", "initiator": "merchant"},
        customer=SIDE,
        recipient=SIDE,
        purpose="purpose",
        amount=Amount.minor(333, "usd"),
    )
)


def created(method: PayingWith) -> ops.CreateSession:
    return ops.CreateSession(
        amount_details=Amount.minor(100, "rub"), customer=LUCKY, payment_details=PaymentDetails.of(method)
    )


def paid(method: PayingWith) -> ops.InitPayment:
    return ops.InitPayment(
        amount_details=Amount.rub(100), customer=Customer("lucky"), payment_details=PaymentDetails.of(method)
    )


def paid_out(details: PayoutDetails, amount: int = 1000, to: ParticipantDetails = TO_SOMEBODY) -> ops.InitPayout:
    return ops.InitPayout(amount_details=Amount.minor(amount, "rub"), payout_details=details, participant_details=to)


REQUESTS: dict[str, ops.Operation[Any]] = {
    "request-selfemployed-check-client-1": ops.CheckSelfEmployed(tax_reference="500100732259"),
    "request-session-capture-php-2": ops.CaptureSession(session_id="test_ps_1", amount_details=Amount.rub(50)),
    "request-session-confirm-nominal-v1-php-1": ops.ConfirmSession(
        session_id="test_ps_123", confirm_information=CONFIRMED
    ),
    "request-session-confirm-nominal-v2-php-1": ops.ConfirmSession(
        session_id="test_ps_123", confirm_information=CONFIRMED
    ),
    "request-session-create-docs-1": ops.CreateSession(metadata="order-1002"),
    "request-session-create-payment-alipay_hk-php-1": created(AlipayHk()),
    "request-session-create-payment-sberpay-php-3": created(SberPay(channel="mobile_web")),
    "request-session-create-payment-sberpay-php-6": created(SberPay(channel="web", phone="9999999999")),
    "request-session-create-payment-tpay-php-1": created(TPay()),
    "request-session-create-payment-wechatpay-php-1": created(WeChatPay()),
    "request-session-create-payout-ru-account-php-2": ops.CreateSession(payout_details=PayoutDetails.of(RU)),
    "request-session-create-rko-docs-1": ops.CreateSettlementSession(metadata="order-1001"),
    "request-session-create-split-php-1": ops.CreateSession(
        revenue_split_info=(
            RevenueSplit(contractor_alias="test1", percent="10"),
            RevenueSplit(contractor_alias="test2", remains=True),
        )
    ),
    "request-session-init-payment-google-pay-php-1": paid(GooglePay("gp_token")),
    "request-session-init-payment-php-1": ops.InitPayment(
        amount_details=Amount.rub(1),
        customer=LUCKY,
        payment_options=PaymentOptions(return_url="http://bank131.ru", recurrent=True),
        metadata='{"key":"value"}',
        payment_metadata={"key2": "value2"},
        payment_details=PaymentDetails.of(
            BankCard(
                number="4242424242424242",
                expiration_month="12",
                expiration_year="22",
                security_code="123",
                cardholder_name="CARDHOLDER NAME",
            )
        ),
        participant_details=ParticipantDetails(
            sender=Participant(full_name="Sender Full Name"), recipient=Participant(full_name="Recipient Full Name")
        ),
    ),
    "request-session-init-payment-recurrent-php-1": paid(Recurrent(token="card_token", initiator="merchant")),
    "request-session-init-payout-card-php-1": paid_out(PayoutDetails.of(BankCard(number="4242424242424242"))),
    "request-session-init-payout-fps-php-1": paid_out(
        PayoutDetails.of(
            FpsAccount(phone="0070009210197", bank_id="100000000197", description="Перевод средств по договору")
        )
    ),
    "request-session-init-payout-ru-account-php-1": paid_out(PayoutDetails.of(RU)),
    "request-session-init-payout-tax-short-php-1": paid_out(
        PayoutDetails.of(Tax.short(period=TaxPeriod(type="quarter", number=1, year="2021"))),
        100000,
        ParticipantDetails(),
    ),
    "request-session-init-payout-v2-php-1": paid_out(
        PayoutDetails.of(FasterPaymentSystem()),
        999,
        ParticipantDetails(sender=Participant(email="nonono@email.com")),
    ),
    "request-session-refund-php-1": ops.RefundSession(session_id="test_ps_id"),
    "request-session-start-payment-php-1": ops.StartPayment(session_id="session_id"),
    "request-session-start-payout-php-1": ops.StartPayout(session_id="session_id"),
    "request-session-start-payout-rko-docs-1": ops.StartSettlementPayout(
        session_id="ps_5100",
        payout_details=PayoutDetails.of(RuBankAccount(**PETROV, description="Agreement 77, VAT exempt")),
        amount_details=Amount.rub(4100),
        participant_details=ParticipantDetails(sender=Participant(account="40702810000000000002")),
    ),
    "request-session-start-payout-ru-account-docs-1": ops.StartPayout(
        session_id="ps_5101",
        payout_details=PayoutDetails.of(RuBankAccount(**PETROV, description="Agreement № 77, VAT exempt")),
        amount_details=Amount.rub(120),
        metadata="order-1003",
    ),
    "request-token-acquiring-php-1": ops.CreateToken(
        acquiring_widget=AcquiringWidget(session_id="session_id", show_recurrent_checkbox=False)
    ),
    "request-wallet-balance-client-1": ops.GetWalletBalance(
        request_datetime=Timestamp.parse("2025-01-02T03:04:05.678Z")
    ),
    "platform-request-session_refund-1": ops.RefundSession(session_id="ps_3230"),
    "platform-request-session_start_payment-4": ops.StartPayment(
        session_id="ps_3230",
        payment_details=PaymentDetails.of(SberPay(channel="app")),
        amount_details=Amount.minor(1000, "RUB"),
        metadata="app",
        customer=Customer("customer-17"),
        payment_options=PaymentOptions(return_url="https://shop.example.com"),
    ),
    "platform-request-session_start_payout-2": ops.StartPayout(
        session_id="ps_3230",
        # a kind of account that Bank 131 does not have
        payout_details=PayoutDetails.of(
            BankAccount(
                system_type="global",
                extra={"global": {"iban": "SAMPLE_IBAN", "description": "sample remittance purpose"}},
            )
        ),
        amount_details=Amount.minor(1000, "usd"),
        participant_details=ParticipantDetails(
            recipient=Participant(
                bank_name="Sample Bank",
                currency="eur",
                country_iso3="BEL",
                first_name="Sample",
                last_name="Person",
            ),
            sender=Participant(
                company_name="Sample Company",
                registration_number="0000000000",
                country_iso3="USA",
                code="0000000000",
            ),
        ),
    ),
    "platform-request-token-2": ops.CreateToken(acquiring_widget=AcquiringWidget(session_id="ps_123456", locale="en")),
    "platform-request-token-3": ops.CreateToken(
        acquiring_widget=AcquiringWidget(session_id="ps_123456", locale="en", show_recurrent_checkbox="true")
    ),
    "platform-request-token_info-2": ops.GetTokenInfo.of(PublicToken("sample_token")),
}
RECORDED = {path.stem: path for path in PAYLOADS if "request" in path.stem}


def test_every_recorded_request_is_built() -> None:
    assert set(REQUESTS) == set(RECORDED)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_built_through_the_public_names_is_the_recorded_one(name: str) -> None:
    recorded = RECORDED[name].read_bytes()
    operation = REQUESTS[name]
    assert type(operation) is class_of(RECORDED[name])
    for version in ("v1", "v2"):
        assert meaning_of(codec.encode(operation, version)) == meaning_of(recorded)
    assert codec.decode(type(operation), recorded) == operation


@pytest.mark.parametrize("name", REQUESTS)
def test_the_names_of_the_recorded_version_are_written(name: str) -> None:
    recorded = json.loads(RECORDED[name].read_bytes())
    version: codec.Version = "v1" if "payment_method" in json.dumps(recorded) else "v2"
    written = json.loads(codec.encode(REQUESTS[name], version))
    assert _no_lists(written) == _no_lists(recorded)


def _no_lists(value: object) -> object:
    """As ``meaning`` does, an empty list is an empty object; the names stay."""
    if isinstance(value, dict):
        return {name: _no_lists(item) for name, item in value.items()}
    return [_no_lists(item) for item in value] or {} if isinstance(value, list) else value


def test_meaning_does_not_hide_a_difference() -> None:
    assert meaning({"a": None, "payment_method": []}) == {"payout_details": {}}
    assert meaning({"a": 1}) != meaning({"a": 2})
