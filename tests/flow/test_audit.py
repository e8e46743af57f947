"""The journal as people read it, the lists they look at, and their word on what is in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bank131_async.core.machine import Phase, StoredEntry, encode_entry
from bank131_async.errors import CommandInDoubtError, CommandNotAllowedError, StoreCorruptError
from bank131_async.flow import Audit, FlowSettings
from bank131_async.flow.clock import process_name
from bank131_async.stores import StreamState
from tests.support.merchant import (
    BUYER,
    PART,
    PRICE,
    Agreeable,
    Working,
    at_confirm,
    card,
    caught,
    created,
    paid,
)
from tests.support.virtual import elapse, in_virtual_time
from tests.support.world import Process, World, world

DAY_S = 86_400.0
QUICK = FlowSettings(settle_timeout_s=5)


def audit_of(w: World) -> Audit:
    """As the command line has it: a journal, and neither bank nor key."""
    return Audit.of(w.store.journal(w.bank.project.id))


async def doubtful(process: Process) -> tuple[str, str]:
    """A session and the refund of it that is in doubt."""
    flow = await paid(process)
    process.wire.faults["session/refund"] = ["burnt"]
    error = await caught(flow.refund(PART, name="return-1"))
    assert isinstance(error, CommandInDoubtError)
    return flow.session_id, error.intent_id


@in_virtual_time
async def test_a_payments_journal_reads_as_what_happened_when_by_whom_and_how_it_was_judged() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await paid(process, order="7")
        await (await flow.refund(PART, name="return-1"))
        shown = await audit_of(w).show(flow.session_id)
        journal = await w.journal(flow.session_id)
        assert [entry.version for entry in shown.entries] == [stored.version for stored in journal]
        assert [entry.at for entry in shown.entries] == [stored.at for stored in journal]
        assert shown.facts.same_facts(flow.facts)
        lines = {entry.what: entry for entry in shown.entries}
        assert lines["opened"].detail == "by create, 150.00 RUB, order '7'"
        start = lines["start intended"]
        assert "424242******4242" in start.detail
        assert start.by == lines["opened"].by == process_name()
        assert lines["webhook ready_to_confirm"].detail == "session in_progress, pm_1002 pending, next confirm"
        assert {"moves to ready_to_confirm", "moves to payment_finished", "the bank is asked"} <= {
            entry.verdict for entry in shown.entries
        }
        assert "name 'return-1'" in lines["refund intended"].detail
        assert "50.00 RUB" in lines["refund intended"].detail
        assert shown.entries[-1].phase is Phase.PAYMENT_FINISHED
        assert any("session accepted" in entry.detail for entry in shown.entries)


@in_virtual_time
async def test_no_secret_is_shown_and_no_key() -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await paid(process)
        text = str(await audit_of(w).show(flow.session_id))
        keys = [key for method in process.wire.keys.values() for key in method]
        assert "4242424242424242" not in text
        stored = b"".join(encode_entry(one.entry) for one in await w.journal(flow.session_id))
        for key in filter(None, keys):
            assert f'"key":"{key}"'.encode() in stored or f'"{key}"'.encode() not in stored
            assert f" {key}," not in text.replace("intent " + key, "")


@in_virtual_time
async def test_what_is_lost_settled_handled_and_pruned_is_told_too() -> None:
    async with world(settings=QUICK) as w:
        (process,) = w.processes
        session_id, intent_id = await doubtful(process)
        await audit_of(w).resolve(session_id, intent_id, done=False, note="not in the dashboard")
        lines = [(entry.what, entry.detail) for entry in (await audit_of(w).show(session_id)).entries]
        assert any(what == "no answer" for what, _ in lines)
        assert lines[-1] == ("settled as not done", f"intent {intent_id}, by person, not in the dashboard")
        await elapse(91 * DAY_S)
        assert await process.client.prune(older_than=timedelta(days=90)) == 1
        (stone,) = (await audit_of(w).show(session_id)).entries
        assert stone.what == "pruned"
        assert stone.by == process_name()


@in_virtual_time
async def test_an_unknown_stream_has_no_entries_and_the_inbox_no_verdicts() -> None:
    async with world() as w:
        (process,) = w.processes
        assert (await audit_of(w).show("ps_nobody")).entries == ()
        body = b'{"type":"planet_aligned"}'
        await process.client.receiver.handle(body, w.bank.keys.bank.sign(body))
        await process.client.receiver.handle(b"[", w.bank.keys.bank.sign(b"["))
        entries = (await audit_of(w).show("@inbox")).entries
        assert entries[0].what == "webhook planet_aligned"
        assert "unreadable" in entries[1].what
        assert {entry.verdict for entry in entries} == {""}


@in_virtual_time
async def test_the_lists_name_each_payment_once_page_by_page_with_the_reason() -> None:
    async with world(settings=QUICK) as w:
        (process,) = w.processes
        session_id, intent_id = await doubtful(process)
        waiting = [await at_confirm(process) for _ in range(3)]
        audit = audit_of(w)
        (doubt,) = await audit.list(StreamState.in_doubt)
        assert (doubt.stream, doubt.intent, doubt.reason) == (session_id, intent_id, "refund in doubt")
        assert [one.stream for one in await audit.list(StreamState.needs_person)] == [session_id]
        first = await audit.list(StreamState.unfinished, limit=2)
        rest = await audit.list(StreamState.unfinished, after=first[-1].stream, limit=2)
        expected = sorted([session_id, *(flow.session_id for flow in waiting)])
        assert [one.stream for one in [*first, *rest]] == expected
        assert {one.phase for one in [*first, *rest] if one.stream != session_id} == {Phase.READY_TO_CONFIRM}
        assert (first[0].amount, first[0].currency) == (PRICE.amount, PRICE.currency)
        counts = await process.client.audit.count()
        assert (counts.unfinished, counts.in_doubt, counts.needs_person, counts.unhandled) == (4, 1, 1, 0)


@in_virtual_time
async def test_a_person_may_settle_a_doubt_and_nothing_else() -> None:
    async with world(settings=QUICK) as w:
        (process,) = w.processes
        audit = audit_of(w)
        session_id, intent_id = await doubtful(process)
        with pytest.raises(CommandNotAllowedError, match="no intent nonsense here"):
            await audit.resolve(session_id, "nonsense", done=True)
        facts = await audit.resolve(session_id, intent_id, done=True, note="seen")
        assert facts.intent(intent_id).state == "done"
        with pytest.raises(CommandNotAllowedError, match="settled already"):
            await audit.resolve(session_id, intent_id, done=False)
        flow = await at_confirm(process)
        process.wire.always["session/confirm"] = "lost_before"
        error = await caught(flow.confirm())
        assert isinstance(error, CommandInDoubtError)
        with pytest.raises(CommandNotAllowedError, match="Let a worker run"):
            await audit.resolve(flow.session_id, error.intent_id, done=True)


@in_virtual_time
async def test_an_init_that_a_person_found_is_linked_by_a_worker() -> None:
    async with world(settings=QUICK, webhooks=False) as w:
        (process,) = w.processes
        process.wire.faults["session/init/payment"] = ["burnt"]
        doubt = await caught(process.payments.init(card(), amount=PRICE, customer=BUYER, order="7"))
        assert isinstance(doubt, CommandInDoubtError)
        found = await created(process.__class__(w, w.settings, None))
        stream = f"@init:{doubt.intent_id}"
        audit = audit_of(w)
        for missing in (None, "", "@inbox"):
            with pytest.raises(CommandNotAllowedError, match="give its id"):
                await audit.resolve(stream, doubt.intent_id, done=True, session_id=missing)
        with pytest.raises(CommandNotAllowedError, match="the id that the bank gave"):
            await process.payments.resolve_init(doubt.intent_id, session_id="@inbox")
        await audit.resolve(stream, doubt.intent_id, done=True, session_id=found.session_id)
        async with Working(process, Agreeable()):
            await elapse(60)
        assert (await audit.list(StreamState.unfinished))[0].stream == found.session_id
        flow = await process.payments.init(card(), amount=PRICE, customer=BUYER, order="7")
        assert flow.session_id == found.session_id


@in_virtual_time
async def test_a_journal_that_cannot_be_read_is_named_and_keeps_no_other_from_the_lists_the_pruning_and_the_bank() -> (
    None
):
    async with world(settings=QUICK) as w:
        (process,) = w.processes
        ended = [await paid(process) for _ in range(3)]
        names = sorted(flow.session_id for flow in ended)
        load = process.outlet.load

        async def broken(stream: str, after: int = 0) -> Sequence[StoredEntry]:
            if stream == names[0]:
                raise StoreCorruptError(f"stream {stream}, version 1: a newer version has written here, upgrade")
            return await load(stream, after)

        process.outlet.load = broken  # type: ignore[method-assign]
        listed = await process.client.audit.list(StreamState.finished)
        assert [one.stream for one in listed] == names
        assert "newer version" in str(listed[0].reason)
        assert [one.reason for one in listed[1:]] == [None, None]
        since = ended[0].facts.entered_at - timedelta(days=1)
        asked = [one async for one in process.client.reconcile(since=since)]
        assert [(one.session_id, "newer version" in str(one.error)) for one in asked] == [
            (name, name == names[0]) for name in names
        ]
        await elapse(91 * DAY_S)
        assert await process.client.prune(older_than=timedelta(days=90)) == 2
