"""What an import costs in fresh interpreters, against ``import aiohttp``; an interpreter's own start is taken off.

Targets: the package at most a quarter of aiohttp, the webhook reader with all that it needs at most three quarters.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator

from benchmarks.harness import Case, Ratio


def cases(quick: bool) -> Iterator[Case]:
    """Two imports, and the check that neither loads aiohttp."""
    del quick
    for statement, target in (
        ("import bank131_async", 0.25),
        ("from bank131_async.core.webhook import read_webhook", 0.75),
    ):
        _run(f"{statement}\nimport sys\nassert 'aiohttp' not in sys.modules")
        yield Ratio(
            f"{statement} / import aiohttp", _import_of(statement), _import_of("import aiohttp"), 5, cost_at_most=target
        )


def _import_of(statement: str) -> Callable[[int], float]:
    def cost(number: int) -> float:
        return sum(_run(statement) - _run("") for _ in range(number))

    return cost


def _run(statement: str) -> float:
    """CPU seconds of a fresh interpreter that runs the statement."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
