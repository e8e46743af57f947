"""Sessions of several operations in the fold: the promises that hold for one payment hold for all of them together."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bank131_async.core.machine import (
    Cancelled,
    Command,
    Entry,
    Facts,
    Failed,
    Observed,
    Opened,
    Phase,
    StoredEntry,
    Succeeded,
    decode_entry,
    encode_entry,
    ending_of,
    fold,
    is_prunable,
    tombstone,
)
from tests.support.journals import NOON, SETTINGS, Stream, status, stored, webhook

Orders = st.randoms(use_true_random=False)
OPENED = Opened(kind="multi", origin="create")
_LISTS = {"v1": ("acquiring_payments", "payments"), "v2": ("payment_list", "payout_list")}


@dataclass
class Batch:
    """The bank's side of one session of several operations, and the webhooks that it has sent."""

    version: str
    timed: bool
    kinds: list[str]
    status: str = "in_progress"
    asks_confirm: bool = False
    ticks: int = 0
    items: list[dict[str, Any]] = field(default_factory=list)
    webhooks: list[Observed] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number, kind in enumerate(self.kinds, 1):
            prefix = "pm" if kind == "payment" else "po"
            amount = {"amount": 1000 * number, "currency": "RUB"}
            self.items.append({"id": f"{prefix}_{number}", "status": "in_progress", "amount_details": amount})

    def session(self) -> dict[str, Any]:
        """As the bank renders it now."""
        shown: dict[str, Any] = {"id": "ps_1", "status": self.status}
        if self.timed:
            shown["updated_at"] = f"2026-11-22T10:00:{self.ticks:02}.000000Z"
        if self.asks_confirm:
            shown["next_action"] = "confirm"
        for name, kind in zip(_LISTS[self.version], ("payment", "payout"), strict=True):
            own = [item for item, one in zip(self.items, self.kinds, strict=True) if one == kind]
            if own:
                shown[name] = own
        return shown

    def answer(self) -> bytes:
        """What ``session/status`` answers now."""
        return json.dumps({"status": "ok", "session": self.session()}).encode()

    def send(self, event_type: str) -> None:
        body = json.dumps({"type": event_type, "session": self.session()}).encode()
        self.webhooks.append(webhook(event_type, body))

    def ask_confirm(self) -> None:
        self.ticks += 1
        self.asks_confirm = True
        for item in self.items:
            item["status"] = "pending"
        self.send("ready_to_confirm")

    def confirmed(self) -> None:
        self.ticks += 1
        self.asks_confirm = False

    def ask_action(self, item: dict[str, Any]) -> None:
        self.ticks += 1
        url = f"https://acs.example/{item['id']}"
        item["customer_interaction"] = {"type": "redirect", "redirect": {"url": url}}
        self.send("action_required")

    def end(self, item: dict[str, Any], result: str) -> None:
        self.ticks += 1
        item.pop("customer_interaction", None)
        item["status"] = result
        if result == "failed":
            item["error"] = {"code": "bank_card_expired", "description": "as the bank words it"}
        if all(one["status"] in ("succeeded", "failed") for one in self.items):
            self.status = "accepted"
        self.send("payment_finished")

    def cancel(self) -> None:
        self.ticks += 1
        self.status, self.asks_confirm = "cancelled", False
        for item in self.items:
            item["status"] = "failed"
        self.send("payment_finished")

    def refund(self, item: dict[str, Any]) -> None:
        self.ticks += 1
        money = {"amount": 500, "currency": "RUB"}
        item["refunds"] = [{"id": f"rf_{item['id']}", "status": "accepted", "amount_details": money}]
        self.send("payment_refunded")


@st.composite
def batches(draw: st.DrawFn, *, whole: bool = False) -> Batch:
    """A session's life, to its end or (unless ``whole``) up to any moment."""
    rest = draw(st.lists(st.sampled_from(["payment", "payout"]), max_size=2))
    batch = Batch(draw(st.sampled_from(["v1", "v2"])), draw(st.booleans()), ["payment", "payout", *rest])
    stop = 99 if whole else draw(st.integers(0, 9))
    for number, _ in enumerate(_life(draw, batch)):
        if number >= stop:
            break
    return batch


