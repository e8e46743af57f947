"""``session/*/rko``: payouts from a settlement account (docs: settlement-account)."""

from __future__ import annotations

from bank131_async.client.resources.account_payouts import AccountPayoutsResource
from bank131_async.core.operations import (
    CreateSettlementMultiSession,
    CreateSettlementSession,
    InitSettlementMultiPayment,
    InitSettlementPayout,
    StartSettlementMultiPayment,
    StartSettlementPayout,
)


class SettlementResource(AccountPayoutsResource):
    """Payouts from the merchant's own settlement account, which the bank calls rko.

    The sender must have an ``account`` of 20 digits. Confirm and cancel are those of ``bank.sessions``, and what
    ``ready_to_confirm`` brings as ``confirm_information`` goes back with the confirmation. What moves money is not
    journaled: see ``bank.payouts``.
    """

    _create = CreateSettlementSession
    _init_payout = InitSettlementPayout
    _start_payout = StartSettlementPayout
    _create_multi = CreateSettlementMultiSession
    _init_multi_payment = InitSettlementMultiPayment
    _start_multi_payment = StartSettlementMultiPayment
