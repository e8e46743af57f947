"""A bank in process with a clock that only moves when it is told to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bank131_async.sandbox import SandboxBank
from tests.support.raw_merchant import RawMerchant

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def make_merchant() -> Callable[..., RawMerchant]:
    """Make a merchant with a bank of its own; keywords are the bank's switches."""

    def make(*, version: str = "v2", **switches: Any) -> RawMerchant:
        return RawMerchant(SandboxBank(clock=lambda: START, **switches), version=version)

    return make


@pytest.fixture
def merchant(make_merchant: Callable[..., RawMerchant]) -> RawMerchant:
    """A merchant at a bank with the default switches."""
    return make_merchant()


@pytest.fixture
def bank(merchant: RawMerchant) -> SandboxBank:
    """The bank of ``merchant``."""
    return merchant.bank
