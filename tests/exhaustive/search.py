"""Plain breadth-first search over all states, each visited once."""

from __future__ import annotations

import time
from collections.abc import Sequence

import attrs

from bank131_async.core.machine import Command
from tests.exhaustive.model import State, Story, broken, steps

STORIES = (
    Story("start, start", "created", (Command.start, None)),
    Story("start, cancel", "created", (Command.start, Command.cancel)),
    Story("confirm, confirm", "confirm", (Command.confirm, Command.confirm)),
    Story("confirm, cancel", "confirm", (Command.confirm, Command.cancel), with_time=False),
    Story("capture, cancel", "held", (Command.capture, Command.cancel)),
    Story("capture, capture", "held", (Command.capture, Command.capture), with_time=False),
    Story("refund, refund", "succeeded", (Command.refund, Command.refund)),
    Story("refund, refund, no echo", "succeeded", (Command.refund, Command.refund), echoes=False, with_time=False),
)


@attrs.frozen
class Found:
    """``way``: the steps to a broken state, shortest first, with what is broken at its end; empty if there is none."""

    states: int
    transitions: int
    depth: int
    is_complete: bool
    way: Sequence[str] = ()


def search(story: Story, *, depth: int = 1000, seconds: float = 1e9, most: int = 10_000_000) -> Found:
    """Visit every state that can be reached within ``depth`` steps, ``seconds`` or ``most`` states."""
    ends = time.monotonic() + seconds
    first = story.begin()
    came_from: dict[State, tuple[State, str] | None] = {first: None}
    layer, transitions, reached = [first], 0, 0
    while layer and reached < depth:
        following: list[State] = []
        for state in layer:
            for name, after in steps(story, state):
                transitions += 1
                if after in came_from:
                    continue
                came_from[after] = (state, name)
                wrong = broken(after)
                if wrong is not None:
                    return Found(len(came_from), transitions, reached + 1, False, (*_way(came_from, after), wrong))
                following.append(after)
            if time.monotonic() > ends or len(came_from) > most:
                return Found(len(came_from), transitions, reached, False)
        layer, reached = following, reached + 1
    return Found(len(came_from), transitions, reached, not layer)


def _way(came_from: dict[State, tuple[State, str] | None], state: State) -> list[str]:
    names: list[str] = []
    step = came_from[state]
    while step is not None:
        names.append(step[1])
        step = came_from[step[0]]
    return names[::-1]


def searched(job: tuple[int, float]) -> Found:
    """``search`` for a pool of processes: the place of a story, and its seconds."""
    place, seconds = job
    return search(STORIES[place], seconds=seconds)
