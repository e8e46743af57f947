"""Fixtures for all tests."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import postgres

# No deadline: on a busy machine a slow example says something of the neighbours, not of the code. In CI the same
# examples are tried every time, so that a run tells of the change; at a desk new ones are looked for.
settings.register_profile(
    "house", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", settings.get_profile("house"), derandomize=False, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root folder of the checkout."""
    return Path(__file__).parent.parent


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Server]:
    """A running PostgreSQL, one for all workers of this test run."""
    folder = tmp_path_factory.getbasetemp()
    with postgres.shared_server(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_database(postgres_server: postgres.Server) -> Iterator[str]:
    """The address of a database of this worker's own."""
    with postgres.database(postgres_server) as dsn:
        yield dsn


@pytest.fixture
def postgres_dsn(postgres_database: str) -> Iterator[str]:
    """The address of an empty database."""
    yield postgres_database
    postgres.wipe(postgres_database)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A temporary folder whose path is short enough for a socket in it."""
    with tempfile.TemporaryDirectory(prefix="b131-") as folder:
        yield Path(folder)
