"""Two hundred lives of the whole system. ``make simulate SEEDS=1000`` lives as many as you like."""

from __future__ import annotations

import pytest

from tests.simulation.life import run
from tests.simulation.plan import draw
from tests.simulation.report import failure_lines

_BLOCK = 20


@pytest.mark.parametrize("block", range(10))
def test_whatever_happens_every_decision_is_carried_out_at_most_once_and_ends_in_the_banks_own_state(
    block: int,
) -> None:
    for seed in range(block * _BLOCK, (block + 1) * _BLOCK):
        result = run(draw(seed))
        assert not result.violations, "\n".join(failure_lines(result))
