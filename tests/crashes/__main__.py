"""``python -m tests.crashes --kills 200``: so many on SQLite, and so many on PostgreSQL."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crashes.judge import judge
from tests.crashes.town import town
from tests.support.postgres import Server


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def _run(store: str, address: str, folder: Path, kills: int, seed: int) -> bool:
    began = time.monotonic()
    async with town(folder, address, seed) as place:
        async with place.load():
            await place.kill_often(kills)
        took_s = time.monotonic() - began
        verdict = await judge(place)
    _say(f"{store}: {place.kills} kills in {took_s:.0f} s, seed {seed}")
    for name, count in sorted(
        {**verdict.counts, **{f"the queue heard {k}": v for k, v in place.answers.items()}}.items()
    ):
        _say(f"  {count:6} {name}")
    for fault in verdict.faults:
        _say(f"  FAULT {fault}")
    return not verdict.faults


@contextmanager
def _address(store: str, folder: Path) -> Iterator[str]:
    if store == "sqlite":
        yield f"sqlite:///{folder}/payments.db"
        return
    server = Server.create()
    try:
        server.start()
        yield server.dsn()
    finally:
        server.remove()


def main() -> int:
    """Run it; 1 when something was lost or done twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.crashes", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how many on each store")
    parser.add_argument("--seed", type=int, default=1, help="chance begins with it; the timing is the machine's")
    parser.add_argument("--store", choices=("sqlite", "postgres"), action="append", help="one of them alone")
    chosen = parser.parse_args()
    is_clean = True
    for store in chosen.store or ("sqlite", "postgres"):
        with tempfile.TemporaryDirectory(prefix="b131-") as name, _address(store, Path(name)) as address:
            is_clean &= asyncio.run(_run(store, address, Path(name), chosen.kills, chosen.seed))
    return 0 if is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
