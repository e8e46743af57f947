"""The journal in one SQLite file: the embedded store for durable work.

``store`` is the door; ``schema`` the tables and how a file is opened; ``batch`` the one transaction that writes;
``queries`` what is read; ``thread`` where both happen; ``failures`` what SQLite's errors mean.
"""

from __future__ import annotations

from bank131_async.stores.sqlite.store import SQLiteJournal, SQLiteStore

__all__ = ["SQLiteJournal", "SQLiteStore"]
