"""Entries as values."""

from __future__ import annotations

import pytest

from bank131_async.core.machine import Answered, Command, Intended, Observed, Opened, StoredEntry
from tests.support.journals import NOON, OPENED, Stream

_SECRET = b'{"number":"4242424242424242","security_code":"123"}'


@pytest.mark.parametrize(
    "entry",
    [
        Opened(body=_SECRET),
        Observed(source="webhook", digest=_SECRET, body=_SECRET),
        Intended(intent="i1", command=Command.start, key="secret-key", body=_SECRET),
        Answered(intent="i1", body=_SECRET),
    ],
)
def test_no_repr_shows_a_body_or_a_key(entry: Opened | Observed | Intended | Answered) -> None:
    shown = repr(StoredEntry(1, NOON, entry))
    assert "4242" not in shown
    assert "secret-key" not in shown


def test_the_repr_of_facts_shows_no_body_and_no_key() -> None:
    stream = Stream(OPENED)
    stream.intend(Command.start, "i1", body=_SECRET)
    assert "4242" not in repr(stream.facts) + repr(stream.facts.intents)
    assert "key-i1" not in repr(stream.facts) + repr(stream.facts.intents)
