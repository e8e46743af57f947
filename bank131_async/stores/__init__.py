"""The journal: everything that happened to a payment, in order, on whatever keeps it.

``base`` is the contract. ``memory`` keeps it for tests and scripts, ``sqlite`` in one file, ``postgres`` in a database;
``urls`` picks one of them by a line of configuration. ``cipher`` keeps entries unreadable on the disk.
"""

from __future__ import annotations

from bank131_async.stores.base import (
    Appended,
    Hint,
    Index,
    Journal,
    Opening,
    Store,
    StreamInfo,
    StreamState,
    Transactional,
)
from bank131_async.stores.cipher import Cipher, FernetCipher
from bank131_async.stores.memory import MemoryStore
from bank131_async.stores.postgres import PostgresStore
from bank131_async.stores.sqlite import SQLiteStore
from bank131_async.stores.urls import open_store, store_from_env

__all__ = [
    "Appended",
    "Cipher",
    "FernetCipher",
    "Hint",
    "Index",
    "Journal",
    "MemoryStore",
    "Opening",
    "PostgresStore",
    "SQLiteStore",
    "Store",
    "StreamInfo",
    "StreamState",
    "Transactional",
    "open_store",
    "store_from_env",
]
