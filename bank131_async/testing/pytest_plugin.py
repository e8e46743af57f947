"""The pytest plugin (entry point ``pytest11``): the marker ``bank131``, and the fixtures of ``testing.fixtures``.

pytest loads this module in every run where the package is installed, so it imports nothing of ours. The fixtures are
there if pytest-asyncio is; they work in its strict mode.
"""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and the fixtures."""
    config.addinivalue_line(
        "markers",
        "bank131(server=False, **switches): how this test's sandbox bank behaves, such as two_stage=True; "
        "server=True opens a port, else the bank is reached without sockets",
    )
    if config.pluginmanager.hasplugin("asyncio"):
        from bank131_async.testing import fixtures

        config.pluginmanager.register(fixtures, "bank131_fixtures")
