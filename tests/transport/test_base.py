from __future__ import annotations

import math

import pytest

from bank131_async.errors import ConfigurationError
from bank131_async.transport import Timeout


@pytest.mark.parametrize("phase", ["connect", "tls", "read", "total"])
@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan, True, "5", None])
def test_a_timeout_that_is_not_a_number_of_seconds_is_refused_by_name(phase: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=f"timeout.{phase} must be"):
        Timeout(**{phase: value})  # type: ignore[arg-type]


def test_a_timeout_keeps_what_it_is_given() -> None:
    assert Timeout(connect=1, tls=2, read=3, total=4.5) == Timeout(1, 2, 3, 4.5)
