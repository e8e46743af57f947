"""Memory that is bounded, and quick to ask for one session."""

from __future__ import annotations

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from bank131_async.sandbox.history import History


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers())), st.integers(1, 6))
def test_it_keeps_the_last_items_and_finds_those_of_a_session(items: list[tuple[str, int]], limit: int) -> None:
    history: History[int] = History(limit)
    kept: deque[tuple[str, int]] = deque(maxlen=limit)
    for session_id, item in items:
        history.add(session_id, item)
        kept.append((session_id, item))

    assert history.all() == [item for _, item in kept]
    assert len(history) == len(kept)
    for session_id in "abcd":
        assert history.of(session_id) == [item for owner, item in kept if owner == session_id]
