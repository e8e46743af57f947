"""A store from one line of configuration."""

from __future__ import annotations

from urllib.parse import unquote

from bank131_async.errors import ConfigurationError
from bank131_async.stores.base import Store
from bank131_async.stores.cipher import Cipher
from bank131_async.stores.memory import MemoryStore

_EXPECTED = (
    'expected "sqlite:///relative.db", "sqlite:////absolute/path.db", "postgresql://user@host/database" or "memory:"'
)


def open_store(url: str, *, cipher: Cipher | None = None) -> Store:
    """The store behind a URL; nothing is opened before it is first used.

    - ``memory:`` forgets everything with the process (tests, scripts), and takes no cipher.
    - ``sqlite:///payments.db`` is a file beside the process's working directory, ``sqlite:////var/lib/payments.db`` an
      absolute path. Special characters are written as in any URL (``%20``, ``%3F``).
    - ``postgresql://...`` (or ``postgres://``) is a database, as asyncpg understands it; needs the extra ``postgres``.

    Raises ``ConfigurationError``, which never quotes the URL: it may hold a password.
    """
    scheme, colon, rest = url.partition(":")
    match scheme.lower():
        case "memory" if colon and not rest:
            if cipher is not None:
                raise ConfigurationError("open_store: the store in memory keeps nothing, so it takes no cipher")
            return MemoryStore()
        case "sqlite":
            from bank131_async.stores.sqlite import SQLiteStore

            return SQLiteStore(_sqlite_path(rest), cipher=cipher)
        case "postgresql" | "postgres" if rest.startswith("//"):
            return _postgres(url, cipher)
        case _:
            raise ConfigurationError(f"open_store: not the URL of a store; {_EXPECTED}")


def _sqlite_path(rest: str) -> str:
    if not rest.startswith("///") or len(rest) == len("///"):
        raise ConfigurationError(
            "open_store: an SQLite URL has three slashes before a relative path, four before an absolute one; "
            + _EXPECTED
        )
    if "?" in rest or "#" in rest:
        raise ConfigurationError("open_store: an SQLite URL takes no options; write %3F and %23 for ? and # in a name")
    return unquote(rest[len("///") :])


def _postgres(url: str, cipher: Cipher | None) -> Store:
    try:
        from bank131_async.stores.postgres import PostgresStore
    except ImportError as error:
        raise ConfigurationError(
            'open_store: PostgreSQL needs asyncpg: pip install "bank131-async[postgres]"'
        ) from error
    return PostgresStore(url, cipher=cipher)
