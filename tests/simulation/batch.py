"""Many seeds over all cores; the first failure is made small."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator

import attrs

from tests.simulation.life import Result, run
from tests.simulation.plan import draw
from tests.simulation.report import Batch, failure_lines
from tests.simulation.shrink import shrunk

Tell = Callable[[str], object]


def _live(seed: int) -> Result:
    result = run(draw(seed))
    # Only a failure needs its story; ten thousand of the others would fill the memory.
    return result if result.violations else attrs.evolve(result, timeline=())


def lives(seeds: Iterable[int], processes: int) -> Iterator[Result]:
    """The results, in the order of the seeds."""
    if processes <= 1:
        yield from map(_live, seeds)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap(_live, seeds, chunksize=8)


def simulate(seeds: range, tell: Tell, processes: int | None = None) -> bool:
    """Live all seeds and report; False, with a minimal timeline, at the first that fails."""
    batch, began = Batch(), time.monotonic()
    workers = min(processes or os.cpu_count() or 1, max(1, len(seeds) // 8))
    for result in lives(seeds, workers):
        batch.add(result)
        if result.violations:
            for line in failure_lines(shrunk(result, run)):
                tell(line)
            return False
    for line in batch.lines(time.monotonic() - began):
        tell(line)
    return True
