"""The fold: order of processing, order of delivery, losses. The promises of the design as properties."""

from __future__ import annotations

import random
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.core.machine import EMPTY, Cancelled, Facts, Failed, Observed, Opened, Phase, Succeeded, apply, fold
from tests.support.bank_model import Story, stories
from tests.support.journals import SETTINGS, status, stored, webhook

Orders = st.randoms(use_true_random=False)


def _opened(story: Story) -> Opened:
    kind: Any = story.style.kind
    return Opened(kind=kind, amount=story.amount, currency="rub")


def _hooks(story: Story) -> list[Observed]:
    return [webhook(event_type, body) for event_type, body in story.webhooks]


def _shuffled(story: Story, chance: random.Random, *, lossy: bool) -> list[Observed]:
    """The webhooks permuted and repeated; with losses where those are allowed."""
    hooks = _hooks(story)
    kept = [hook for hook in hooks if not lossy or chance.random() < 0.6]
    kept += [chance.choice(kept) for _ in range(chance.randrange(3)) if kept]
    chance.shuffle(kept)
    return kept


def _known_by_type(facts: Facts) -> bool:
    return any(attempt.held for attempt in facts.attempts)


def _comparable(facts: Facts, *, forget_hold: bool) -> tuple[object, ...]:
    """All facts but version and history; without the hold that only a webhook's type told of, if so wished."""
    attempts, phase = facts.attempts, facts.phase
    if forget_hold:
        attempts = tuple(attrs.evolve(one, held=False) for one in attempts)
        if phase is Phase.READY_TO_CAPTURE and facts.reading is not None and facts.reading.silent:
            phase = Phase.IN_PROGRESS
    told = (facts.outcome, facts.refunds, facts.conflict, facts.ended, facts.opening, facts.handled_by, facts.intents)
    return (attempts, phase, facts.interaction, facts.question_open, facts.readings, facts.newest, told)


@given(stories(), Orders)
def test_the_growing_part_is_the_same_for_webhooks_in_any_order_with_any_repetitions(
    story: Story, chance: random.Random
) -> None:
    straight = fold(stored([_opened(story), *_hooks(story)]), SETTINGS)
    entries: list[Any] = _shuffled(story, chance, lossy=False)
    entries.insert(chance.randrange(len(entries) + 1), _opened(story))
    mixed = fold(stored(entries), SETTINGS)
    assert mixed.growing == straight.growing


@given(stories(), Orders)
def test_one_status_answer_asked_afterwards_makes_all_facts_equal_whatever_was_lost(
    story: Story, chance: random.Random
) -> None:
    straight = [_opened(story), *_hooks(story)]
    mixed = [_opened(story), *_shuffled(story, chance, lossy=True)]
    one = fold(stored([*straight, status(story.answer(), len(straight))]), SETTINGS)
    other = fold(stored([*mixed, status(story.answer(), len(mixed))]), SETTINGS)
    forget_hold = _known_by_type(one) or _known_by_type(other)
    assert _comparable(one, forget_hold=forget_hold) == _comparable(other, forget_hold=forget_hold)
    if not forget_hold:
        assert one.same_facts(other)
    assert not one.question_open


@given(stories(), Orders)
def test_after_that_answer_the_facts_say_what_the_bank_says(story: Story, chance: random.Random) -> None:
    entries = [_opened(story), *_shuffled(story, chance, lossy=True)]
    facts = fold(stored([*entries, status(story.answer(), len(entries))]), SETTINGS)
    assert facts.phase in _phases(story), facts
    assert _outcome(facts) == _result(story)
    assert facts.conflict is None
    items = story.items if story.style.ids else [{**one, "id": f"#{at}"} for at, one in enumerate(story.items)]
    assert [one.id for one in facts.attempts] == [one["id"] for one in items]
    assert [one.id for one in facts.attempts if one.succeeded] == [
        one["id"] for one in items if one["status"] == "succeeded"
    ]
    told = {one.id: (one.status, one.amount, one.is_chargeback) for one in facts.refunds}
    assert told == {
        one["id"]: (one["status"], one["amount"], one["chargeback"]) for item in story.items for one in item["refunds"]
    }


def _outcome(facts: Facts) -> object:
    match facts.outcome:
        case Failed(error):
            return "failed", error.code if error else None
        case Cancelled(by):
            return "cancelled", by
        case Succeeded():
            return "succeeded"
        case None:
            return None


def _result(story: Story) -> object:
    """How the story ended, in the words of the design: look at the item, then at the session."""
    last = story.items[-1] if story.items else {"status": "none"}
    error = last.get("error")
    if last["status"] == "succeeded":
        return "succeeded"
    if story.status == "cancelled":
        timed_out = error in ("confirm_timeout", "capture_timeout")
        return (
            ("cancelled", "time_limit" if timed_out else "unknown") if error is None or timed_out else ("failed", error)
        )
    if story.status == "error" and error == "bank_card_expired":
        return "failed", error
    return None


def _phases(story: Story) -> set[Phase]:
    """The phase, or the two between which only a webhook's type could decide."""
    if _result(story) is not None:
        return {Phase.PAYMENT_FINISHED}
    if story.status == "error":
        return {Phase.OUTCOME_UNKNOWN}
    if story.next_action:
        return {Phase.READY_TO_CONFIRM if story.next_action == "confirm" else Phase.READY_TO_CAPTURE}
    if not story.items:
        return {Phase.CREATED}
    if "interaction" in story.items[-1]:
        return {Phase.ACTION_REQUIRED}
    held = story.items[-1]["status"] == "pending"
    return {Phase.IN_PROGRESS, Phase.READY_TO_CAPTURE} if held else {Phase.IN_PROGRESS}


@given(stories(), Orders, st.integers(0, 30))
def test_folding_step_by_step_equals_folding_at_once_in_any_order_of_processing(
    story: Story, chance: random.Random, split: int
) -> None:
    hooks: list[Any] = _shuffled(story, chance, lossy=True)
    entries = [*hooks[:split], _opened(story), *hooks[split:]]
    entries.append(status(story.answer(), chance.randrange(len(entries) + 1)))
    journal = stored(entries)
    at_once = fold(journal, SETTINGS)
    mixed = journal * 2
    chance.shuffle(mixed)
    facts = EMPTY
    for one in mixed:
        facts = apply(facts, one, SETTINGS)
    assert facts == at_once
    assert fold(journal[split:], SETTINGS, fold(journal[:split], SETTINGS)) == at_once


@given(stories())
def test_a_gap_is_not_jumped(story: Story) -> None:
    journal = stored([_opened(story), *_hooks(story), status(story.answer(), 1)])
    without_second = fold([one for one in journal if one.version != 2], SETTINGS)
    assert without_second.version == 1
    assert without_second.phase is Phase.CREATED
    assert fold(journal[2:], SETTINGS, without_second) == without_second
    assert apply(without_second, journal[1], SETTINGS) == fold(journal, SETTINGS)
