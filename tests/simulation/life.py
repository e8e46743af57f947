"""From a plan to a result: one life in a loop of its own, with nothing left to chance."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import async_solipsism
import attrs

from bank131_async.client import api
from bank131_async.core import signing
from tests.simulation.loop import SimLoop
from tests.simulation.plan import Plan
from tests.simulation.world import World


@attrs.frozen
class Result:
    """What a run was like. ``digest`` is equal for equal lives; ``cpu_s`` is what it cost."""

    plan: Plan
    violations: tuple[str, ...]
    events: int
    virtual_s: float
    injected: dict[str, int]
    excuses: tuple[str, ...]
    timeline: tuple[str, ...]
    digest: str
    cpu_s: float = 0.0


def _result_of(world: World, cpu_s: float) -> Result:
    lines = tuple(f"{at:12.4f}  {what:22} {about}".rstrip() for at, what, about in world.timeline)
    return Result(
        world.plan,
        tuple(world.referee.violations),
        world.loop.events,
        world.loop.time(),
        dict(world.adversary.injected),
        tuple(world.excuses),
        lines,
        hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16],
        cpu_s,
    )


@contextmanager
def _no_chance(seed: int) -> Iterator[None]:
    """What is random in the process is random by the seed."""
    state, real = random.getstate(), api.secrets
    chance = random.Random(f"{seed} client")
    random.seed(seed)
    api.secrets = SimpleNamespace(randbelow=chance.randrange)  # type: ignore[assignment]
    logger = logging.getLogger("bank131")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    least, signing.MINIMUM_KEY_SIZE = signing.MINIMUM_KEY_SIZE, 1024  # the package itself refuses such keys
    try:
        yield
    finally:
        signing.MINIMUM_KEY_SIZE = least
        api.secrets = real
        random.setstate(state)
        logger.setLevel(level)


def run(plan: Plan) -> Result:
    """Live one plan."""
    warnings.simplefilter("ignore", async_solipsism.ResolutionWarning)  # a pause of 1e-16 s is none, and harmless
    began = time.process_time()
    loop = SimLoop()
    loop.beat()
    failures: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: failures.append(context))

    async def born() -> World:
        return World(plan, loop)

    with _no_chance(plan.seed):
        asyncio.set_event_loop(loop)
        world = loop.run_until_complete(born())
        try:
            loop.run_until_complete(world.live())
        except AssertionError as error:  # the loop says that something spins, or that nothing happens any more
            world.referee.fail(str(error))
        finally:
            for failure in failures:
                world.referee.fail(f"unhandled: {failure.get('message')} {failure.get('exception')!r}")
            result = _result_of(world, time.process_time() - began)
            loop.run_until_complete(world.end())
            asyncio.set_event_loop(None)
            loop.close()
    return result
