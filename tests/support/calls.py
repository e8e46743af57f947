"""One example of every call of the API: the operation, its body as the bank wants it, and the method that makes it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from bank131_async.client.resources import Resources
from bank131_async.core import operations as ops
from bank131_async.core.models import (
    AcquiringWidget,
    Amount,
    CardElement,
    ConfirmInformation,
    Customer,
    FasterPaymentSystem,
    FiscalizationDetails,
    FiscalService,
    FpsVerification,
    Participant,
    ParticipantDetails,
    PaymentDetails,
    PaymentOptions,
    PayoutDetails,
    ProfessionalIncomeTaxpayer,
    RuBankAccount,
    SavedToken,
    Timestamp,
    TokenizedCard,
    TransferDetails,
    TransferFromBankAccount,
    TransferFromNominalAccount,
)

Json = dict[str, Any]


class Example(NamedTuple):
    """``version`` tells whose names ``body`` has."""

    operation: ops.Operation[Any]
    body: Json
    call: Callable[[Resources], Coroutine[Any, Any, Any]]
    version: Literal["v1", "v2"] = "v2"


_RUB = Amount.rub("100.00")
_SUM = {"amount": 10000, "currency": "rub"}
_PAYER = Customer("payer-1")
_BACK = PaymentOptions(return_url="https://shop.example/back")
_FPS = PaymentDetails.of(FasterPaymentSystem())
_FPS_BODY = {"type": "faster_payment_system", "faster_payment_system": {}}
_TRANSFER = PaymentDetails.of(TransferFromBankAccount("Offer 7"))
_TRANSFER_BODY = {
    "type": "internal_transfer",
    "internal_transfer": {
        "type": "transfer_from_bank_account",
        "transfer_from_bank_account": {"description": "Offer 7"},
    },
}
_NOMINAL = PaymentDetails.of(TransferFromNominalAccount("Offer 7"))
_NOMINAL_BODY = {
    "type": "internal_transfer",
    "internal_transfer": {
        "type": "transfer_from_nominal_account",
        "transfer_from_nominal_account": {"description": "Offer 7"},
    },
}
_CARD = PayoutDetails.of(TokenizedCard(token="card-token"))
_CARD_BODY = {"type": "card", "card": {"type": "tokenized_card", "tokenized_card": {"token": "card-token"}}}
_ACCOUNT = PayoutDetails.of(
    RuBankAccount(
        bik="044525974", account="40817810400000000001", full_name="Ivan Ivanov", description="Agreement 7, no VAT"
    )
)
_ACCOUNT_BODY = {
    "type": "bank_account",
    "bank_account": {
        "system_type": "ru",
        "ru": {
            "bik": "044525974",
            "account": "40817810400000000001",
            "full_name": "Ivan Ivanov",
            "description": "Agreement 7, no VAT",
        },
    },
}
_BENEFICIARY = ParticipantDetails(sender=Participant(beneficiary_id="7707083893"))
_BENEFICIARY_BODY = {"sender": {"beneficiary_id": "7707083893"}}
_PAYING = ParticipantDetails(sender=Participant(account="40702810600000000002"))
_PAYING_BODY = {"sender": {"account": "40702810600000000002"}}
_RECEIPT = FiscalizationDetails(
    professional_income_taxpayer=ProfessionalIncomeTaxpayer(
        services=(FiscalService(name="Delivery", amount_details=_RUB, quantity=1),), tax_reference="123456789012"
    )
)
_RECEIPT_BODY = {
    "professional_income_taxpayer": {
        "services": [{"name": "Delivery", "amount_details": _SUM, "quantity": 1}],
        "tax_reference": "123456789012",
    }
}
_APPROVED = ConfirmInformation(transfer_details=TransferDetails(purpose="Agreement 7", amount=_RUB))
_VERIFIED = FpsVerification(phone="79261234567", bank_id="100000000069")
_NAMED = Participant(first_name="Ivan", middle_name="Ivanovich", last_name="Ivanov")
_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
_PAYMENT: Json = {"payment_details": _FPS, "amount_details": _RUB, "customer": _PAYER}
_PAYMENT_BODY: Json = {"payment_details": _FPS_BODY, "amount_details": _SUM, "customer": {"reference": "payer-1"}}
_PAYOUT: Json = {"payout_details": _ACCOUNT, "amount_details": _RUB}
_PAYOUT_BODY: Json = {"payout_details": _ACCOUNT_BODY, "amount_details": _SUM}
_ON: Json = {"session_id": "ps_1001"}
_OPTIONS_BODY = {"return_url": "https://shop.example/back"}

_SESSIONS = [
    Example(
        ops.CreateSession(customer=_PAYER, amount_details=_RUB, metadata="order-7"),
        {"customer": {"reference": "payer-1"}, "amount_details": _SUM, "metadata": "order-7"},
        lambda bank: bank.sessions.create(customer=_PAYER, amount_details=_RUB, metadata="order-7"),
    ),
    Example(
        ops.InitPayment(**_PAYMENT),
        _PAYMENT_BODY,
        lambda bank: bank.sessions.init_payment(_FPS, _RUB, _PAYER),
    ),
    Example(
        ops.InitPaymentSync(**_PAYMENT, payment_options=_BACK),
        {**_PAYMENT_BODY, "payment_options": _OPTIONS_BODY},
        lambda bank: bank.sessions.init_payment_sync(_FPS, _RUB, _PAYER, payment_options=_BACK),
    ),
    Example(
        ops.StartPayment(session_id="ps_1001", payment_details=_FPS),
        {**_ON, "payment_details": _FPS_BODY},
        lambda bank: bank.sessions.start_payment("ps_1001", payment_details=_FPS),
    ),
    Example(
        ops.InitPayout(**_PAYOUT, metadata={"order": 7}),
        {**_PAYOUT_BODY, "metadata": {"order": 7}},
        lambda bank: bank.sessions.init_payout(_ACCOUNT, _RUB, metadata={"order": 7}),
    ),
    Example(
        ops.InitPayoutWithFiscalization(**_PAYOUT, fiscalization_details=_RECEIPT),
        {**_PAYOUT_BODY, "fiscalization_details": _RECEIPT_BODY},
        lambda bank: bank.sessions.init_payout_with_fiscalization(_ACCOUNT, _RUB, _RECEIPT),
    ),
    Example(
        ops.StartPayout(session_id="ps_1001", **_PAYOUT),
        {**_ON, **_PAYOUT_BODY},
        lambda bank: bank.sessions.start_payout("ps_1001", payout_details=_ACCOUNT, amount_details=_RUB),
    ),
    Example(
        ops.StartPayoutWithFiscalization(session_id="ps_1001", fiscalization_details=_RECEIPT, amount_details=_RUB),
        {**_ON, "fiscalization_details": _RECEIPT_BODY, "amount_details": _SUM},
        lambda bank: bank.sessions.start_payout_with_fiscalization("ps_1001", _RECEIPT, amount_details=_RUB),
    ),
    Example(
        ops.InitMultiSession(payment_list=(ops.InitPayment(**_PAYMENT),), payout_list=(ops.InitPayout(**_PAYOUT),)),
        {"payment_list": [_PAYMENT_BODY], "payout_list": [_PAYOUT_BODY]},
        lambda bank: bank.sessions.init_multi([ops.InitPayment(**_PAYMENT)], [ops.InitPayout(**_PAYOUT)]),
    ),
    Example(
        ops.ConfirmSession(session_id="ps_1001", confirm_information=_APPROVED),
        {**_ON, "confirm_information": {"transfer_details": {"purpose": "Agreement 7", "amount": _SUM}}},
        lambda bank: bank.sessions.confirm("ps_1001", _APPROVED),
    ),
    Example(ops.CancelSession(session_id="ps_1001"), _ON, lambda bank: bank.sessions.cancel("ps_1001")),
    Example(
        ops.CaptureSession(session_id="ps_1001", amount_details=_RUB),
        {**_ON, "amount_details": _SUM},
        lambda bank: bank.sessions.capture("ps_1001", _RUB),
    ),
    Example(
        ops.RefundSession(session_id="ps_1001", amount_details=_RUB, metadata="return-1"),
        {**_ON, "amount_details": _SUM, "metadata": "return-1"},
        lambda bank: bank.sessions.refund("ps_1001", _RUB, metadata="return-1"),
    ),
    Example(ops.ChargebackSession(session_id="ps_1001"), _ON, lambda bank: bank.sessions.chargeback("ps_1001")),
    Example(ops.GetSessionStatus(session_id="ps_1001"), _ON, lambda bank: bank.sessions.status("ps_1001")),
]
_ESCROW = [
    Example(ops.CreateEscrowSession(metadata="m"), {"metadata": "m"}, lambda bank: bank.escrow.create(metadata="m")),
    Example(
        ops.InitEscrowPayout(**_PAYOUT, participant_details=_BENEFICIARY),
        {**_PAYOUT_BODY, "participant_details": _BENEFICIARY_BODY},
        lambda bank: bank.escrow.init_payout(_ACCOUNT, _RUB, participant_details=_BENEFICIARY),
    ),
    Example(
        ops.StartEscrowPayout(session_id="ps_1001", **_PAYOUT, participant_details=_BENEFICIARY),
        {
            **_ON,
            "payment_method": _ACCOUNT_BODY,
            "amount_details": _SUM,
            "participant_details": _BENEFICIARY_BODY,
        },
        lambda bank: bank.escrow.start_payout("ps_1001", **_PAYOUT, participant_details=_BENEFICIARY),
        "v1",
    ),
    Example(
        ops.CreateEscrowMultiSession(metadata="m"),
        {"metadata": "m"},
        lambda bank: bank.escrow.create_multi(metadata="m"),
    ),
    Example(
        ops.InitEscrowMultiPayment(
            payment_details=_NOMINAL, payout_details=_CARD, amount_details=_RUB, participant_details=_BENEFICIARY
        ),
        {
            "payment_details": _NOMINAL_BODY,
            "payout_details": _CARD_BODY,
            "amount_details": _SUM,
            "participant_details": _BENEFICIARY_BODY,
        },
        lambda bank: bank.escrow.init_multi_payment(_NOMINAL, _CARD, _RUB, participant_details=_BENEFICIARY),
    ),
    Example(
        ops.StartEscrowMultiPayment(
            session_id="ps_1001",
            payment_details=_NOMINAL,
            payout_details=_CARD,
            amount_details=_RUB,
            participant_details=_BENEFICIARY,
        ),
        {
            **_ON,
            "payment_details": _NOMINAL_BODY,
            "payment_method": _CARD_BODY,
            "amount_details": _SUM,
            "participant_details": _BENEFICIARY_BODY,
        },
        lambda bank: bank.escrow.start_multi_payment(
            "ps_1001",
            payment_details=_NOMINAL,
            payout_details=_CARD,
            amount_details=_RUB,
            participant_details=_BENEFICIARY,
        ),
        "v1",
    ),
]
_SETTLEMENT = [
    Example(
        ops.CreateSettlementSession(metadata="m"), {"metadata": "m"}, lambda bank: bank.settlement.create(metadata="m")
    ),
    Example(
        ops.InitSettlementPayout(**_PAYOUT, participant_details=_PAYING),
        {**_PAYOUT_BODY, "participant_details": _PAYING_BODY},
        lambda bank: bank.settlement.init_payout(_ACCOUNT, _RUB, participant_details=_PAYING),
    ),
    Example(
        ops.StartSettlementPayout(session_id="ps_1001", **_PAYOUT, participant_details=_PAYING),
        {**_ON, "payment_method": _ACCOUNT_BODY, "amount_details": _SUM, "participant_details": _PAYING_BODY},
        lambda bank: bank.settlement.start_payout("ps_1001", **_PAYOUT, participant_details=_PAYING),
        "v1",
    ),
    Example(
        ops.CreateSettlementMultiSession(metadata="m"),
        {"metadata": "m"},
        lambda bank: bank.settlement.create_multi(metadata="m"),
    ),
    Example(
        ops.InitSettlementMultiPayment(
            payment_details=_TRANSFER, payout_details=_CARD, amount_details=_RUB, participant_details=_PAYING
        ),
        {
            "payment_details": _TRANSFER_BODY,
            "payment_method": _CARD_BODY,
            "amount_details": _SUM,
            "participant_details": _PAYING_BODY,
        },
        lambda bank: bank.settlement.init_multi_payment(_TRANSFER, _CARD, _RUB, participant_details=_PAYING),
        "v1",
    ),
    Example(
        ops.StartSettlementMultiPayment(
            session_id="ps_1001", payout_details=_CARD, amount_details=_RUB, participant_details=_PAYING
        ),
        {**_ON, "payout_details": _CARD_BODY, "amount_details": _SUM, "participant_details": _PAYING_BODY},
        lambda bank: bank.settlement.start_multi_payment(
            "ps_1001", payout_details=_CARD, amount_details=_RUB, participant_details=_PAYING
        ),
    ),
]
_OTHERS = [
    Example(
        ops.CreateToken(acquiring_widget=AcquiringWidget(session_id="ps_1001", show_recurrent_checkbox=True)),
        {"acquiring_widget": {"session_id": "ps_1001", "show_recurrent_checkbox": True}},
        lambda bank: bank.tokens.acquiring_widget("ps_1001", show_recurrent_checkbox=True),
    ),
    Example(
        ops.GetTokenInfo(type="recurrent_token", recurrent_token=SavedToken("saved")),
        {"type": "recurrent_token", "recurrent_token": {"token": "saved"}},
        lambda bank: bank.tokens.info(SavedToken("saved")),
    ),
    Example(
        ops.Tokenize(
            type="bank_account_ru", bank_account_ru=RuBankAccount(bik="049205131", account="40702810200000000025")
        ),
        {"type": "bank_account_ru", "bank_account_ru": {"bik": "049205131", "account": "40702810200000000025"}},
        lambda bank: bank.tokens.tokenize(RuBankAccount(bik="049205131", account="40702810200000000025")),
    ),
    Example(
        ops.TokenizeElements(elements=(CardElement(ref="number", type="card_number", card_number="4242424242424242"),)),
        {"elements": [{"ref": "number", "type": "card_number", "card_number": "4242424242424242"}]},
        lambda bank: bank.tokens.tokenize_elements([CardElement.of("4242424242424242", ref="number")]),
    ),
    Example(
        ops.GetRecurrentStatus(recurrent=SavedToken("saved")),
        {"recurrent": {"token": "saved"}},
        lambda bank: bank.recurrents.status("saved"),
    ),
    Example(
        ops.DisableRecurrent(recurrent=SavedToken("saved")),
        {"recurrent": {"token": "saved"}},
        lambda bank: bank.recurrents.disable("saved"),
    ),
    Example(
        ops.CancelSubscription(subscription_id="sub-1"),
        {"subscription_id": "sub-1"},
        lambda bank: bank.subscriptions.cancel("sub-1"),
    ),
    Example(
        ops.RestoreSubscription(subscription_id="sub-1"),
        {"subscription_id": "sub-1"},
        lambda bank: bank.subscriptions.restore("sub-1"),
    ),
    Example(
        ops.GetWalletBalance(request_datetime=Timestamp.of(_NOON)),
        {"request_datetime": "2026-03-02T12:00:00.000000Z"},
        lambda bank: bank.wallets.balance(_NOON),
    ),
    Example(
        ops.GetAccountBalance(account_number="40702810600000000002"),
        {"account_number": "40702810600000000002"},
        lambda bank: bank.accounts.balance("40702810600000000002"),
    ),
    Example(
        ops.GetAccountStatement(date_from="2026-03-02", date_to="2026-03-02", account_number="40702810600000000002"),
        {"date_from": "2026-03-02", "date_to": "2026-03-02", "account_number": "40702810600000000002"},
        lambda bank: bank.accounts.statement("40702810600000000002", _NOON.date()),
    ),
    Example(ops.GetFpsBanks(), {}, lambda bank: bank.fps.banks()),
    Example(
        ops.VerifyFpsCustomer(
            payout_details=PayoutDetails.of(_VERIFIED), participant_details=ParticipantDetails(recipient=_NAMED)
        ),
        {
            "payout_details": {
                "type": "bank_account",
                "bank_account": {
                    "system_type": "faster_payment_system_verification",
                    "faster_payment_system_verification": {"phone": "79261234567", "bank_id": "100000000069"},
                },
            },
            "participant_details": {
                "recipient": {"first_name": "Ivan", "middle_name": "Ivanovich", "last_name": "Ivanov"}
            },
        },
        lambda bank: bank.fps.verify_customer(_VERIFIED, _NAMED),
    ),
    Example(
        ops.PushSberPay(session_id="ps_1001", phone="79161234567"),
        {"session_id": "ps_1001", "phone": "79161234567"},
        lambda bank: bank.sberpay.push("ps_1001", "79161234567"),
    ),
    Example(
        ops.CheckSelfEmployed(tax_reference="123456789012"),
        {"tax_reference": "123456789012"},
        lambda bank: bank.self_employed.check("123456789012"),
    ),
    Example(
        ops.GetSelfEmployedStatus(request_id="request-1"),
        {"request_id": "request-1"},
        lambda bank: bank.self_employed.status("request-1"),
    ),
    Example(
        ops.Fiscalize(session_id="ps_1001", fiscalization_details=_RECEIPT),
        {**_ON, "fiscalization_details": _RECEIPT_BODY},
        lambda bank: bank.self_employed.fiscalize("ps_1001", _RECEIPT),
        "v1",
    ),
]

EXAMPLES: dict[type[ops.Operation[Any]], Example] = {
    type(example.operation): example for example in [*_SESSIONS, *_ESCROW, *_SETTLEMENT, *_OTHERS]
}

OPERATIONS: list[type[ops.Operation[Any]]] = sorted(
    {
        found
        for name in dir(ops)
        if isinstance(found := getattr(ops, name), type)
        and issubclass(found, ops.Operation)
        and found is not ops.Operation
    },
    key=lambda operation: operation.path,
)
"""Every call that the package has."""
