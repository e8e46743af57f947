"""Real processes are killed with SIGKILL under a stream of payments, and the bank's ledger has the last word.

``make crashes KILLS=200`` kills as often as you like.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crashes.judge import judge
from tests.crashes.town import town

_KILLS = 10


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty journal is."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/payments.db"
    return str(request.getfixturevalue("postgres_dsn"))


@pytest.mark.asyncio
async def test_whatever_is_killed_nothing_is_lost_and_nothing_is_done_twice(address: str, tmp_path: Path) -> None:
    async with town(tmp_path, address, seed=_KILLS) as place:
        async with place.load():
            await place.kill_often(_KILLS)
        verdict = await judge(place)
    assert verdict.faults == []
    assert place.kills == _KILLS
