"""The success that is folded in one go: it must say what the long way says, or nothing."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.core.machine import EMPTY, Answered, Command, Facts, Intended, Observed, Opened, Phase, apply
from bank131_async.core.machine.fold import read_session
from bank131_async.core.machine.usual import usual_success
from tests.support.bank_model import Story, stories
from tests.support.journals import NOON, OPENED, SETTINGS, folded, hook, item, refund, session, status, stored, webhook

COMMANDS: list[Any] = [
    Intended(intent="i1", command=Command.start, key="k1"),
    Answered(intent="i1"),
    Intended(intent="i2", command=Command.confirm, key="k2", attempt="pm_1"),
    Intended(intent="i3", command=Command.refund, key="k3", amount=100, currency="rub"),
]


@given(stories(), st.randoms(use_true_random=False), st.booleans())
def test_the_short_way_folds_whatever_it_takes_on_as_the_long_way_does(
    story: Story, chance: random.Random, opened_as_payout: bool
) -> None:
    entries: list[Any] = [webhook(event_type, body) for event_type, body in story.webhooks]
    entries += [chance.choice(entries) for _ in range(chance.randrange(3)) if entries]
    entries += [*chance.sample(COMMANDS, chance.randrange(len(COMMANDS))), status(story.answer(), chance.randrange(4))]
    chance.shuffle(entries)
    entries.insert(chance.randrange(3), Opened(kind="payout" if opened_as_payout else "payment", amount=10_000))
    facts = EMPTY
    for one in stored(entries):
        long_way = apply(facts, one, SETTINGS)
        if isinstance(one.entry, Observed):
            assert apply(facts, one, SETTINGS, session=read_session(one.entry.body)) == long_way
        facts = long_way


def _news(event_type: str = "payment_finished", *items: dict[str, Any], **more: Any) -> Observed:
    return hook(event_type, session("accepted", *(items or (item("succeeded"),)), t=9, **more))


def _short(news: Observed, facts: Facts) -> Facts | None:
    return usual_success(facts, news, read_session(news.body), facts.version + 1, NOON)


def test_a_plain_success_takes_the_short_way() -> None:
    facts = _short(_news(), folded(OPENED))
    assert facts is not None
    assert facts.has_succeeded
    assert facts.phase is Phase.PAYMENT_FINISHED


@pytest.mark.parametrize(
    "news",
    [
        _news("ready_to_confirm"),
        _news("payment_finished", item("failed")),
        _news("payment_finished", item("succeeded", refunds=[refund("rf_1")])),
        _news("payment_finished", item("succeeded", None)),
        _news("payment_finished", item("failed"), item("succeeded", "pm_2")),
        _news(payout_list=[{"id": "po_1", "status": "succeeded"}]),
    ],
    ids=["another type", "failed", "refunded", "without an id", "the second attempt", "a payout beside it"],
)
def test_what_is_not_plain_is_left_to_the_long_way(news: Observed) -> None:
    assert _short(news, folded(OPENED)) is None


def test_news_on_odd_facts_is_left_to_the_long_way() -> None:
    failed = hook("payment_finished", session("cancelled", item("failed"), t=1))
    assert _short(_news(), folded(OPENED, failed)) is None
    assert _short(_news(), folded(Opened(kind="payout"))) is None
    assert _short(_news(), folded(OPENED, hook("ready_to_confirm", session(t=10)))) is None, "older than what is known"
