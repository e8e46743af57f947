"""Payouts and multi-sessions by what is heard of them: late, lost and hidden news, workers, people, tombstones."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import attrs
import pytest

from bank131_async.core.machine import Cancelled, Phase, Pruned
from bank131_async.core.models import (
    TransferFromBankAccount,
)
from bank131_async.errors import (
    AnswerLostError,
    CommandInDoubtError,
    CommandNotAllowedError,
    ConfigurationError,
)
from bank131_async.stores import StreamState
from bank131_async.webhooks import Router
from tests.support.merchant import BUYER, PART, PLAIN, PRICE, Working, card, caught
from tests.support.payouts import (
    ACCOUNT,
    DAY_S,
    INITS,
    OWN,
    OWNER,
    PURPOSE,
    Kind,
    Treasury,
    at_confirm,
    begun,
    confirm,
    finished,
    of_both_kinds,
    succeeded,
)
from tests.support.virtual import elapse, in_virtual_time
from tests.support.world import World, world

# -- late, lost and repeated webhooks ---------------------------------------------------------------------------------


@of_both_kinds
@in_virtual_time
async def test_nothing_depends_on_webhooks(kind: Kind) -> None:
    async with world() as w:
        w.courier = lambda _webhook: ()
        flow = await kind.open(w.processes[0])
        await kind.start(flow)
        async with Working(w.processes[0], Treasury()):
            assert succeeded(await asyncio.wait_for(flow.settled(), DAY_S))
        assert w.accepted(flow.session_id)["session/confirm"] == 1


@of_both_kinds
@in_virtual_time
async def test_webhooks_hours_late_and_several_times_change_nothing(kind: Kind) -> None:
    async with world() as w:
        w.courier = lambda _webhook: (0.1, 7200.0, 3600.0)
        flow = await finished(kind, w.processes[0])
        before = flow.facts
        await elapse(8000)
        await flow.refresh()
        assert flow.facts.growing == before.growing
        assert succeeded(await flow)


@in_virtual_time
async def test_what_the_bank_asked_is_sent_back_although_the_webhook_was_lost_and_the_journal_hides_a_part() -> None:
    like_a_card = attrs.evolve(ACCOUNT, description="Contract 4242 4242 4242 4242")
    async with world() as w:
        (process,) = w.processes
        w.courier = lambda _webhook: ()
        w.bank.top_up(10_000_000, OWN)
        for order, account in (("1", ACCOUNT), ("2", like_a_card)):
            flow = await process.client.payouts.create(
                order=order, amount=PRICE, participants=OWNER, source="settlement"
            )
            await flow.start(account, amount=PRICE, participants=OWNER, source="settlement")
            await flow.wait_for(Phase.READY_TO_CONFIRM)
            await confirm(flow)
            assert succeeded(await flow)
        assert "4242 4242 4242 4242" not in str(w.streams())


@in_virtual_time
async def test_what_the_journal_hides_is_never_sent_back() -> None:
    account = attrs.evolve(ACCOUNT, description="Contract 4242 4242 4242 4242")
    async with world() as w:
        (process,) = w.processes
        w.bank.top_up(10_000_000, OWN)
        flow = await process.client.payouts.create(order="7", amount=PRICE, participants=OWNER, source="settlement")
        await flow.start(account, amount=PRICE, participants=OWNER, source="settlement")
        await flow.wait_for(Phase.READY_TO_CONFIRM)
        process.wire.always["session/status"] = "lost_before"
        with pytest.raises(AnswerLostError, match="call again"):
            await flow.confirm_information()
        process.wire.always.clear()
        await confirm(flow)
        assert succeeded(await flow)


# -- workers, the index, people, tombstones ---------------------------------------------------------------------------


@of_both_kinds
@in_virtual_time
async def test_it_is_unfinished_until_it_has_ended(kind: Kind) -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await at_confirm(kind, process)
        assert await _unfinished(w) == [flow.session_id]
        await confirm(flow)
        assert succeeded(await flow)
        await elapse(60)
        assert await _unfinished(w) == []


async def _unfinished(w: World) -> list[str]:
    found = await w.store.journal(w.bank.project.id).streams(StreamState.unfinished, limit=10)
    return [info.stream for info in found]


@pytest.mark.parametrize("name", INITS)
@in_virtual_time
async def test_an_init_that_stays_in_doubt_is_never_sent_under_another_key_and_calls_a_person(name: str) -> None:
    init, path = INITS[name]
    async with world() as w:
        (process,) = w.processes
        process.wire.always[path] = "burnt"
        policy = Treasury()
        async with Working(process, policy):
            assert isinstance(await caught(init(process)), CommandInDoubtError)
            await elapse(3 * 3600)
        assert policy.persons == ["a command is in doubt"]
        assert len(set(process.wire.keys[path])) == 1
        assert begun(w) == 0


@of_both_kinds
@in_virtual_time
async def test_a_tombstone_keeps_the_name_and_takes_money_that_comes_back(kind: Kind) -> None:
    router, heard = Router(), []

    @router.on("payment_refunded")
    async def note(event: Any) -> None:
        heard.append(event.session.id)

    async with world() as w:
        process = w.receiver = w.process(router=router)
        flow = await finished(kind, process)
        await elapse(91 * DAY_S)
        assert await process.client.prune(older_than=timedelta(days=90)) == 1
        assert [type(stored.entry) for stored in await w.journal(flow.session_id)] == [Pruned]
        again = await kind.open(process)
        assert again.session_id == flow.session_id
        assert isinstance(await caught(kind.start(again)), CommandNotAllowedError)
        w.bank.return_payout(flow.session_id)
        await elapse(60)
        await again.refresh()
        assert [refund.amount for refund in again.refunds] == [PRICE.amount]
        assert succeeded(await again)
        assert heard == [flow.session_id]
        assert begun(w) == 1


@of_both_kinds
@in_virtual_time
async def test_a_cancelled_one_pays_nothing_and_says_by_whom(kind: Kind) -> None:
    async with world() as w:
        flow = await at_confirm(kind, w.processes[0])
        await flow.cancel()
        ended = await flow
        endings = list(ended.values()) if isinstance(ended, dict) else [ended]
        assert endings
        assert all(isinstance(one, Cancelled) and one.by == "merchant" for one in endings), endings


@in_virtual_time
async def test_a_multi_session_of_nothing_is_refused_before_it_is_written_down() -> None:
    async with world() as w:
        (process,) = w.processes
        with pytest.raises(ConfigurationError, match=r"payment_list: expected at least one operation"):
            await process.client.multi_sessions.init(order="7", payments=[], payouts=[])
        assert not w.streams()


@in_virtual_time
async def test_a_pair_from_a_settlement_account_is_paid_and_another_amount_under_its_name_is_refused() -> None:
    async with world() as w:
        (process,) = w.processes
        w.bank.top_up(10_000_000, OWN)
        flow = await process.client.multi_sessions.create("settlement", order="7", metadata={"batch": 1})
        with pytest.raises(CommandNotAllowedError, match="other parameters"):
            await process.client.multi_sessions.create("settlement", order="7", metadata={"batch": 2})
        await flow.start(
            "settlement", payment=TransferFromBankAccount(PURPOSE), payout=card(PLAIN), amount=PART,
            participants=OWNER, customer=BUYER,
        )  # fmt: skip
        async with Working(process, Treasury()):
            ended = await asyncio.wait_for(flow.settled(), DAY_S)
        assert succeeded(ended)
        assert begun(w) == 1
