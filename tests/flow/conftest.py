"""Whole systems in virtual time must end without a background task that failed."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_background_task_fails(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A task that nobody awaits reports its failure to the log; no test of the flow expects one."""
    with caplog.at_level(logging.DEBUG, logger="bank131"):
        yield
    failed = [record.getMessage() for record in caplog.records if record.getMessage().startswith("background task")]
    assert not failed, failed
