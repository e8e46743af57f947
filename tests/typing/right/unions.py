"""A ``match`` over a union is exhaustive when every case is there: the type checker knows that nothing is left."""

from __future__ import annotations

from typing import Literal, assert_never, assert_type

from bank131_async.core.models import (
    Alipay,
    AlipayHk,
    BankAccount,
    BankCard,
    BankError,
    Card,
    ChinaUnionPay,
    CountryEwallet,
    CryptoWallet,
    Dana,
    EncryptedCard,
    FasterPaymentSystem,
    FasterPaymentSystemBinding,
    FpsAccount,
    FpsVerification,
    GCash,
    IbanAccount,
    InternalTransfer,
    InternetBanking,
    KakaoPay,
    PaymentDetails,
    PayoutDetails,
    PhoneIdent,
    Pix,
    Recurrent,
    RuBankAccount,
    SberPay,
    SecuredCard,
    SessionStatus,
    Tax,
    TokenizedCard,
    TPay,
    Upi,
    Wallet,
    WeChatPay,
)


def payment(details: PaymentDetails) -> str:
    match details.method:
        case Card(last4=last4):
            assert_type(last4, str | None)
            return f"card {last4}"
        case Recurrent():
            return "saved"
        case FasterPaymentSystem() | FasterPaymentSystemBinding():
            return "FPS"
        case InternetBanking() as banking:
            return in_a_bank(banking)
        case SecuredCard() | CryptoWallet() | BankAccount() | Wallet() | InternalTransfer():
            return "other"
        case None:
            return details.type or "unknown"
        case _ as never:
            assert_never(never)


def in_a_bank(banking: InternetBanking) -> str:
    match banking.method:
        case SberPay(channel=channel):
            return channel or "web"
        case TPay():
            return "T-Pay"
        case Alipay() | AlipayHk() | Dana() | GCash() | KakaoPay() | WeChatPay() | ChinaUnionPay():
            return "Asia"
        case PhoneIdent() | Pix() | CountryEwallet():
            return "other"
        case None:
            return banking.type or "unknown"
        case _ as never:
            assert_never(never)


def payout(details: PayoutDetails) -> str:
    match details.method:
        case BankAccount(method=RuBankAccount(bik=bik)):
            assert_type(bik, str | None)
            return f"account at {bik}"
        case Card() | BankAccount() | Wallet() | Tax() | Recurrent() | FasterPaymentSystem():
            return "other"
        case None:
            return "unknown"
        case _ as never:
            assert_never(never)


def account(where: BankAccount) -> str:
    match where.method:
        case RuBankAccount() | FpsAccount() | FpsVerification():
            return "Russia"
        case IbanAccount() | Upi():
            return "abroad"
        case None:
            return "unknown"
        case _ as never:
            assert_never(never)


def given(card: Card) -> str:
    match card.method:
        case BankCard() | EncryptedCard() | TokenizedCard():
            return "given"
        case None:
            return "told"
        case _ as never:
            assert_never(never)


def advice(error: BankError) -> str:
    assert_type(error.payer_message, str)
    assert_type(error.who, Literal["developer", "merchant", "payer", "recipient", "issuer", "bank"])
    match error.may_repeat:
        case "no":
            return "no"
        case "after_fix" | "later" | "new_attempt":
            return "yes"
        case "after_status":
            return "ask first"
        case _ as never:
            assert_never(never)


def status(is_it: SessionStatus | str) -> str:
    """Enumerations are open: what is left over is text."""
    match is_it:
        case SessionStatus.accepted:
            return "done"
        case str() as other:
            return other
