"""``bank131 store schema``: the SQL of the journal in PostgreSQL, for a migration tool of one's own."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from bank131_async.cli.options import Json, show


def schema(
    *, name: Annotated[str, Parameter(name="--schema")] = "bank131", since: int = 0, as_json: Json = False
) -> None:
    """Print the SQL that makes the tables of the journal in PostgreSQL. Connects to nothing.

    Run it in one transaction. The store makes the tables by itself unless it is told not to; this is for roles that may
    not create, and for migration tools.

    Example: bank131 store schema > bank131.sql

    Parameters
    ----------
    name
        The schema that holds the tables; BANK131_STORE names it by ?schema=.
    since
        The version that is there already, 0 for none.
    """
    from bank131_async.stores.postgres import VERSION, schema_sql

    sql = schema_sql(name, since=since)
    show({"schema": name, "since": since, "version": VERSION, "sql": sql}, sql.rstrip("\n"), as_json=as_json)
