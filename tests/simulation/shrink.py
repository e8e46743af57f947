"""Makes a failing life small: takes faults, stories and refunds away while it still fails in the same way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import attrs

from tests.simulation.life import Result
from tests.simulation.plan import Plan

Run = Callable[[Plan], Result]


def shrunk(result: Result, run: Run, *, most_runs: int = 120) -> Result:
    """The smallest life found that breaks the same rule."""
    rule = rule_of(result)
    left = most_runs
    smaller = True
    while smaller and left > 0:
        smaller = False
        for plan in _smaller(result.plan):
            left -= 1
            tried = run(plan)
            if tried.violations and rule_of(tried) == rule:
                result, smaller = tried, True
                break
            if left <= 0:
                break
    return result


def rule_of(result: Result) -> str:
    """The first violation without names and numbers."""
    return re.sub(r"\w+_\d+|order-\d+|payout-\d+|r\d\b|\d+(\.\d+)?", "*", result.violations[0].split(":", 1)[-1])[:60]


def _smaller(plan: Plan) -> Iterator[Plan]:
    """Smaller plans, boldest first."""
    faults = plan.faults
    size = len(faults) // 2
    while size >= 1:
        for start in range(0, len(faults), size):
            yield attrs.evolve(plan, faults=faults[:start] + faults[start + size :])
        size //= 2
    for place in range(len(plan.stories)):
        yield attrs.evolve(plan, stories=plan.stories[:place] + plan.stories[place + 1 :])
    for place in range(len(plan.payouts)):
        yield attrs.evolve(plan, payouts=plan.payouts[:place] + plan.payouts[place + 1 :])
    for place, story in enumerate(plan.stories):
        for gone in range(len(story.refunds)):
            slim = attrs.evolve(story, refunds=story.refunds[:gone] + story.refunds[gone + 1 :])
            yield attrs.evolve(plan, stories=(*plan.stories[:place], slim, *plan.stories[place + 1 :]))
