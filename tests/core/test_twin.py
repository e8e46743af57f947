"""Values that are made without their ``__init__`` are the same as those that are made with it."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import attrs
import pytest

from bank131_async.core._twin import maker_of
from bank131_async.core.machine import Facts
from bank131_async.stores import Appended

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_made_value_is_like_any_other() -> None:
    made = maker_of(Appended)(3, at=AT)
    assert type(made) is Appended
    assert made == Appended(3, AT)
    assert hash(made) == hash(Appended(3, AT))
    assert repr(made) == repr(Appended(3, AT))
    assert pickle.loads(pickle.dumps(made)) == made
    assert attrs.evolve(made, version=4) == Appended(4, AT)


def test_it_cannot_be_changed_afterwards() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        maker_of(Appended)(3, AT).version = 4  # type: ignore[misc]


def test_all_fields_have_to_be_given() -> None:
    with pytest.raises(TypeError, match="ahead"):
        maker_of(Facts)(1)
