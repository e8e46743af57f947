"""``session/*/nominal``: payouts from an escrow account (docs: escrow-account)."""

from __future__ import annotations

from bank131_async.client.resources.account_payouts import AccountPayoutsResource
from bank131_async.client.resources.account_payouts import InitMultiFields as InitMultiFields
from bank131_async.client.resources.account_payouts import StartMultiFields as StartMultiFields
from bank131_async.core.operations import (
    CreateEscrowMultiSession,
    CreateEscrowSession,
    InitEscrowMultiPayment,
    InitEscrowPayout,
    StartEscrowMultiPayment,
    StartEscrowPayout,
)


class EscrowResource(AccountPayoutsResource):
    """Payouts of other people's money from an escrow account, which the bank calls nominal.

    The sender must have a ``beneficiary_id``. Confirm and cancel are those of ``bank.sessions``, and what
    ``ready_to_confirm`` brings as ``confirm_information`` goes back with the confirmation. What moves money is not
    journaled: see ``bank.payouts``.
    """

    _create = CreateEscrowSession
    _init_payout = InitEscrowPayout
    _start_payout = StartEscrowPayout
    _create_multi = CreateEscrowMultiSession
    _init_multi_payment = InitEscrowMultiPayment
    _start_multi_payment = StartEscrowMultiPayment
