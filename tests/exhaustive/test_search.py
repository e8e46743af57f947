"""Every interleaving of two processes, to a small depth. ``make exhaustive`` searches for a minute."""

from __future__ import annotations

import pytest

from tests.exhaustive.search import STORIES, Story, search
from tests.simulation.mutations import an_answered_cancel_is_the_end, two_open_intents


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_no_interleaving_breaks_a_rule(story: Story) -> None:
    found = search(story, depth=8)
    assert not found.way, "\n".join(found.way)
    assert found.states > 500


def test_the_search_finds_two_open_intents() -> None:
    story = next(one for one in STORIES if one.name == "confirm, cancel")
    with two_open_intents():
        found = search(story, depth=10)
    assert found.way
    assert found.way[-1] == "two open intents"


def test_the_search_finds_an_end_that_is_told_too_early() -> None:
    story = next(one for one in STORIES if one.name == "confirm, cancel")
    with an_answered_cancel_is_the_end():
        found = search(story, depth=10)
    assert found.way
    assert found.way[-1] == "the end is known before the bank has come to it"
