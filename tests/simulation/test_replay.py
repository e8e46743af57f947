"""A seed is a life: it can be lived again, made small, and told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.simulation.batch import simulate
from tests.simulation.life import run
from tests.simulation.mutations import MUTATIONS
from tests.simulation.plan import draw
from tests.simulation.report import failure_lines, replay_command
from tests.simulation.shrink import rule_of, shrunk

_DIGESTS = """
from tests.simulation.plan import draw
from tests.simulation.life import run
print([run(draw(seed)).digest for seed in range(12)])
"""
_ROOT = Path(__file__).parents[2]


def test_the_same_seed_is_the_same_life() -> None:
    for seed in range(6):
        one, other = run(draw(seed)), run(draw(seed))
        assert one.timeline == other.timeline
        assert one.events == other.events
    assert run(draw(1)).digest != run(draw(2)).digest


def test_the_same_seed_is_the_same_life_in_every_process_whatever_the_order_of_hashes() -> None:
    lives = [
        subprocess.run(
            [sys.executable, "-c", _DIGESTS],
            env={**os.environ, "PYTHONHASHSEED": hashes, "PYTHONPATH": str(_ROOT)},
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hashes in ("1", "2")
    ]
    assert lives[0] == lives[1]


def test_a_failing_life_is_made_small_and_still_fails_in_the_same_way() -> None:
    mutation = next(one for one in MUTATIONS if one.name == "two open intents")
    whole = mutation.hunt(run)
    assert whole is not None
    with mutation.put_in():
        small = shrunk(whole, run)
    assert rule_of(small) == rule_of(whole)
    assert len(small.plan.faults) < len(whole.plan.faults)
    told = "\n".join(failure_lines(small))
    assert "VIOLATION" in told
    assert replay_command(small) in told


def test_a_batch_tells_what_it_did() -> None:
    lines: list[str] = []
    assert simulate(range(6), lines.append, processes=1)
    told = "\n".join(lines)
    assert "6 seeds in" in told
    assert "events/seed" in told
    assert "faults injected:" in told


def test_a_batch_stops_at_the_first_failure_and_tells_how_to_live_it_again() -> None:
    mutation = next(one for one in MUTATIONS if one.name == "rank")
    lines: list[str] = []
    with mutation.put_in():
        assert not simulate(range(6), lines.append, processes=1)
    assert lines[0].endswith("FAILED:")
    assert lines[-1].startswith("again: python -m tests.simulation --seed ")
