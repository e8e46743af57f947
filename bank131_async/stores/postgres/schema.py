"""The tables and functions, by version; made by the store, or by whoever runs ``schema_sql``.

Each migration is a file ``v<number>.sql`` and is never changed once it was released.
"""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING

from bank131_async.errors import ConfigurationError, StoreCorruptError

if TYPE_CHECKING:
    from bank131_async.stores.postgres.database import Connection

#: The version that this package works with.
VERSION = 1
#: The longest name of a schema, which is also that of the channel of its hints, in bytes.
_LONGEST_NAME = 63
_PLAIN = re.compile(r"[\w-]+")
#: Held while the schema is made, so that processes which start together do not make it twice.
_LOCK = 0x0B_A1_31
# Tables are asked, not ``to_regclass``: it may answer from before the lock was waited for.
_HAS_SCHEMA = "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1)"
_HAS_TABLE = "SELECT EXISTS (SELECT FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = 'schema_version')"
_FIND_VERSION = "SELECT max(version) FROM {schema}.schema_version"
_VERSION_TABLE = """\
CREATE TABLE {schema}.schema_version (
    version int PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""


def schema_sql(schema: str = "bank131", *, since: int = 0) -> str:
    """The SQL that makes the schema, or takes it on from version ``since``, for your own migration tool.

    Run it in one transaction, by a role that may create; the processes then need ``USAGE`` on the schema, and
    ``SELECT``, ``INSERT``, ``UPDATE`` and ``DELETE`` on its tables. Raises ``ConfigurationError`` for a version that
    does not exist.
    """
    if not 0 <= since <= VERSION:
        raise ConfigurationError(f"since: expected a version from 0 (nothing is there) to {VERSION}")
    head = "" if since else f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)};\n\n" + _named(_VERSION_TABLE, schema)
    return head + "".join(f"\n{_migration(schema, version)}" for version in range(since + 1, VERSION + 1))


def quoted(name: str) -> str:
    """The name as an identifier. Raises ``ConfigurationError`` for one that is not plain or too long."""
    if not _PLAIN.fullmatch(name) or len(name.encode()) > _LONGEST_NAME:
        raise ConfigurationError(f"schema: expected letters, digits, _ and -, at most {_LONGEST_NAME} bytes")
    return f'"{name}"'


async def ensure(connection: Connection, schema: str, *, create: bool) -> None:
    """Bring the schema to ``VERSION``, or, unless ``create``, check that it is there.

    Raises ``StoreCorruptError`` if a newer package has been here, ``ConfigurationError`` if something has to be made
    and may not be.
    """
    found = await _found(connection, schema)
    if found == VERSION:
        return
    if not create:
        raise ConfigurationError(
            f"the schema {schema} is at version {found}, version {VERSION} is needed: run the SQL of "
            f"bank131 store schema --schema {schema} --since {found}, or let the store migrate"
        )
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        found = await _found(connection, schema)
        if not found and not await connection.fetchval(_HAS_SCHEMA, schema):
            await connection.execute(f"CREATE SCHEMA {quoted(schema)}")
        if not found:
            await connection.execute(_named(_VERSION_TABLE, schema))
        for version in range(found + 1, VERSION + 1):
            await connection.execute(_migration(schema, version))


async def _found(connection: Connection, schema: str) -> int:
    if not await connection.fetchval(_HAS_TABLE, schema):
        return 0
    found = int(await connection.fetchval(_named(_FIND_VERSION, schema)) or 0)
    if found > VERSION:
        raise StoreCorruptError(
            f"the schema {schema} is at version {found}, this package reads up to {VERSION}: "
            "a newer version has migrated it, upgrade this process"
        )
    return found


def _migration(schema: str, version: int) -> str:
    script = resources.files("bank131_async.stores.postgres").joinpath(f"v{version}.sql").read_text(encoding="utf-8")
    return _named(f"{script}\nINSERT INTO {{schema}}.schema_version (version) VALUES ({version});\n", schema)


def _named(script: str, schema: str) -> str:
    return script.replace("{schema}", quoted(schema)).replace("{channel}", f"'{schema}'")