def _life(draw: st.DrawFn, batch: Batch) -> Any:
    yield
    if draw(st.booleans()):
        batch.ask_confirm()
        yield
        if draw(st.integers(0, 3)) == 0:
            batch.cancel()
            yield
            return
        batch.confirmed()
        yield
    for item in draw(st.permutations(batch.items)):
        if item["id"].startswith("pm") and draw(st.booleans()):
            batch.ask_action(item)
            yield
        batch.end(item, draw(st.sampled_from(["succeeded", "succeeded", "failed"])))
        yield
    for item in batch.items:
        if item["status"] == "succeeded" and draw(st.integers(0, 3)) == 0:
            batch.refund(item)
            yield


def _shuffled(batch: Batch, chance: random.Random, *, lossy: bool) -> list[Entry]:
    kept = [hook for hook in batch.webhooks if not lossy or chance.random() < 0.6]
    kept += [chance.choice(kept) for _ in range(chance.randrange(3)) if kept]
    chance.shuffle(kept)
    return list(kept)


def _asked(entries: list[Entry], batch: Batch) -> Facts:
    return fold(stored([*entries, status(batch.answer(), len(entries))]), SETTINGS)


@given(batches(), Orders)
def test_what_grows_is_the_same_for_webhooks_in_any_order_with_any_repetitions(
    batch: Batch, chance: random.Random
) -> None:
    straight = fold(stored([OPENED, *batch.webhooks]), SETTINGS)
    mixed = fold(stored([OPENED, *_shuffled(batch, chance, lossy=False)]), SETTINGS)
    assert mixed.growing == straight.growing


@given(batches(), Orders)
def test_one_answer_makes_all_facts_equal_whatever_was_lost_and_whenever_it_was_opened(
    batch: Batch, chance: random.Random
) -> None:
    mixed = _shuffled(batch, chance, lossy=True)
    mixed.insert(chance.randrange(len(mixed) + 1), OPENED)
    one, other = _asked([OPENED, *batch.webhooks], batch), _asked(mixed, batch)
    assert one.same_facts(other)
    assert not one.question_open
    assert not one.troubles


@given(batches(whole=True), Orders)
def test_each_operation_ends_as_the_bank_says(batch: Batch, chance: random.Random) -> None:
    entries = _shuffled(batch, chance, lossy=True)
    entries.insert(chance.randrange(len(entries) + 1), OPENED)
    facts = _asked(entries, batch)
    told = {item["id"]: item["status"] for item in batch.items}
    assert {one.id: "succeeded" if one.succeeded else "failed" for one in facts.attempts} == told
    assert facts.phase is Phase.PAYMENT_FINISHED
    assert len(facts.refunds) == sum("refunds" in item for item in batch.items)
    if batch.status == "cancelled":
        assert isinstance(facts.outcome, Cancelled)
        assert all(isinstance(ending_of(one, (), facts.ended), Cancelled) for one in facts.attempts)
    else:
        assert isinstance(facts.outcome, Failed if "failed" in told.values() else Succeeded)


@given(batches(), Orders)
def test_there_is_no_end_before_the_whole_session_has_ended(batch: Batch, chance: random.Random) -> None:
    facts = fold(stored([OPENED, *_shuffled(batch, chance, lossy=True)]), SETTINGS)
    if batch.status == "in_progress":
        assert facts.outcome is None
        assert facts.phase is not Phase.PAYMENT_FINISHED


