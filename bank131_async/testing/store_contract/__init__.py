"""The contract of ``bank131_async.stores.base`` as tests, for whoever writes a store. Needs pytest without plugins.

Derive a test class and give it the fixture ``opener``: a function without arguments that opens the store anew each time
it is called, on the same data. For a durable store it has to be picklable, because other processes call it too::

    class TestMyStore(DurableStoreContract):
        @pytest.fixture
        def opener(self, tmp_path):
            return functools.partial(MyStore, tmp_path / "journal")

``StoreContract`` is for any store; ``DurableStoreContract`` adds what survives the process: races of several processes,
kill -9, opening again. ``LongStoreContract`` keeps a hundred thousand journals and takes minutes.
"""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(
    *(f"{__name__}.{module}" for module in ("appending", "hints", "lists", "long", "pruning", "survival"))
)

from bank131_async.testing.store_contract.appending import Appending  # noqa: E402 - the rewriting comes first
from bank131_async.testing.store_contract.hints import Hinting  # noqa: E402
from bank131_async.testing.store_contract.lists import Listing  # noqa: E402
from bank131_async.testing.store_contract.long import LongStoreContract  # noqa: E402
from bank131_async.testing.store_contract.opening import Opener  # noqa: E402
from bank131_async.testing.store_contract.pruning import Pruning  # noqa: E402
from bank131_async.testing.store_contract.survival import Surviving  # noqa: E402

__all__ = ["DurableStoreContract", "LongStoreContract", "Opener", "StoreContract"]


class StoreContract(Appending, Listing, Pruning, Hinting):
    """What any store has to keep."""


class DurableStoreContract(StoreContract, Surviving):
    """What a store has to keep whose journals outlive the process and are shared with others."""
