"""Times of the bank."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta

import pytest

from bank131_async.core.models import Timestamp

TEXT = "2020-05-29T07:01:37.499907Z"


@pytest.mark.parametrize(
    ("text", "moment", "precision"),
    [
        (TEXT, datetime(2020, 5, 29, 7, 1, 37, 499907, tzinfo=UTC), 6),
        ("2024-02-07T23:50:52Z", datetime(2024, 2, 7, 23, 50, 52, tzinfo=UTC), 0),
        ("2025-03-01T02:57:31.25+03:00", datetime(2025, 2, 28, 23, 57, 31, 250000, tzinfo=UTC), 2),
        ("2025-03-01T02:57:31.123456789Z", datetime(2025, 3, 1, 2, 57, 31, 123456, tzinfo=UTC), 9),
    ],
)
def test_a_time_is_utc_and_keeps_its_text(text: str, moment: datetime, precision: int) -> None:
    time = Timestamp.parse(text)
    assert time == moment
    assert hash(time) == hash(moment)
    assert time.tzinfo is UTC
    assert time.text == text
    assert time.precision == precision


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda time: pickle.loads(pickle.dumps(time))])
def test_copies_keep_the_text(copied: object) -> None:
    time = Timestamp.parse("2025-03-01T02:57:31+03:00")
    other = copied(time)
    assert type(other) is Timestamp
    assert other == time
    assert other.text == time.text


@pytest.mark.parametrize("text", ["2020-05-29T07:01:37", "2020-05-29", "soon", "", "0001-01-01T00:00:00+03:00"])
def test_a_time_without_a_zone_or_sense_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(ValueError, match=r"^expected an ISO 8601 time with a zone$"):
        Timestamp.parse(text)


def test_a_time_made_from_a_datetime_is_written_as_the_bank_writes() -> None:
    moment = datetime(2020, 5, 29, 7, 1, 37, 499907, tzinfo=UTC)
    assert Timestamp.of(moment).text == TEXT
    assert Timestamp.of(datetime(905, 1, 2, tzinfo=UTC)).text == "0905-01-02T00:00:00.000000Z"
    with pytest.raises(ValueError, match="with a zone"):
        Timestamp.of(moment.replace(tzinfo=None))


def test_results_of_arithmetic_have_a_text_of_their_own() -> None:
    later = Timestamp.parse("2024-02-07T23:50:52Z") + timedelta(seconds=8)
    assert later.text == "2024-02-07T23:51:00+00:00"
    assert later.precision == 0
    with pytest.raises(AttributeError):
        later.absent  # noqa: B018
