"""An asyncio SDK for the payment API of Bank 131: payments that are never taken twice and never lost.

    async with Bank131Client.from_env() as bank:
        flow = await bank.payments.create(amount=Amount.rub("150.00"), customer=Customer("user-1"), order="7")

Names are loaded when they are first used (PEP 562), so that importing the pure core never loads an HTTP library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from bank131_async._version import __version__

if TYPE_CHECKING:
    from bank131_async.client import ApiClient, Bank131Config, RateLimit
    from bank131_async.core.machine import (
        ActionRequired,
        AttemptFailed,
        Cancelled,
        Failed,
        OutcomeUnknown,
        Phase,
        ReadyToCapture,
        ReadyToConfirm,
        Succeeded,
    )
    from bank131_async.core.models import (
        Alipay,
        AlipayHk,
        Amount,
        ApplePay,
        BankAccount,
        BankCard,
        BankError,
        Card,
        ChinaUnionPay,
        ConfirmInformation,
        Contact,
        CountryEwallet,
        Customer,
        Dana,
        EncryptedCard,
        FasterPaymentSystem,
        FasterPaymentSystemBinding,
        FiscalizationDetails,
        FiscalService,
        FpsAccount,
        FpsVerification,
        GCash,
        GooglePay,
        IbanAccount,
        IdentityDocument,
        Inform,
        InternetBanking,
        KakaoPay,
        Moneta,
        Participant,
        ParticipantDetails,
        Payment,
        PaymentDetails,
        PaymentOptions,
        Payout,
        PayoutDetails,
        PhoneIdent,
        Pix,
        PlatformDetails,
        ProfessionalIncomeTaxpayer,
        Qiwi,
        Recurrent,
        Redirect,
        Refund,
        RevenueSplit,
        RuBankAccount,
        SavedToken,
        SberPay,
        Session,
        SessionAnswer,
        Steam,
        Subscription,
        Tax,
        TaxDetails,
        TaxPayee,
        TaxPayer,
        TaxPeriod,
        TokenizedCard,
        TonWallet,
        TPay,
        Upi,
        WebhookType,
        WeChatPay,
        YooMoney,
    )
    from bank131_async.core.signing import AsyncSigner, Signer, Verifier
    from bank131_async.core.webhook import WebhookEvent, read_webhook
    from bank131_async.errors import (
        AnswerLostError,
        AuthenticationError,
        AuthorizationError,
        Bank131Error,
        BankRefusedError,
        BankUnavailableError,
        CardNeededError,
        CodecError,
        CommandInDoubtError,
        CommandNotAllowedError,
        ConfigurationError,
        ConflictError,
        DeclinedError,
        DuplicateKeyError,
        FlowAbandonedError,
        FlowError,
        FlowTimeoutError,
        InvalidRequestError,
        NameTakenError,
        NotSentError,
        OutcomeUnknownError,
        RateLimitedError,
        StaleVersionError,
        StoreCorruptError,
        StoreError,
        StoreUnavailableError,
        WebhookError,
        WebhookPayloadError,
        WebhookSignatureError,
        WrongStateError,
    )
    from bank131_async.flow import (
        AnyFlow,
        Bank131Client,
        Cancel,
        Capture,
        Confirm,
        FlowSettings,
        Later,
        MultiFlow,
        PaymentFlow,
        PayoutFlow,
        Policy,
        PollSchedule,
        RefundFlow,
    )
    from bank131_async.stores import FernetCipher, MemoryStore, SQLiteStore, open_store
    from bank131_async.transport import AiohttpTransport, Timeout
    from bank131_async.webhooks import Router, WebhookReceiver

_HOMES = {
    "client": "ApiClient Bank131Config RateLimit",
    "core.machine": (
        "ActionRequired AttemptFailed Cancelled Failed OutcomeUnknown Phase ReadyToCapture ReadyToConfirm Succeeded"
    ),
    "core.models": (
        "Alipay AlipayHk Amount ApplePay BankAccount BankCard BankError Card ChinaUnionPay ConfirmInformation"
        " Contact CountryEwallet Customer Dana EncryptedCard FasterPaymentSystem FasterPaymentSystemBinding"
        " FiscalService FiscalizationDetails FpsAccount FpsVerification GCash GooglePay IbanAccount"
        " IdentityDocument Inform InternetBanking KakaoPay Moneta Participant ParticipantDetails Payment"
        " PaymentDetails PaymentOptions Payout PayoutDetails PhoneIdent Pix PlatformDetails"
        " ProfessionalIncomeTaxpayer Qiwi Recurrent Redirect Refund RevenueSplit RuBankAccount SavedToken SberPay"
        " Session SessionAnswer Steam Subscription TPay Tax TaxDetails TaxPayee TaxPayer TaxPeriod TokenizedCard"
        " TonWallet Upi WeChatPay WebhookType YooMoney"
    ),
    "core.signing": "AsyncSigner Signer Verifier",
    "core.webhook": "WebhookEvent read_webhook",
    "errors": (
        "AnswerLostError AuthenticationError AuthorizationError Bank131Error BankRefusedError BankUnavailableError"
        " CardNeededError CodecError CommandInDoubtError CommandNotAllowedError ConfigurationError ConflictError"
        " DeclinedError DuplicateKeyError FlowAbandonedError FlowError FlowTimeoutError InvalidRequestError"
        " NameTakenError NotSentError OutcomeUnknownError RateLimitedError StaleVersionError StoreCorruptError"
        " StoreError StoreUnavailableError WebhookError WebhookPayloadError WebhookSignatureError WrongStateError"
    ),
    "flow": (
        "AnyFlow Bank131Client Cancel Capture Confirm FlowSettings Later MultiFlow PaymentFlow PayoutFlow Policy"
        " PollSchedule RefundFlow"
    ),
    "stores": "FernetCipher MemoryStore SQLiteStore open_store",
    "transport": "AiohttpTransport Timeout",
    "webhooks": "Router WebhookReceiver",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "ActionRequired",
    "AiohttpTransport",
    "Alipay",
    "AlipayHk",
    "Amount",
    "AnswerLostError",
    "AnyFlow",
    "ApiClient",
    "ApplePay",
    "AsyncSigner",
    "AttemptFailed",
    "AuthenticationError",
    "AuthorizationError",
    "Bank131Client",
    "Bank131Config",
    "Bank131Error",
    "BankAccount",
    "BankCard",
    "BankError",
    "BankRefusedError",
    "BankUnavailableError",
    "Cancel",
    "Cancelled",
    "Capture",
    "Card",
    "CardNeededError",
    "ChinaUnionPay",
    "CodecError",
    "CommandInDoubtError",
    "CommandNotAllowedError",
    "ConfigurationError",
    "Confirm",
    "ConfirmInformation",
    "ConflictError",
    "Contact",
    "CountryEwallet",
    "Customer",
    "Dana",
    "DeclinedError",
    "DuplicateKeyError",
    "EncryptedCard",
    "Failed",
    "FasterPaymentSystem",
    "FasterPaymentSystemBinding",
    "FernetCipher",
    "FiscalService",
    "FiscalizationDetails",
    "FlowAbandonedError",
    "FlowError",
    "FlowSettings",
    "FlowTimeoutError",
    "FpsAccount",
    "FpsVerification",
    "GCash",
    "GooglePay",
    "IbanAccount",
    "IdentityDocument",
    "Inform",
    "InternetBanking",
    "InvalidRequestError",
    "KakaoPay",
    "Later",
    "MemoryStore",
    "Moneta",
    "MultiFlow",
    "NameTakenError",
    "NotSentError",
    "OutcomeUnknown",
    "OutcomeUnknownError",
    "Participant",
    "ParticipantDetails",
    "Payment",
    "PaymentDetails",
    "PaymentFlow",
    "PaymentOptions",
    "Payout",
    "PayoutDetails",
    "PayoutFlow",
    "Phase",
    "PhoneIdent",
    "Pix",
    "PlatformDetails",
    "Policy",
    "PollSchedule",
    "ProfessionalIncomeTaxpayer",
    "Qiwi",
    "RateLimit",
    "RateLimitedError",
    "ReadyToCapture",
    "ReadyToConfirm",
    "Recurrent",
    "Redirect",
    "Refund",
    "RefundFlow",
    "RevenueSplit",
    "Router",
    "RuBankAccount",
    "SQLiteStore",
    "SavedToken",
    "SberPay",
    "Session",
    "SessionAnswer",
    "Signer",
    "StaleVersionError",
    "Steam",
    "StoreCorruptError",
    "StoreError",
    "StoreUnavailableError",
    "Subscription",
    "Succeeded",
    "TPay",
    "Tax",
    "TaxDetails",
    "TaxPayee",
    "TaxPayer",
    "TaxPeriod",
    "Timeout",
    "TokenizedCard",
    "TonWallet",
    "Upi",
    "Verifier",
    "WeChatPay",
    "WebhookError",
    "WebhookEvent",
    "WebhookPayloadError",
    "WebhookReceiver",
    "WebhookSignatureError",
    "WebhookType",
    "WrongStateError",
    "YooMoney",
    "__version__",
    "open_store",
    "read_webhook",
]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
