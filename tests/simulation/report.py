"""What a batch of seeds amounted to, and how a failure is told so that it can be played again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import attrs

from tests.simulation.life import Result
from tests.simulation.plan import draw


@attrs.define
class Batch:
    """Sums over many seeds."""

    seeds: int = 0
    events: int = 0
    virtual_s: float = 0.0
    cpu_s: float = 0.0
    injected: Counter[str] = attrs.Factory(Counter)
    excuses: Counter[str] = attrs.Factory(Counter)

    def add(self, result: Result) -> None:
        """Count one more life."""
        self.seeds += 1
        self.events += result.events
        self.virtual_s += result.virtual_s
        self.cpu_s += result.cpu_s
        self.injected.update(result.injected)
        self.excuses.update(result.excuses)

    def lines(self, took_s: float) -> Iterator[str]:
        """The report."""
        rate = self.seeds / took_s if took_s else 0.0
        each = self.events // max(1, self.seeds)
        yield f"{self.seeds} seeds in {took_s:.1f} s: {rate:.1f} seeds/s, {each} events/seed"
        yield f"CPU: {self.cpu_s:.1f} s, {self.seeds / max(self.cpu_s, 1e-9):.1f} seeds per second of a core"
        yield f"virtual time: {self.virtual_s / 3600:.0f} h"
        yield "faults injected:"
        yield from _table(self.injected)
        yield "flows listed for a reason that the design allows:"
        yield from _table(self.excuses)


def _table(counts: Counter[str]) -> Iterable[str]:
    for what, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        yield f"  {count:7}  {what}"


def replay_command(result: Result) -> str:
    """The command that lives the same life again."""
    whole = draw(result.plan.seed)
    keep = [place for place, fault in enumerate(whole.faults) if fault in result.plan.faults]
    orders = [story.order for story in (*result.plan.stories, *result.plan.payouts)]
    return (
        f"python -m tests.simulation --seed {result.plan.seed} --faults {','.join(map(str, keep)) or 'none'} "
        f"--orders {','.join(orders) or 'none'}"
    )


def failure_lines(result: Result) -> Iterator[str]:
    """The broken rules, what was left of the plan, the timeline, and how to see it again."""
    yield f"seed {result.plan.seed} FAILED:"
    yield from (f"  {violation}" for violation in result.violations)
    yield "the bank: " + ", ".join(f"{name}={value}" for name, value in result.plan.switches.items())
    yield from (f"story: {story}" for story in (*result.plan.stories, *result.plan.payouts))
    yield from (f"fault: {fault}" for fault in result.plan.faults)
    yield "timeline:"
    yield from (f"  {line}" for line in result.timeline)
    yield f"again: {replay_command(result)}"
