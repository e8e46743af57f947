"""How the commands find the journal: ``BANK131_STORE`` and ``BANK131_PROJECT_ID``, and no key of the bank."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bank131_async.cli.connect import STORE, opened_store
from bank131_async.errors import ConfigurationError

if TYPE_CHECKING:
    from bank131_async.stores import Journal

PROJECT = "BANK131_PROJECT_ID"


@asynccontextmanager
async def opened_journal() -> AsyncGenerator[Journal]:
    """The project's journal. Raises ``ConfigurationError`` that names the variable which is not set."""
    for name, example in ((STORE, "sqlite:////var/lib/shop/bank131.db"), (PROJECT, "the id that the bank gave you")):
        if not os.environ.get(name, "").strip():
            raise ConfigurationError(f"{name}: not set; expected what your application uses, such as {example}")
    async with opened_store() as store:
        yield store.journal(os.environ[PROJECT].strip())
