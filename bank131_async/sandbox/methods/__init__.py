"""Every method of the API as data: its path, its versions, its verb, and the function that serves it.

Source: reference: format and methods for what v2 has; all else is v1 (official PHP SDK).
"""

from __future__ import annotations

from bank131_async.sandbox.methods import accounts, operations, sessions, tokens
from bank131_async.sandbox.methods.base import Call, Route
from bank131_async.sandbox.requests.fields import Version

__all__ = ["ROUTES", "Call", "Route"]

_BOTH: tuple[Version, ...] = ("v1", "v2")
_V1: tuple[Version, ...] = ("v1",)
_V2: tuple[Version, ...] = ("v2",)

ROUTES: tuple[Route, ...] = (
    Route("session/create", _BOTH, sessions.create_of("plain")),
    Route("session/init/payment", _BOTH, operations.init_payment),
    Route("session/init/payment/sync", _BOTH, operations.init_payment_sync),
    Route("session/start/payment", _BOTH, operations.start_payment),
    Route("session/init/payout", _BOTH, operations.init_payout_of("plain")),
    Route("session/init/payout/fiscalization", _BOTH, operations.init_payout_of("plain", fiscal=True)),
    Route("session/start/payout", _BOTH, operations.start_payout_of("plain")),
    Route("session/start/payout/fiscalization", _BOTH, operations.start_payout_of("plain", fiscal=True)),
    Route("session/confirm", _BOTH, sessions.confirm),
    Route("session/cancel", _BOTH, sessions.cancel),
    Route("session/capture", _BOTH, sessions.capture),
    Route("session/refund", _BOTH, sessions.refund),
    Route("session/chargeback", _BOTH, sessions.chargeback),
    Route("session/status", _BOTH, sessions.status, uses_key=False),
    # several operations in one session
    Route("session/multi/init", _V2, operations.init_multi),
    # escrow accounts
    Route("session/create/nominal", _V1, sessions.create_of("nominal")),
    Route("session/init/payout/nominal", _BOTH, operations.init_payout_of("nominal")),
    Route("session/start/payout/nominal", _V1, operations.start_payout_of("nominal")),
    Route("session/multi/create/nominal", _BOTH, sessions.create_of("nominal", multi=True)),
    Route("session/multi/init/payment/nominal", _BOTH, operations.init_pair_of("nominal")),
    Route("session/multi/start/payment/nominal", _BOTH, operations.start_pair_of("nominal")),
    # settlement accounts
    Route("session/create/rko", _V1, sessions.create_of("rko")),
    Route("session/init/payout/rko", _BOTH, operations.init_payout_of("rko")),
    Route("session/start/payout/rko", _V1, operations.start_payout_of("rko")),
    Route("session/multi/create/rko", _BOTH, sessions.create_of("rko", multi=True)),
    Route("session/multi/init/payment/rko", _V1, operations.init_pair_of("rko")),
    Route("session/multi/start/payment/rko", _BOTH, operations.start_pair_of("rko")),
    # tokens
    Route("token", _V1, tokens.token),
    Route("token/info", _V1, tokens.info, uses_key=False),
    Route("tokenize", _V1, tokens.tokenize),
    Route("tokenize/elements", _V1, tokens.tokenize_elements),
    Route("recurrent/status", _V1, tokens.recurrent_status, uses_key=False),
    Route("recurrent/disable", _V1, tokens.recurrent_disable),
    Route("subscription/cancel", _V1, tokens.subscription_cancel),
    Route("subscription/restore", _V1, tokens.subscription_restore),
    # balances and everything else
    Route("wallet/balance", _V1, accounts.wallet_balance, uses_key=False),
    Route("report/account_balance", _V1, accounts.account_balance, uses_key=False),
    Route("report/account_statement", _V1, accounts.account_statement, uses_key=False),
    Route("fps/banks", _BOTH, accounts.fps_banks, "GET", uses_key=False),
    Route("fps/customer_verification", _BOTH, operations.verify_customer),
    Route("sberpay/push", _V1, accounts.sberpay_push),
    Route("fiscalization", _V1, operations.fiscalize),
    Route("npd/check", _V1, accounts.npd_check, uses_key=False),
    Route("npd/request/status", _V1, accounts.npd_status, uses_key=False),
)
