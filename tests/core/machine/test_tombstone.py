"""Tombstones hold what a finished payment amounts to, and later news folds onto them as onto the entries before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from bank131_async.core.machine import (
    EMPTY,
    Answered,
    Cancelled,
    Command,
    Facts,
    Failed,
    Handled,
    Opened,
    Pruned,
    Refused,
    StoredEntry,
    Succeeded,
    Tick,
    apply,
    decode_entry,
    encode_entry,
    fold,
    is_prunable,
    plan,
    tombstone,
)
from bank131_async.errors import StoreCorruptError
from tests.support.journals import NOON, OPENED, SETTINGS, Stream, hook, item, refund, session, status, told

LATER = NOON + timedelta(days=90)


def pruned(facts: Facts, version: int | None = None) -> Facts:
    """The facts as they are read from a stream of which nothing but the tombstone is left."""
    stone = decode_entry(encode_entry(tombstone(facts)))
    return fold([StoredEntry(version or facts.version + 1, LATER, stone)], SETTINGS)


def paid() -> Stream:
    stream = Stream(Opened(amount=10_000, currency="rub", order="7", params_digest="d1"))
    stream.add(hook("payment_finished", session("accepted", item("succeeded"), t=10)))
    return stream


def refunded() -> Stream:
    stream = paid()
    stream.intend(Command.refund, "i1", name="return-1", amount=5_000, currency="rub", params_digest="d2")
    stream.add(Answered(intent="i1"))
    made = refund("rf_1", metadata={"_b131": "i1"}, created_at="2026-11-22T11:00:00Z")
    stream.status(session("accepted", item("succeeded", refunds=[made]), t=20))
    return stream


def failed() -> Stream:
    stream = Stream(OPENED)
    error = {"code": "insufficient_funds", "description": "no money"}
    stream.status(session("cancelled", item("failed", error=error), t=5))
    return stream


def cancelled() -> Stream:
    stream = Stream(OPENED)
    stream.intend(Command.cancel)
    stream.add(Answered(intent="i1"))
    stream.status(session("cancelled", t=5))
    return stream


@pytest.mark.parametrize("made", [paid, refunded, failed, cancelled])
def test_all_facts_of_a_finished_payment_survive(made: Any) -> None:
    facts = made().facts
    after = pruned(facts)
    assert after.outcome == facts.outcome
    assert after.version == facts.version + 1
    assert (after.opening, after.attempts, after.refunds) == (facts.opening, facts.attempts, facts.refunds)
    assert (after.phase, after.newest, after.ended, after.troubles) == (
        facts.phase,
        facts.newest,
        facts.ended,
        facts.troubles,
    )
    assert after.digests == facts.digests
    assert after.entered_at == facts.entered_at
    kept = [attrs.evolve(one, key="", proof=None, checked=False, silent_statuses=0) for one in facts.intents]
    assert [attrs.evolve(one, key="") for one in after.intents] == kept
    assert not after.wants_polling
    assert is_prunable(after, SETTINGS, LATER)


def test_outcomes_are_what_they_were() -> None:
    assert isinstance(pruned(paid().facts).outcome, Succeeded)
    assert isinstance(pruned(cancelled().facts).outcome, Cancelled)
    outcome = pruned(failed().facts).outcome
    assert isinstance(outcome, Failed)
    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.description) == ("insufficient_funds", "no money")


@pytest.mark.parametrize("known", [0, 1, 2])
def test_a_process_takes_the_tombstone_as_a_whole_whatever_it_knew_before(known: int) -> None:
    stream = refunded()
    behind = fold(stream.entries[:known], SETTINGS)
    stone = StoredEntry(stream.version + 1, LATER, tombstone(stream.facts))
    assert apply(behind, stone, SETTINGS) == apply(EMPTY, stone, SETTINGS)


def test_entries_that_waited_for_a_gap_which_the_tombstone_fills_are_folded_after_it_or_dropped() -> None:
    stream = paid()
    early = StoredEntry(2, LATER, hook("payment_finished", session("accepted", item("succeeded"), t=10)))
    late = StoredEntry(stream.version + 2, LATER, status(b'{"status":"ok"}', 1))
    ahead = fold([late, early], SETTINGS)
    assert ahead.version == 0
    after = apply(ahead, StoredEntry(stream.version + 1, LATER, tombstone(stream.facts)), SETTINGS)
    assert (after.version, after.ahead) == (stream.version + 2, ())


def test_an_old_tombstone_is_no_news() -> None:
    stream = paid()
    stone = StoredEntry(1, LATER, tombstone(EMPTY))
    assert apply(stream.facts, stone, SETTINGS) == stream.facts


def test_a_late_chargeback_folds_onto_a_tombstone_as_onto_the_entries() -> None:
    stream = refunded()
    both = [
        refund("rf_1", metadata={"_b131": "i1"}, created_at="2026-11-22T11:00:00Z"),
        refund("rf_2", amount=5_000, is_chargeback=True),
    ]
    news = hook("payment_refunded", session("accepted", item("succeeded", refunds=both), t=90))
    onto_entries = apply(stream.facts, StoredEntry(stream.version + 1, LATER, news), SETTINGS)
    stone = pruned(stream.facts)
    onto_stone = apply(stone, StoredEntry(stone.version + 1, LATER, news), SETTINGS)
    assert onto_stone.refunds == onto_entries.refunds
    assert [one.is_chargeback for one in onto_stone.refunds] == [False, True]
    assert onto_stone.intent("i1").refund_id == "rf_1"
    assert plan(onto_stone, Tick(), LATER, SETTINGS).orders == ()


def test_a_webhook_that_is_sent_once_more_is_known() -> None:
    stone = pruned(paid().facts)
    again = hook("payment_finished", session("accepted", item("succeeded"), t=10))
    after = apply(stone, StoredEntry(stone.version + 1, LATER, again), SETTINGS)
    assert after.same_facts(stone)
    assert after.digests == stone.digests


def test_what_is_outstanding_in_doubt_contradictory_or_unhandled_is_not_prunable() -> None:
    open_ = Stream(OPENED)
    open_.status(session("in_progress", item(), t=1))
    refunding = paid()
    refunding.status(session("in_progress", item("succeeded", refunds=[refund("rf_1", "in_progress")]), t=20))
    doubtful = paid()
    doubtful.intend(Command.refund)
    contradicting = paid()
    contradicting.add(told(session("accepted", item("failed"), t=30), 1))
    unhandled = paid()
    unhandled.add(attrs.evolve(hook("payment_refunded", session("accepted", item("succeeded"))), for_handlers=True))
    for stream in (open_, refunding, doubtful, contradicting, unhandled):
        assert not is_prunable(stream.facts, SETTINGS, LATER), stream.facts
    digest = unhandled.facts.unhandled[0]
    unhandled.add(Handled(digest=digest))
    assert unhandled.facts.unhandled == ()


def test_a_basket_is_prunable_past_its_horizon_and_an_init_that_was_refused_too() -> None:
    basket = Stream(OPENED)
    assert not is_prunable(basket.facts, SETTINGS, NOON + timedelta(days=1))
    assert is_prunable(basket.facts, SETTINGS, LATER)
    init = Stream(attrs.evolve(OPENED, origin="create"))
    init.intend(Command.init)
    assert not is_prunable(init.facts, SETTINGS, LATER)
    init.add(Refused(intent="i1", code="invalid_request"))
    assert is_prunable(init.facts, SETTINGS, LATER)
    assert pruned(init.facts).intent("i1").code == "invalid_request"


def test_no_bytes_and_no_keys_are_kept() -> None:
    stream = refunded()
    body = tombstone(stream.facts).facts
    assert b"key-i1" not in body
    assert b"return-1" in body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"form":1}',
        b'{"form":"1"}',
        tombstone(refunded().facts).facts.replace(b'"ended":0', b'"ended":"0"'),
        tombstone(refunded().facts).facts.replace(b'"accepted"', b"7"),
        tombstone(refunded().facts).facts.replace(b'"i1"', b"null"),
    ],
)
def test_what_is_no_tombstone_is_corrupt(body: bytes) -> None:
    with pytest.raises(StoreCorruptError):
        apply(EMPTY, StoredEntry(1, NOON, Pruned(facts=body)), SETTINGS)


def test_a_newer_form_is_refused_with_the_cure() -> None:
    body = tombstone(paid().facts).facts.replace(b'"form":1', b'"form":2')
    with pytest.raises(StoreCorruptError, match="upgrade"):
        apply(EMPTY, StoredEntry(1, NOON, Pruned(facts=body)), SETTINGS)
