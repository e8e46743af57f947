"""Values of the API, one module per noun, loaded when first used (a class costs about 0.4 ms at import).

Python names are the wire names of API v2, the codec maps those of v1. Every field is optional unless the bank demands
it in requests, unknown fields are kept in ``extra``, enumerations are open. What a user makes is checked when made:
ConfigurationError (a ValueError) names the field and what is expected. What the bank sends is checked for types only.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bank131_async.core.models._base import Extra as Extra
    from bank131_async.core.models._base import JsonValue as JsonValue
    from bank131_async.core.models._base import Model as Model
    from bank131_async.core.models._tagged import Method as Method
    from bank131_async.core.models._tagged import Tagged as Tagged
    from bank131_async.core.models.amount import Amount as Amount
    from bank131_async.core.models.amount import Amounts as Amounts
    from bank131_async.core.models.amount import Fee as Fee
    from bank131_async.core.models.answer import Answer as Answer
    from bank131_async.core.models.answer import SessionAnswer as SessionAnswer
    from bank131_async.core.models.answer import TokenAnswer as TokenAnswer
    from bank131_async.core.models.answer import WebhookBody as WebhookBody
    from bank131_async.core.models.balance import AccountBalanceAnswer as AccountBalanceAnswer
    from bank131_async.core.models.balance import BalanceDetails as BalanceDetails
    from bank131_async.core.models.balance import WalletBalance as WalletBalance
    from bank131_async.core.models.balance import WalletBalanceAnswer as WalletBalanceAnswer
    from bank131_async.core.models.bank_account import BankAccount as BankAccount
    from bank131_async.core.models.bank_account import BankAccountMethod as BankAccountMethod
    from bank131_async.core.models.bank_account import FpsAccount as FpsAccount
    from bank131_async.core.models.bank_account import FpsVerification as FpsVerification
    from bank131_async.core.models.bank_account import IbanAccount as IbanAccount
    from bank131_async.core.models.bank_account import RuBankAccount as RuBankAccount
    from bank131_async.core.models.bank_account import Upi as Upi
    from bank131_async.core.models.card import BankCard as BankCard
    from bank131_async.core.models.card import Card as Card
    from bank131_async.core.models.card import EncryptedCard as EncryptedCard
    from bank131_async.core.models.card import TokenizedCard as TokenizedCard
    from bank131_async.core.models.codes import ERROR_CODES as ERROR_CODES
    from bank131_async.core.models.codes import CodeFacts as CodeFacts
    from bank131_async.core.models.codes import Repeat as Repeat
    from bank131_async.core.models.codes import Who as Who
    from bank131_async.core.models.confirm import AccountDetails as AccountDetails
    from bank131_async.core.models.confirm import ConfirmExchange as ConfirmExchange
    from bank131_async.core.models.confirm import ConfirmInformation as ConfirmInformation
    from bank131_async.core.models.confirm import TransferDetails as TransferDetails
    from bank131_async.core.models.confirm import TransferParticipant as TransferParticipant
    from bank131_async.core.models.crypto_wallet import CryptoWallet as CryptoWallet
    from bank131_async.core.models.crypto_wallet import TonWallet as TonWallet
    from bank131_async.core.models.customer import Contact as Contact
    from bank131_async.core.models.customer import Customer as Customer
    from bank131_async.core.models.enums import InteractionType as InteractionType
    from bank131_async.core.models.enums import NextAction as NextAction
    from bank131_async.core.models.enums import PaymentStatus as PaymentStatus
    from bank131_async.core.models.enums import RefundStatus as RefundStatus
    from bank131_async.core.models.enums import ResponseStatus as ResponseStatus
    from bank131_async.core.models.enums import SessionStatus as SessionStatus
    from bank131_async.core.models.enums import WebhookType as WebhookType
    from bank131_async.core.models.error import BankError as BankError
    from bank131_async.core.models.error import RejectReason as RejectReason
    from bank131_async.core.models.fiscalization import FiscalizationDetails as FiscalizationDetails
    from bank131_async.core.models.fiscalization import FiscalService as FiscalService
    from bank131_async.core.models.fiscalization import PayerType as PayerType
    from bank131_async.core.models.fiscalization import ProfessionalIncomeTaxpayer as ProfessionalIncomeTaxpayer
    from bank131_async.core.models.fiscalization import Receipt as Receipt
    from bank131_async.core.models.fps import FpsBank as FpsBank
    from bank131_async.core.models.fps import FpsBanksAnswer as FpsBanksAnswer
    from bank131_async.core.models.interaction import CustomerInteraction as CustomerInteraction
    from bank131_async.core.models.interaction import Inform as Inform
    from bank131_async.core.models.interaction import Qr as Qr
    from bank131_async.core.models.interaction import Redirect as Redirect
    from bank131_async.core.models.internal_transfer import InternalTransfer as InternalTransfer
    from bank131_async.core.models.internal_transfer import TransferFromBankAccount as TransferFromBankAccount
    from bank131_async.core.models.internal_transfer import TransferFromNominalAccount as TransferFromNominalAccount
    from bank131_async.core.models.internet_banking import Alipay as Alipay
    from bank131_async.core.models.internet_banking import AlipayHk as AlipayHk
    from bank131_async.core.models.internet_banking import ChinaUnionPay as ChinaUnionPay
    from bank131_async.core.models.internet_banking import CountryEwallet as CountryEwallet
    from bank131_async.core.models.internet_banking import Dana as Dana
    from bank131_async.core.models.internet_banking import GCash as GCash
    from bank131_async.core.models.internet_banking import InternetBanking as InternetBanking
    from bank131_async.core.models.internet_banking import InternetBankingMethod as InternetBankingMethod
    from bank131_async.core.models.internet_banking import KakaoPay as KakaoPay
    from bank131_async.core.models.internet_banking import PhoneIdent as PhoneIdent
    from bank131_async.core.models.internet_banking import Pix as Pix
    from bank131_async.core.models.internet_banking import SberPay as SberPay
    from bank131_async.core.models.internet_banking import SberPayChannel as SberPayChannel
    from bank131_async.core.models.internet_banking import TPay as TPay
    from bank131_async.core.models.internet_banking import WeChatPay as WeChatPay
    from bank131_async.core.models.method import FasterPaymentSystem as FasterPaymentSystem
    from bank131_async.core.models.method import FasterPaymentSystemBinding as FasterPaymentSystemBinding
    from bank131_async.core.models.method import Recurrent as Recurrent
    from bank131_async.core.models.method import RecurrentInitiator as RecurrentInitiator
    from bank131_async.core.models.options import PaymentOptions as PaymentOptions
    from bank131_async.core.models.options import PlatformDetails as PlatformDetails
    from bank131_async.core.models.options import PlatformOs as PlatformOs
    from bank131_async.core.models.options import PlatformType as PlatformType
    from bank131_async.core.models.options import Subscription as Subscription
    from bank131_async.core.models.participant import IdentityDocument as IdentityDocument
    from bank131_async.core.models.participant import Participant as Participant
    from bank131_async.core.models.participant import ParticipantDetails as ParticipantDetails
    from bank131_async.core.models.payment import Payment as Payment
    from bank131_async.core.models.payment_details import PayingWith as PayingWith
    from bank131_async.core.models.payment_details import PaymentDetails as PaymentDetails
    from bank131_async.core.models.payment_details import PaymentMethod as PaymentMethod
    from bank131_async.core.models.payout import Payout as Payout
    from bank131_async.core.models.payout_details import PayingTo as PayingTo
    from bank131_async.core.models.payout_details import PayoutDetails as PayoutDetails
    from bank131_async.core.models.payout_details import PayoutMethod as PayoutMethod
    from bank131_async.core.models.refund import Refund as Refund
    from bank131_async.core.models.routing import CustomRouting as CustomRouting
    from bank131_async.core.models.routing import RevenueSplit as RevenueSplit
    from bank131_async.core.models.routing import RoutingTag as RoutingTag
    from bank131_async.core.models.secured_card import ApplePay as ApplePay
    from bank131_async.core.models.secured_card import GooglePay as GooglePay
    from bank131_async.core.models.secured_card import SecuredCard as SecuredCard
    from bank131_async.core.models.self_employed import SelfEmployedCheckAnswer as SelfEmployedCheckAnswer
    from bank131_async.core.models.self_employed import SelfEmployedStatusAnswer as SelfEmployedStatusAnswer
    from bank131_async.core.models.session import Session as Session
    from bank131_async.core.models.statement import AccountStatement as AccountStatement
    from bank131_async.core.models.statement import AccountStatementAnswer as AccountStatementAnswer
    from bank131_async.core.models.statement import CounterParty as CounterParty
    from bank131_async.core.models.statement import StatementTransaction as StatementTransaction
    from bank131_async.core.models.statement import TotalBalance as TotalBalance
    from bank131_async.core.models.statement import TotalTurnover as TotalTurnover
    from bank131_async.core.models.tax import Tax as Tax
    from bank131_async.core.models.tax import TaxDetails as TaxDetails
    from bank131_async.core.models.tax import TaxPayee as TaxPayee
    from bank131_async.core.models.tax import TaxPayer as TaxPayer
    from bank131_async.core.models.tax import TaxPeriod as TaxPeriod
    from bank131_async.core.models.tax import TaxPeriodType as TaxPeriodType
    from bank131_async.core.models.timestamp import Timestamp as Timestamp
    from bank131_async.core.models.token_info import PublicToken as PublicToken
    from bank131_async.core.models.token_info import RecurrentAnswer as RecurrentAnswer
    from bank131_async.core.models.token_info import SavedToken as SavedToken
    from bank131_async.core.models.token_info import TokenInfo as TokenInfo
    from bank131_async.core.models.token_info import TokenInfoAnswer as TokenInfoAnswer
    from bank131_async.core.models.tokenize import CardElement as CardElement
    from bank131_async.core.models.tokenize import ElementInfo as ElementInfo
    from bank131_async.core.models.tokenize import ElementToken as ElementToken
    from bank131_async.core.models.tokenize import MaskedAccount as MaskedAccount
    from bank131_async.core.models.tokenize import TokenizeAnswer as TokenizeAnswer
    from bank131_async.core.models.tokenize import TokenizeElementsAnswer as TokenizeElementsAnswer
    from bank131_async.core.models.transaction import RecurrentToken as RecurrentToken
    from bank131_async.core.models.transaction import TransactionInfo as TransactionInfo
    from bank131_async.core.models.wallet import Moneta as Moneta
    from bank131_async.core.models.wallet import Qiwi as Qiwi
    from bank131_async.core.models.wallet import Steam as Steam
    from bank131_async.core.models.wallet import Wallet as Wallet
    from bank131_async.core.models.wallet import YooMoney as YooMoney
    from bank131_async.core.models.widget import AcquiringWidget as AcquiringWidget
    from bank131_async.core.models.widget import SelfEmployedWidget as SelfEmployedWidget
    from bank131_async.core.models.widget import TokenizeWidget as TokenizeWidget

_MODULES = {
    "_base": "Extra JsonValue Model",
    "_tagged": "Method Tagged",
    "amount": "Amount Amounts Fee",
    "answer": "Answer SessionAnswer TokenAnswer WebhookBody",
    "balance": "AccountBalanceAnswer BalanceDetails WalletBalance WalletBalanceAnswer",
    "bank_account": "BankAccount BankAccountMethod FpsAccount FpsVerification IbanAccount RuBankAccount Upi",
    "card": "BankCard Card EncryptedCard TokenizedCard",
    "codes": "CodeFacts ERROR_CODES Repeat Who",
    "confirm": "AccountDetails ConfirmExchange ConfirmInformation TransferDetails TransferParticipant",
    "crypto_wallet": "CryptoWallet TonWallet",
    "customer": "Contact Customer",
    "enums": "InteractionType NextAction PaymentStatus RefundStatus ResponseStatus SessionStatus WebhookType",
    "error": "BankError RejectReason",
    "fiscalization": "FiscalService FiscalizationDetails PayerType ProfessionalIncomeTaxpayer Receipt",
    "fps": "FpsBank FpsBanksAnswer",
    "interaction": "CustomerInteraction Inform Qr Redirect",
    "internal_transfer": "InternalTransfer TransferFromBankAccount TransferFromNominalAccount",
    "internet_banking": (
        "Alipay AlipayHk ChinaUnionPay CountryEwallet Dana GCash InternetBanking InternetBankingMethod "
        "KakaoPay PhoneIdent Pix SberPay SberPayChannel TPay WeChatPay"
    ),
    "method": "FasterPaymentSystem FasterPaymentSystemBinding Recurrent RecurrentInitiator",
    "options": "PaymentOptions PlatformDetails PlatformOs PlatformType Subscription",
    "participant": "IdentityDocument Participant ParticipantDetails",
    "payment": "Payment",
    "payment_details": "PayingWith PaymentDetails PaymentMethod",
    "payout": "Payout",
    "payout_details": "PayingTo PayoutDetails PayoutMethod",
    "refund": "Refund",
    "routing": "CustomRouting RevenueSplit RoutingTag",
    "secured_card": "ApplePay GooglePay SecuredCard",
    "self_employed": "SelfEmployedCheckAnswer SelfEmployedStatusAnswer",
    "session": "Session",
    "statement": (
        "AccountStatement AccountStatementAnswer CounterParty StatementTransaction TotalBalance TotalTurnover"
    ),
    "tax": "Tax TaxDetails TaxPayee TaxPayer TaxPeriod TaxPeriodType",
    "timestamp": "Timestamp",
    "token_info": "PublicToken RecurrentAnswer SavedToken TokenInfo TokenInfoAnswer",
    "tokenize": "CardElement ElementInfo ElementToken MaskedAccount TokenizeAnswer TokenizeElementsAnswer",
    "transaction": "RecurrentToken TransactionInfo",
    "wallet": "Moneta Qiwi Steam Wallet YooMoney",
    "widget": "AcquiringWidget SelfEmployedWidget TokenizeWidget",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(_HOMES)
