"""What pays out, in a few words: payouts and multi-sessions, opened, started and confirmed alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest

from bank131_async.core.machine import Phase, ReadyToConfirm, Succeeded
from bank131_async.core.models import (
    FasterPaymentSystem,
    Participant,
    ParticipantDetails,
    PaymentDetails,
    PayoutDetails,
    RuBankAccount,
    TransferFromNominalAccount,
)
from bank131_async.core.operations import InitPayment, InitPayout
from bank131_async.flow import Cancel, Confirm, Later, MultiFlow, PayoutFlow, Policy
from tests.support.merchant import BUYER, PLAIN, PRICE, card
from tests.support.world import Process, World

DAY_S = 86_400.0
OWN = "40702810500000000001"
ACCOUNT = RuBankAccount(bik="044525974", account="40817810500000000016", full_name="Ivan Ivanov", description="Salary")
IVAN = Participant(full_name="Ivan Ivanov")
TO_IVAN = ParticipantDetails(recipient=IVAN)
BENEFICIARY = ParticipantDetails(sender=Participant(beneficiary_id="500100732259"), recipient=IVAN)
OWNER = ParticipantDetails(sender=Participant(account=OWN), recipient=IVAN)
PURPOSE = "Payment under agreement 7"

AnyFlow = PayoutFlow | MultiFlow


class Kind(NamedTuple):
    """How something that pays out is opened and started."""

    open: Callable[[Process], Awaitable[Any]]
    start: Callable[[Any], Awaitable[None]]
    attach: Callable[[Process, str], Awaitable[Any]]


async def start_pair(flow: MultiFlow) -> None:
    await flow.start(
        "escrow", payment=TransferFromNominalAccount(PURPOSE), payout=card(PLAIN), amount=PRICE,
        participants=BENEFICIARY, customer=BUYER,
    )  # fmt: skip


PAYOUT = Kind(
    lambda process: process.client.payouts.create(order="7", amount=PRICE, participants=TO_IVAN),
    lambda flow: flow.start(ACCOUNT),
    lambda process, session_id: process.client.payouts.attach(session_id),
)
MULTI = Kind(
    lambda process: process.client.multi_sessions.create("escrow", order="7"),
    start_pair,
    lambda process, session_id: process.client.multi_sessions.attach(session_id),
)
of_both_kinds = pytest.mark.parametrize("kind", [PAYOUT, MULTI], ids=["payout", "multi"])


class Treasury(Policy):
    """Confirms whatever pays out, with what the bank asked to have sent back."""

    def __init__(self) -> None:
        self.persons: list[str] = []

    async def payout_ready_to_confirm(self, flow: PayoutFlow, step: ReadyToConfirm) -> Confirm | Cancel | Later:
        return Confirm(await flow.confirm_information())

    async def multi_ready_to_confirm(self, flow: MultiFlow, step: ReadyToConfirm) -> Confirm | Cancel | Later:
        return Confirm(await flow.confirm_information())

    async def needs_a_person(self, flow: Any, reason: str) -> None:
        self.persons.append(reason)


async def confirm(flow: AnyFlow) -> None:
    await flow.confirm(information=await flow.confirm_information())


async def at_confirm(kind: Kind, process: Process) -> Any:
    flow = await kind.open(process)
    await kind.start(flow)
    assert await flow.wait_for(Phase.READY_TO_CONFIRM, timeout=600) is Phase.READY_TO_CONFIRM
    return flow


async def finished(kind: Kind, process: Process) -> Any:
    flow = await at_confirm(kind, process)
    await confirm(flow)
    assert succeeded(await flow)
    return flow


def succeeded(ended: Any) -> bool:
    endings = list(ended.values()) if isinstance(ended, dict) else [ended]
    return bool(endings) and all(isinstance(one, Succeeded) for one in endings)


def begun(w: World) -> int:
    """How many times the bank began to pay out."""
    return sum(effect.method.startswith(("session/start", "session/init", "session/multi")) for effect in w.effects)


async def init_payout(process: Process) -> PayoutFlow:
    flow: PayoutFlow = await process.client.payouts.init(ACCOUNT, order="7", amount=PRICE, participants=TO_IVAN)
    return flow


async def init_multi(process: Process) -> MultiFlow:
    payment = InitPayment(
        payment_details=PaymentDetails.of(FasterPaymentSystem()), amount_details=PRICE, customer=BUYER
    )
    payout = InitPayout(
        payout_details=PayoutDetails.of(ACCOUNT), amount_details=PRICE, participant_details=TO_IVAN
    )  # fmt: skip
    flow: MultiFlow = await process.client.multi_sessions.init(order="7", payments=[payment], payouts=[payout])
    return flow


INITS = {"payout": (init_payout, "session/init/payout"), "multi": (init_multi, "session/multi/init")}
