"""Fixtures of the machine's tests."""

from __future__ import annotations

import pytest

from bank131_async.core.machine import MachineSettings


@pytest.fixture
def settings() -> MachineSettings:
    """The defaults."""
    return MachineSettings()
