"""`bank131 store schema`: the SQL for people with a migration tool of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bank131_async.stores import PostgresStore
from tests.support.postgres import psql

Cli = Callable[..., Any]


@pytest.mark.asyncio
async def test_a_store_that_may_not_create_works_on_what_the_printed_sql_has_made(cli: Cli, postgres_dsn: str) -> None:
    ran = cli("store", "schema", "--schema", "shop-2")
    assert (ran.status, ran.err) == (0, "")
    await asyncio.to_thread(psql, postgres_dsn, ran.out)
    store = PostgresStore(postgres_dsn, schema="shop-2", migrate=False)
    assert await store.journal("p").load("ps_1") == []
    await store.aclose()


@pytest.mark.usefixtures("no_environment")
def test_it_needs_no_setting_and_says_which_version_it_makes(cli: Cli) -> None:
    (line,) = cli("store", "schema", "--json").lines
    assert (line["schema"], line["since"]) == ("bank131", 0)
    assert line["version"] >= 1
    assert 'CREATE SCHEMA IF NOT EXISTS "bank131"' in line["sql"]
    assert cli("store", "schema", "--since", str(line["version"])).out == "\n"


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [("--schema", 'a"b', "letters, digits"), ("--since", "-1", "since: expected"), ("--since", "9", "since: expected")],
)
def test_a_wrong_option_is_one_line(cli: Cli, option: str, value: str, says: str) -> None:
    ran = cli("store", "schema", f"{option}={value}")
    assert (ran.status, ran.out) == (1, "")
    assert says in ran.err
