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
        Amount,
        BankCard,
        BankError,
        Contact,
        Customer,
        EncryptedCard,
        FasterPaymentSystem,
        Inform,
        InternetBanking,
        Participant,
        ParticipantDetails,
        Payment,
        PaymentDetails,
        PaymentOptions,
        Recurrent,
        Redirect,
        Refund,
        Session,
        SessionAnswer,
        TokenizedCard,
        WebhookType,
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
        Bank131Client,
        Cancel,
        Capture,
        Confirm,
        FlowSettings,
        Later,
        PaymentFlow,
        Policy,
        PollSchedule,
        RefundFlow,
    )
    from bank131_async.stores import MemoryStore
    from bank131_async.transport import AiohttpTransport, Timeout
    from bank131_async.webhooks import Router, WebhookReceiver

_HOMES = {
    "client": "ApiClient Bank131Config RateLimit",
    "core.machine": (
        "ActionRequired AttemptFailed Cancelled Failed OutcomeUnknown Phase ReadyToCapture ReadyToConfirm Succeeded"
    ),
    "core.models": (
        "Amount BankCard BankError Contact Customer EncryptedCard FasterPaymentSystem Inform InternetBanking"
        " Participant ParticipantDetails Payment PaymentDetails PaymentOptions Recurrent Redirect Refund Session"
        " SessionAnswer TokenizedCard WebhookType"
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
    "flow": ("Bank131Client Cancel Capture Confirm FlowSettings Later PaymentFlow Policy PollSchedule RefundFlow"),
    "stores": "MemoryStore",
    "transport": "AiohttpTransport Timeout",
    "webhooks": "Router WebhookReceiver",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "ActionRequired",
    "AiohttpTransport",
    "Amount",
    "AnswerLostError",
    "ApiClient",
    "AsyncSigner",
    "AttemptFailed",
    "AuthenticationError",
    "AuthorizationError",
    "Bank131Client",
    "Bank131Config",
    "Bank131Error",
    "BankCard",
    "BankError",
    "BankRefusedError",
    "BankUnavailableError",
    "Cancel",
    "Cancelled",
    "Capture",
    "CardNeededError",
    "CodecError",
    "CommandInDoubtError",
    "CommandNotAllowedError",
    "ConfigurationError",
    "Confirm",
    "ConflictError",
    "Contact",
    "Customer",
    "DeclinedError",
    "DuplicateKeyError",
    "EncryptedCard",
    "Failed",
    "FasterPaymentSystem",
    "FlowAbandonedError",
    "FlowError",
    "FlowSettings",
    "FlowTimeoutError",
    "Inform",
    "InternetBanking",
    "InvalidRequestError",
    "Later",
    "MemoryStore",
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
    "Phase",
    "Policy",
    "PollSchedule",
    "RateLimit",
    "RateLimitedError",
    "ReadyToCapture",
    "ReadyToConfirm",
    "Recurrent",
    "Redirect",
    "Refund",
    "RefundFlow",
    "Router",
    "Session",
    "SessionAnswer",
    "Signer",
    "StaleVersionError",
    "StoreCorruptError",
    "StoreError",
    "StoreUnavailableError",
    "Succeeded",
    "Timeout",
    "TokenizedCard",
    "Verifier",
    "WebhookError",
    "WebhookEvent",
    "WebhookPayloadError",
    "WebhookReceiver",
    "WebhookSignatureError",
    "WebhookType",
    "WrongStateError",
    "__version__",
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
