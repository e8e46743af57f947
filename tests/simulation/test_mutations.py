"""The simulation can find bugs: it finds each of these, in lives that the SDK as it is lives without a fault."""

from __future__ import annotations

import pytest

from tests.simulation.life import run
from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.payout_mutations import PAYOUT_MUTATIONS
from tests.simulation.plan import draw
from tests.simulation.report import failure_lines

_ALL = (*MUTATIONS, *PAYOUT_MUTATIONS)


@pytest.mark.parametrize("mutation", _ALL, ids=lambda mutation: mutation.name)
def test_the_simulation_finds_the_mutation_and_only_the_mutation(mutation: Mutation) -> None:
    found = mutation.hunt(run)
    assert found is not None, f"not found: {mutation.breaks}"
    healthy = run(draw(found.plan.seed, mutation.weights))
    assert not healthy.violations, "\n".join(failure_lines(healthy))


def test_there_are_enough_of_them() -> None:
    assert len({mutation.name for mutation in _ALL}) == len(_ALL) >= 16
