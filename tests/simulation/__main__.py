"""``python -m tests.simulation --seeds 1000``, or ``--seed 7`` for the timeline of one life."""

from __future__ import annotations

import argparse
import sys

import attrs

from tests.simulation.batch import simulate
from tests.simulation.life import run
from tests.simulation.plan import Plan, draw
from tests.simulation.report import Batch, failure_lines


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _chosen(seed: int, faults: str | None, orders: str | None) -> Plan:
    plan = draw(seed)
    if faults is not None:
        places = [] if faults == "none" else [int(place) for place in faults.split(",")]
        plan = attrs.evolve(plan, faults=tuple(plan.faults[place] for place in places))
    if orders is not None:
        kept = orders.split(",")
        plan = attrs.evolve(
            plan,
            stories=tuple(one for one in plan.stories if one.order in kept),
            payouts=tuple(one for one in plan.payouts if one.order in kept),
        )
    return plan


def main() -> int:
    """Run it; 1 when a rule is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many lives")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--processes", type=int, default=None, help="one per core by default")
    parser.add_argument("--seed", type=int, default=None, help="one life, with its timeline")
    parser.add_argument("--faults", default=None, help="with --seed: only these faults, by number; none for none")
    parser.add_argument("--orders", default=None, help="with --seed: only these orders")
    chosen = parser.parse_args()
    if chosen.seed is None:
        return 0 if simulate(range(chosen.first, chosen.first + chosen.seeds), _say, chosen.processes) else 1
    result = run(_chosen(chosen.seed, chosen.faults, chosen.orders))
    if result.violations:
        for line in failure_lines(result):
            _say(line)
        return 1
    for line in result.timeline:
        _say(line)
    batch = Batch()
    batch.add(result)
    for line in batch.lines(0.0):
        _say(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
