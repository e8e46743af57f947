"""Handlers of webhooks: at least once, after commit, in the order of the journal, whoever dies meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import json

import pytest

from bank131_async.core.machine import Handled, Observed
from bank131_async.core.webhook import WebhookEvent
from bank131_async.flow import FlowSettings
from bank131_async.webhooks import Router
from tests.support.merchant import Agreeable, Working, at_confirm, dies, paid
from tests.support.virtual import elapse, in_virtual_time
from tests.support.world import World, world

TAKEOVER_S = FlowSettings().handlers_takeover_s


class Shop:
    """A router whose handler writes a diary, and fails or hangs as it is told."""

    def __init__(self, *types: str) -> None:
        self.router = Router()
        self.diary: list[str] = []
        self.events: list[WebhookEvent] = []
        self.times: list[float] = []
        self.failures = 0
        self.gate: asyncio.Event | None = None
        register = self.router.on(*types) if types else self.router.on_any
        register(self.book)

    async def book(self, event: WebhookEvent) -> None:
        self.times.append(asyncio.get_running_loop().time())
        if self.gate is not None:
            await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the shop's database is away")
        self.diary.append(str(event.type))
        self.events.append(event)


def types_in(entries: list[Observed]) -> list[str]:
    return [str(entry.event_type) for entry in entries]


async def webhooks_of(w: World, session_id: str) -> list[Observed]:
    journal = [stored.entry for stored in await w.journal(session_id)]
    return [entry for entry in journal if isinstance(entry, Observed) and entry.source == "webhook"]


async def handled(w: World, stream: str) -> int:
    return sum(isinstance(stored.entry, Handled) for stored in await w.journal(stream))


def is_unhandled(w: World, stream: str) -> bool:
    return w.store.journal(w.bank.project.id)._streams[stream].index.unhandled


@in_virtual_time
async def test_handlers_run_after_the_append_in_the_order_of_the_journal_and_are_marked_as_run() -> None:
    async with world() as w:
        shop = Shop()
        w.receiver = process = w.process(router=shop.router)
        flow = await paid(process)
        await elapse(1)
        told = await webhooks_of(w, flow.session_id)
        assert shop.diary == types_in(told) == ["ready_to_confirm", "payment_finished"]
        assert await handled(w, flow.session_id) == 2
        assert not is_unhandled(w, flow.session_id)
        assert process.payments.health.unhandled == 0


@in_virtual_time
async def test_without_a_handler_for_the_type_nothing_more_is_written() -> None:
    async with world() as w:
        shop = Shop("payment_refunded")
        w.receiver = process = w.process(router=shop.router)
        flow = await paid(process)
        await elapse(1)
        assert not any(entry.for_handlers for entry in await webhooks_of(w, flow.session_id))
        assert await handled(w, flow.session_id) == 0
        assert process.client.router.unhandled_types == {"ready_to_confirm": 1, "payment_finished": 1}


@pytest.mark.parametrize("how", ["a worker", "the next webhook", "async with"])
@in_virtual_time
async def test_what_a_process_died_over_is_handled_by_another_one_that_has_the_handlers(how: str) -> None:
    async with world() as w:
        shop, heirs = Shop(), Shop()
        shop.gate = asyncio.Event()
        w.receiver = first = w.process(router=shop.router)
        flow = await paid(first)
        await elapse(1)
        assert first.payments.health.unhandled == 2
        await dies(first)
        assert shop.diary == []
        assert is_unhandled(w, flow.session_id)
        w.receiver = second = w.process(router=heirs.router)
        if how == "a worker":
            async with Working(second, Agreeable()):
                await elapse(3 * TAKEOVER_S)
        elif how == "async with":
            await second.client.__aenter__()
            await elapse(3 * TAKEOVER_S)
        else:
            await paid(second)
            await elapse(3 * TAKEOVER_S)
        mine = [event.type for event in heirs.events if event.session_id == flow.session_id]
        assert mine == ["ready_to_confirm", "payment_finished"]
        assert not is_unhandled(w, flow.session_id)
        event = next(event for event in heirs.events if event.session_id == flow.session_id)
        assert event.digest == (await webhooks_of(w, flow.session_id))[0].digest
        await elapse(3 * TAKEOVER_S)
        assert len(heirs.diary) == len({event.digest for event in heirs.events})


@in_virtual_time
async def test_a_process_without_handlers_neither_runs_marks_nor_blocks() -> None:
    async with world() as w:
        shop, plain = Shop(), w.processes[0]
        shop.gate = asyncio.Event()
        w.receiver = process = w.process(router=shop.router)
        flow = await at_confirm(process)
        await elapse(1)
        async with Working(plain, Agreeable()):
            await elapse(5 * TAKEOVER_S)
        w.receiver = plain
        await elapse(1)
        assert is_unhandled(w, flow.session_id)
        assert await handled(w, flow.session_id) == 0
        assert (await plain.payments.attach(flow.session_id)).facts.has_succeeded
        shop.gate.set()
        await elapse(TAKEOVER_S)
        assert not is_unhandled(w, flow.session_id)


@in_virtual_time
async def test_each_process_runs_the_types_that_it_has_handlers_for() -> None:
    async with world() as w:
        asked, ended = Shop("ready_to_confirm"), Shop("payment_finished")
        asked.gate = ended.gate = asyncio.Event()
        w.receiver = first = w.process(router=asked.router)
        flow = await at_confirm(first)
        await elapse(1)
        w.receiver = second = w.process(router=ended.router)
        ended.gate = None
        await (await second.payments.attach(flow.session_id)).confirm()
        await elapse(1)
        assert ended.diary == ["payment_finished"]
        assert is_unhandled(w, flow.session_id)
        asked.gate.set()
        await elapse(1)
        assert asked.diary == ["ready_to_confirm"]
        assert not is_unhandled(w, flow.session_id)


@in_virtual_time
async def test_a_handler_that_fails_is_tried_again_after_growing_pauses_and_later_webhooks_wait(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with world() as w:
        shop = Shop()
        shop.failures = 12
        w.receiver = process = w.process(router=shop.router)
        flow = await paid(process)
        await elapse(600)
        assert shop.diary == []
        assert is_unhandled(w, flow.session_id)
        pauses = [round(later - earlier) for earlier, later in itertools.pairwise(shop.times)]
        assert pauses == sorted(pauses)
        assert pauses[:4] == [1, 2, 4, 8]
        await elapse(3600)
        assert shop.diary == ["ready_to_confirm", "payment_finished"]
        assert max(round(later - earlier) for earlier, later in itertools.pairwise(shop.times)) <= 300
        assert sum("the handler" in record.getMessage() for record in caplog.records) == 12


@in_virtual_time
async def test_two_receivers_of_one_session_keep_its_order_and_do_not_run_each_others_webhooks() -> None:
    async with world() as w:
        one, other = Shop(), Shop()
        one.gate = asyncio.Event()
        w.receiver = first = w.process(router=one.router)
        second = w.process(router=other.router)
        flow = await at_confirm(first)
        await elapse(1)
        w.receiver = second
        await flow.confirm()
        await elapse(2)
        assert other.diary == []  # the first is still at the one before
        one.gate.set()
        await elapse(10)
        assert (one.diary, other.diary) == (["ready_to_confirm"], ["payment_finished"])
        assert await handled(w, flow.session_id) == 2


@in_virtual_time
async def test_a_webhook_that_is_sent_again_is_handled_once_and_one_that_waits_is_not_forgotten() -> None:
    async with world() as w:
        shop = Shop()
        w.receiver = process = w.process(router=shop.router)
        flow = await paid(process)
        await elapse(1)
        told = await webhooks_of(w, flow.session_id)
        body = told[-1].body
        signature = w.bank.keys.bank.sign(body)
        for _ in range(3):
            assert (await process.client.receiver.handle(body, signature)).status == 200
        await elapse(1)
        assert shop.diary == ["ready_to_confirm", "payment_finished"]


@in_virtual_time
async def test_news_without_a_session_survives_a_crash_too() -> None:
    async with world() as w:
        shop, heirs = Shop(), Shop()
        shop.gate = asyncio.Event()
        first, second = w.process(router=shop.router), w.process(router=heirs.router)
        for number in (1, 2):
            body = json.dumps({"type": "planet_aligned", "number": number}).encode()
            assert (await first.client.receiver.handle(body, w.bank.keys.bank.sign(body))).status == 200
        await elapse(1)
        await dies(first)
        assert is_unhandled(w, "@inbox")
        async with Working(second, Agreeable()):
            await elapse(2 * TAKEOVER_S + 1)
        assert [event.extra["number"] for event in heirs.events] == [1, 2]
        assert not is_unhandled(w, "@inbox")
        assert await handled(w, "@inbox") == 2


@in_virtual_time
async def test_a_store_that_fails_when_the_mark_is_written_delays_the_mark_and_loses_nothing() -> None:
    async with world() as w:
        shop = Shop()
        shop.gate = asyncio.Event()
        w.receiver = process = w.process(router=shop.router)
        flow = await at_confirm(process)
        await elapse(0.5)
        process.outlet.down = True
        shop.gate.set()
        await elapse(120)
        assert await handled(w, flow.session_id) == 0
        assert len(shop.times) == 1  # it has done its work; only the mark is missing
        process.outlet.down = False
        await elapse(120)
        assert await handled(w, flow.session_id) == 1
        assert "ready_to_confirm" in shop.diary


@in_virtual_time
async def test_closing_lets_handlers_finish_within_the_grace_and_leaves_the_rest_to_others() -> None:
    async with world() as w:
        shop = Shop()
        shop.gate = asyncio.Event()
        w.receiver = process = w.process(router=shop.router)
        flow = await at_confirm(process)
        await elapse(0.5)
        began = asyncio.get_running_loop().time()
        await process.client.aclose()
        assert asyncio.get_running_loop().time() - began <= FlowSettings().grace_s + 1
        assert is_unhandled(w, flow.session_id)
        body = (await webhooks_of(w, flow.session_id))[0].body
        assert (await process.client.receiver.handle(body, w.bank.keys.bank.sign(body))).status == 503


@in_virtual_time
async def test_workers_run_the_handlers_that_the_receiving_process_knows_to_be_elsewhere() -> None:
    async with world() as w:
        router = Router()
        router.elsewhere("payment_finished")
        router.unhandled(Shop().book)
        w.receiver = web = w.process(router=router)
        settings = FlowSettings(handlers_takeover_s=5.0)
        shops = [Shop(), Shop()]
        workers = [w.process(router=shop.router, settings=settings) for shop in shops]
        for luck, worker in enumerate(workers):
            worker.client._engine.clock.jitter = lambda luck=luck: luck / 2  # type: ignore[method-assign,misc]
        async with Working(workers[0], Agreeable()), Working(workers[1], Agreeable()):
            flow = await paid(web)
            await elapse(1)
            assert is_unhandled(w, flow.session_id)
            assert web.payments.health.unhandled == 0
            await elapse(15)
            assert sorted(shops[0].diary + shops[1].diary) == ["payment_finished"]
            assert not is_unhandled(w, flow.session_id)
        told = await webhooks_of(w, flow.session_id)
        assert [entry.for_handlers for entry in told] == [True, True]


@in_virtual_time
async def test_of_two_heirs_of_a_dead_process_one_runs_its_handlers() -> None:
    async with world() as w:
        shop, heirs = Shop(), [Shop(), Shop()]
        shop.gate = asyncio.Event()
        w.receiver = first = w.process(router=shop.router)
        survivors = [w.process(router=heir.router) for heir in heirs]
        for luck, survivor in enumerate(survivors):
            survivor.client._engine.clock.jitter = lambda luck=luck: luck / 2  # type: ignore[method-assign,misc]
        await paid(first)
        await elapse(1)
        await dies(first)
        async with Working(survivors[0], Agreeable()), Working(survivors[1], Agreeable()):
            await elapse(3 * TAKEOVER_S)
        assert sorted(heirs[0].diary + heirs[1].diary) == ["payment_finished", "ready_to_confirm"]