@given(batches(whole=True), Orders)
def test_a_tombstone_holds_every_operation_and_takes_late_news(batch: Batch, chance: random.Random) -> None:
    before = _asked([OPENED, *_shuffled(batch, chance, lossy=True)], batch)
    assert is_prunable(before, SETTINGS, NOON)
    stone = StoredEntry(before.version + 1, NOON, decode_entry(encode_entry(tombstone(before))))
    after = fold([stone], SETTINGS)
    assert (after.kind, after.outcome, after.attempts, after.refunds) == (
        "multi",
        before.outcome,
        before.attempts,
        before.refunds,
    )
    first = batch.items[0]
    first["status"] = "succeeded"
    batch.refund(first)
    late = [StoredEntry(after.version + 1, NOON, batch.webhooks[-1])]
    assert [one.attempt for one in fold(late, SETTINGS, after).refunds].count(first["id"]) == 1


@pytest.mark.parametrize("origin", ["create", "init", "attach"])
def test_webhooks_that_came_before_it_was_opened_are_asked_about(origin: Any) -> None:
    batch = Batch("v2", True, ["payment", "payout"])
    batch.end(batch.items[0], "succeeded")
    alone = {**batch.session(), "payout_list": None}
    only_one = webhook("payment_finished", json.dumps({"type": "payment_finished", "session": alone}).encode())
    facts = fold(stored([only_one, Opened(kind="multi", origin=origin)]), SETTINGS)
    assert facts.outcome is None
    assert facts.question_open, "what was read as one payment's is not known any more"


@example("accepted")
@given(st.sampled_from(["accepted", "cancelled"]))
def test_an_end_without_its_operations_is_no_success(ended: str) -> None:
    bare = status(json.dumps({"status": "ok", "session": {"id": "ps_1", "status": ended}}).encode(), 1)
    facts = fold(stored([OPENED, bare]), SETTINGS)
    if ended == "accepted":
        assert facts.outcome is None, "which operations there were, and how they ended, is not known"
    else:
        assert isinstance(facts.outcome, Cancelled)


def test_a_lost_confirmation_is_settled_by_what_the_bank_shows_of_the_operation_that_it_was_for() -> None:
    batch = Batch("v2", True, ["payment", "payout"])
    stream = Stream(OPENED)
    batch.ask_confirm()
    stream.status(batch.session())
    assert stream.facts.phase is Phase.READY_TO_CONFIRM
    stream.intend(Command.confirm)
    assert stream.facts.open_intent is not None
    batch.confirmed()
    batch.end(batch.items[0], "failed")
    stream.status(batch.session())
    assert stream.facts.open_intent is not None
    assert stream.facts.open_intent.proof == "done", "it waits for no confirmation any more"


def test_the_step_is_that_of_the_operation_that_somebody_has_to_act_on() -> None:
    batch = Batch("v2", True, ["payment", "payout"])
    batch.ask_action(batch.items[0])
    facts = fold(stored([OPENED, *batch.webhooks]), SETTINGS)
    assert (facts.phase, facts.attempt) == (Phase.ACTION_REQUIRED, "pm_1"), "the payout that is under way asks nobody"
    assert facts.interaction is not None


@pytest.mark.parametrize("says_capture", [True, False])
def test_it_is_the_payment_that_is_held_and_captured_and_never_the_payout(says_capture: bool) -> None:
    batch = Batch("v2", True, ["payment", "payout"])
    for one in batch.items:
        one["status"] = "pending"
    held = batch.session() | ({"next_action": "capture"} if says_capture else {})
    stream = Stream(OPENED)
    stream.add(webhook("ready_to_capture", json.dumps({"type": "ready_to_capture", "session": held}).encode()))
    stream.status(held)
    assert [one.id for one in stream.facts.attempts if one.held] == ["pm_1"]
    if not says_capture:
        return
    assert (stream.facts.phase, stream.facts.attempt) == (Phase.READY_TO_CAPTURE, "pm_1")
    stream.intend(Command.capture)
    batch.items[1]["status"] = "succeeded"
    stream.status(batch.session() | {"next_action": "capture"})
    assert stream.facts.open_intent is not None
    assert stream.facts.open_intent.proof is None, "that the payout has succeeded says nothing of the capture"
