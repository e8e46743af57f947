"""The schema: made by whoever comes first, printed for people with a tool of their own, refused when it is too new."""

from __future__ import annotations

import asyncio
import os

import asyncpg
import pytest

from bank131_async.core.machine import TokenGiven
from bank131_async.errors import ConfigurationError, StoreCorruptError
from bank131_async.stores import PostgresStore
from bank131_async.stores.postgres import schema_sql
from bank131_async.stores.postgres.schema import VERSION
from tests.support.postgres import psql

ENTRY = TokenGiven(widget="acquiring_widget")
EVERYTHING = """
SELECT 'column', table_name, column_name, data_type || coalesce(collation_name, '') || is_nullable || column_default
FROM information_schema.columns WHERE table_schema = 'bank131'
UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'bank131'
UNION ALL SELECT 'function', proname, '', prosrc FROM pg_proc WHERE pronamespace = 'bank131'::regnamespace
ORDER BY 1, 2, 3"""


async def use(dsn: str, **options: object) -> int:
    store = PostgresStore(dsn, **options)  # type: ignore[arg-type]
    try:
        return (await store.journal("p").append("ps_1", (ENTRY,))).version
    finally:
        await store.aclose()


async def ask(dsn: str, statement: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


@pytest.mark.asyncio
async def test_of_many_who_start_together_one_makes_the_schema(postgres_dsn: str) -> None:
    versions = await asyncio.gather(*(use(postgres_dsn) for _ in range(12)))
    assert sorted(versions) == list(range(1, 13))
    assert await ask(postgres_dsn, "SELECT version FROM bank131.schema_version") == [(VERSION,)]


@pytest.mark.asyncio
async def test_the_printed_schema_is_the_one_that_the_store_makes(postgres_dsn: str) -> None:
    await use(postgres_dsn)
    made = await ask(postgres_dsn, EVERYTHING)
    await ask(postgres_dsn, "DROP SCHEMA bank131 CASCADE")
    connection = await asyncpg.connect(postgres_dsn)
    await connection.execute(schema_sql())
    await connection.close()
    assert await ask(postgres_dsn, EVERYTHING) == made
    assert len(made) > 20
    assert await use(postgres_dsn, migrate=False) == 1
    assert await ask(postgres_dsn, "SELECT max(version) FROM bank131.schema_version") == [(VERSION,)]


@pytest.mark.asyncio
async def test_schemas_of_other_names_live_side_by_side(postgres_dsn: str) -> None:
    name = "Магазин-7"
    connection = await asyncpg.connect(postgres_dsn)
    await connection.execute(schema_sql(name))
    await connection.close()
    assert await use(postgres_dsn, schema=name, migrate=False) == 1
    assert await use(postgres_dsn, schema="bank131") == 1
    assert await use(postgres_dsn, schema=name) == 2


@pytest.mark.asyncio
async def test_a_store_that_may_not_migrate_says_what_to_run(postgres_dsn: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"version 0, version \d+ is needed: run .*store schema --schema bank131 --since 0"
    ):
        await use(postgres_dsn, migrate=False)
    assert await ask(postgres_dsn, "SELECT 1 FROM pg_namespace WHERE nspname = 'bank131'") == []
    assert await use(postgres_dsn) == 1
    assert await use(postgres_dsn, migrate=False) == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("migrate", [True, False])
async def test_a_schema_of_a_newer_version_is_refused(postgres_dsn: str, migrate: bool) -> None:
    await use(postgres_dsn)
    await ask(postgres_dsn, f"INSERT INTO bank131.schema_version VALUES ({VERSION + 1})")
    with pytest.raises(StoreCorruptError, match="a newer version has migrated it, upgrade this process"):
        await use(postgres_dsn, migrate=migrate)


def test_what_is_there_already_is_not_printed_again() -> None:
    assert schema_sql(since=VERSION) == ""
    assert "CREATE SCHEMA" in schema_sql()
    assert 'CREATE TABLE "shop".entries' in schema_sql("shop")


@pytest.mark.parametrize("name", ["", "a\0b", "$body$", 'a"b', "{schema}", "ю" * 32])
def test_a_name_that_is_none_is_refused_at_once(name: str) -> None:
    with pytest.raises(ConfigurationError, match="schema"):
        PostgresStore("postgresql://user@host/database", schema=name)
    with pytest.raises(ConfigurationError, match="schema"):
        schema_sql(name)


def test_a_role_needs_no_more_than_the_documented_rights(postgres_dsn: str) -> None:
    role = f"clerk_{os.getpid()}"
    psql(postgres_dsn, schema_sql(), f"CREATE ROLE {role} LOGIN")
    dsn = postgres_dsn.replace("postgres@", f"{role}@")
    try:
        with pytest.raises(ConfigurationError, match="may not use"):
            asyncio.run(use(dsn))
        psql(
            postgres_dsn,
            f"GRANT USAGE ON SCHEMA bank131 TO {role}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bank131 TO {role}",
        )
        assert asyncio.run(use(dsn)) == 1
        assert asyncio.run(use(dsn, migrate=False)) == 2
    finally:
        psql(postgres_dsn, f"DROP OWNED BY {role}", f"DROP ROLE {role}")
