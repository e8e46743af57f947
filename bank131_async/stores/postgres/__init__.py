"""The journal in PostgreSQL, for any number of processes on any number of hosts.

``store`` puts it together, ``journal`` keeps the contract of ``stores.base``, ``schema`` and ``v*.sql`` are the tables
and the functions that decide in the database, ``database`` the way there and ``failures`` what can go wrong on it,
``feed`` the hints. Needs asyncpg: the extra ``postgres``.
"""

from __future__ import annotations

from bank131_async.stores.postgres.journal import OpeningJournal, PostgresJournal
from bank131_async.stores.postgres.schema import VERSION, schema_sql
from bank131_async.stores.postgres.store import PostgresStore

__all__ = ["VERSION", "OpeningJournal", "PostgresJournal", "PostgresStore", "schema_sql"]
