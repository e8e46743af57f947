"""The journal: everything that happened to a payment, in order, on whatever keeps it.

``base`` is the contract, ``memory`` an implementation for tests and scripts.
"""

from __future__ import annotations

from bank131_async.stores.base import Appended, Hint, Index, Journal, Store, StreamInfo, StreamState
from bank131_async.stores.memory import MemoryStore

__all__ = ["Appended", "Hint", "Index", "Journal", "MemoryStore", "Store", "StreamInfo", "StreamState"]
