"""The calls of the API as values: what is sent where, what comes back, and whether it moves money.

Loaded when first used, one module per noun.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bank131_async.core.operations.balance import GetAccountBalance as GetAccountBalance
    from bank131_async.core.operations.balance import GetAccountStatement as GetAccountStatement
    from bank131_async.core.operations.balance import GetWalletBalance as GetWalletBalance
    from bank131_async.core.operations.base import Operation as Operation
    from bank131_async.core.operations.escrow import CreateEscrowMultiSession as CreateEscrowMultiSession
    from bank131_async.core.operations.escrow import CreateEscrowSession as CreateEscrowSession
    from bank131_async.core.operations.escrow import InitEscrowMultiPayment as InitEscrowMultiPayment
    from bank131_async.core.operations.escrow import InitEscrowPayout as InitEscrowPayout
    from bank131_async.core.operations.escrow import StartEscrowMultiPayment as StartEscrowMultiPayment
    from bank131_async.core.operations.escrow import StartEscrowPayout as StartEscrowPayout
    from bank131_async.core.operations.fps import GetFpsBanks as GetFpsBanks
    from bank131_async.core.operations.fps import VerifyFpsCustomer as VerifyFpsCustomer
    from bank131_async.core.operations.multi import InitMultiSession as InitMultiSession
    from bank131_async.core.operations.payment import InitPayment as InitPayment
    from bank131_async.core.operations.payment import InitPaymentSync as InitPaymentSync
    from bank131_async.core.operations.payment import StartPayment as StartPayment
    from bank131_async.core.operations.payout import InitPayout as InitPayout
    from bank131_async.core.operations.payout import InitPayoutWithFiscalization as InitPayoutWithFiscalization
    from bank131_async.core.operations.payout import StartPayout as StartPayout
    from bank131_async.core.operations.payout import StartPayoutWithFiscalization as StartPayoutWithFiscalization
    from bank131_async.core.operations.recurrent import DisableRecurrent as DisableRecurrent
    from bank131_async.core.operations.recurrent import GetRecurrentStatus as GetRecurrentStatus
    from bank131_async.core.operations.sberpay import PushSberPay as PushSberPay
    from bank131_async.core.operations.self_employed import CheckSelfEmployed as CheckSelfEmployed
    from bank131_async.core.operations.self_employed import Fiscalize as Fiscalize
    from bank131_async.core.operations.self_employed import GetSelfEmployedStatus as GetSelfEmployedStatus
    from bank131_async.core.operations.session import CancelSession as CancelSession
    from bank131_async.core.operations.session import CaptureSession as CaptureSession
    from bank131_async.core.operations.session import ChargebackSession as ChargebackSession
    from bank131_async.core.operations.session import ConfirmSession as ConfirmSession
    from bank131_async.core.operations.session import CreateSession as CreateSession
    from bank131_async.core.operations.session import GetSessionStatus as GetSessionStatus
    from bank131_async.core.operations.session import RefundSession as RefundSession
    from bank131_async.core.operations.settlement import CreateSettlementMultiSession as CreateSettlementMultiSession
    from bank131_async.core.operations.settlement import CreateSettlementSession as CreateSettlementSession
    from bank131_async.core.operations.settlement import InitSettlementMultiPayment as InitSettlementMultiPayment
    from bank131_async.core.operations.settlement import InitSettlementPayout as InitSettlementPayout
    from bank131_async.core.operations.settlement import StartSettlementMultiPayment as StartSettlementMultiPayment
    from bank131_async.core.operations.settlement import StartSettlementPayout as StartSettlementPayout
    from bank131_async.core.operations.subscription import CancelSubscription as CancelSubscription
    from bank131_async.core.operations.subscription import RestoreSubscription as RestoreSubscription
    from bank131_async.core.operations.token import AskableToken as AskableToken
    from bank131_async.core.operations.token import CreateToken as CreateToken
    from bank131_async.core.operations.token import GetTokenInfo as GetTokenInfo
    from bank131_async.core.operations.tokenize import Tokenize as Tokenize
    from bank131_async.core.operations.tokenize import TokenizeElements as TokenizeElements

_MODULES = {
    "balance": "GetAccountBalance GetAccountStatement GetWalletBalance",
    "base": "Operation",
    "escrow": (
        "CreateEscrowMultiSession CreateEscrowSession InitEscrowMultiPayment InitEscrowPayout "
        "StartEscrowMultiPayment StartEscrowPayout"
    ),
    "fps": "GetFpsBanks VerifyFpsCustomer",
    "multi": "InitMultiSession",
    "payment": "InitPayment InitPaymentSync StartPayment",
    "payout": "InitPayout InitPayoutWithFiscalization StartPayout StartPayoutWithFiscalization",
    "recurrent": "DisableRecurrent GetRecurrentStatus",
    "sberpay": "PushSberPay",
    "self_employed": "CheckSelfEmployed Fiscalize GetSelfEmployedStatus",
    "session": (
        "CancelSession CaptureSession ChargebackSession ConfirmSession CreateSession GetSessionStatus RefundSession"
    ),
    "settlement": (
        "CreateSettlementMultiSession CreateSettlementSession InitSettlementMultiPayment InitSettlementPayout "
        "StartSettlementMultiPayment StartSettlementPayout"
    ),
    "subscription": "CancelSubscription RestoreSubscription",
    "token": "AskableToken CreateToken GetTokenInfo",
    "tokenize": "Tokenize TokenizeElements",
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
