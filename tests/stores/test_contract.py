"""The stores of this package keep the contract that is shipped for everybody's."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bank131_async.stores import MemoryStore
from bank131_async.stores.postgres import PostgresStore
from bank131_async.stores.sqlite import SQLiteStore
from bank131_async.testing.store_contract import DurableStoreContract, LongStoreContract, Opener, StoreContract
from tests.support.pooler import Pooler
from tests.support.postgres import Server


class TestMemory(StoreContract):
    @pytest.fixture
    def opener(self) -> Opener:
        store = MemoryStore()
        return lambda: store


class TestSQLite(DurableStoreContract):
    @pytest.fixture
    def opener(self, tmp_path: Path) -> Opener:
        return functools.partial(SQLiteStore, tmp_path / "journal.db")


class TestPostgres(DurableStoreContract):
    @pytest.fixture
    def opener(self, postgres_dsn: str) -> Opener:
        return functools.partial(PostgresStore, postgres_dsn)


class TestPostgresBehindAPooler(DurableStoreContract):
    @pytest.fixture
    def opener(self, postgres_server: Server, postgres_dsn: str, short_folder: Path) -> Iterator[Opener]:
        with Pooler(postgres_server.socket, short_folder):
            dsn = postgres_dsn.replace(str(postgres_server.folder), str(short_folder))
            yield functools.partial(PostgresStore, dsn, hints="poll", poll_interval_s=0.02, schema="Shop-7")


class ManyJournals(LongStoreContract):
    """A few of them in every run; ``make long`` asks for a hundred thousand."""

    journals = int(os.environ.get("LONG_JOURNALS", "1000"))


class TestMemoryWithManyJournals(ManyJournals):
    @pytest.fixture
    def opener(self) -> Opener:
        store = MemoryStore()
        return lambda: store


class TestSQLiteWithManyJournals(ManyJournals):
    @pytest.fixture
    def opener(self, tmp_path: Path) -> Opener:
        return functools.partial(SQLiteStore, tmp_path / "journal.db")


class TestPostgresWithManyJournals(ManyJournals):
    @pytest.fixture
    def opener(self, postgres_dsn: str) -> Opener:
        return functools.partial(PostgresStore, postgres_dsn)
