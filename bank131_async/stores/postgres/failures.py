"""What PostgreSQL and the way to it can answer, as the errors of this package. No message holds the password."""

from __future__ import annotations

import asyncpg

from bank131_async.errors import Bank131Error, ConfigurationError, StoreCorruptError, StoreUnavailableError

#: What a call to the driver may raise when the database cannot be reached, refuses or breaks off.
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, ValueError)
READ_ONLY = "25006"

_DAMAGED = {"XX001", "XX002"}
_NOT_ALLOWED = "42501"
#: A prepared statement is unknown, or known already: the connection was another's a moment ago.
_POOLED = {"26000", "42P05"}
#: By class of SQLSTATE. All other classes mean that the same call may succeed later.
_VALUE_REFUSED = {"22", "54"}
_SCHEMA_DIFFERS = {"42", "3F"}


def store_error(error: Exception, timeout_s: float) -> Bank131Error:
    """The error to raise instead."""
    if isinstance(error, asyncpg.PostgresError):
        return _server_error(error)
    if isinstance(error, TimeoutError):
        return StoreUnavailableError(
            f"PostgreSQL did not answer within {timeout_s:g} s: it is out of reach or busy, or an open "
            "transaction, such as one that opens this very payment, holds the stream"
        )
    if isinstance(error, ValueError):
        # What the driver says of an address or of a value may quote it.
        return ConfigurationError(
            "PostgreSQL cannot keep this: a name is not proper text; or the address is not as expected, "
            "postgresql://user:password@host:port/database"
        )
    return StoreUnavailableError(f"PostgreSQL is not available: {error or type(error).__name__}")


def _server_error(error: asyncpg.PostgresError) -> Bank131Error:
    code = str(error.sqlstate or "")
    said = f"{error.args[0] if error.args else type(error).__name__} (SQLSTATE {code})"
    if code == _NOT_ALLOWED:
        return ConfigurationError(f"the role may not use the store's schema: {said}")
    if code in _POOLED:
        return ConfigurationError(f"behind a pooler that hands out connections by transaction use hints='poll': {said}")
    if code in _DAMAGED:
        return StoreCorruptError(f"PostgreSQL reports damaged data: {said}")
    if code[:2] in _SCHEMA_DIFFERS:
        return StoreCorruptError(f"the store's schema is not as this package makes it: {said}")
    if code[:2] in _VALUE_REFUSED:
        return ConfigurationError(f"PostgreSQL cannot keep this: {said}")
    return StoreUnavailableError(f"PostgreSQL is not available: {said}")
