"""A store from one line of configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, unquote_plus

from bank131_async.errors import ConfigurationError
from bank131_async.stores.base import Store
from bank131_async.stores.cipher import Cipher, FernetCipher
from bank131_async.stores.memory import MemoryStore

STORE = "BANK131_STORE"
STORE_KEY = "BANK131_STORE_KEY"

_EXPECTED = (
    'expected "sqlite:///relative.db", "sqlite:////absolute/path.db", "postgresql://user@host/database" or "memory:"'
)
#: What a PostgreSQL URL may say to the store; all else in its query is for the driver.
_OPTIONS = ("schema", "hints")


def open_store(url: str, *, cipher: Cipher | None = None) -> Store:
    """The store behind a URL; nothing is opened before it is first used.

    - ``memory:`` forgets everything with the process (tests, scripts), and takes no cipher.
    - ``sqlite:///payments.db`` is a file beside the process's working directory, ``sqlite:////var/lib/payments.db`` an
      absolute path. Special characters are written as in any URL (``%20``, ``%3F``).
    - ``postgresql://...`` (or ``postgres://``) is a database, as asyncpg understands it; needs the extra ``postgres``.
      ``?schema=`` and ``?hints=poll`` are those of ``PostgresStore``; other options are asyncpg's.

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
            from bank131_async.stores.postgres import PostgresStore

            address, options = _without_options(url)
            return PostgresStore(address, cipher=cipher, **options)
        case _:
            raise ConfigurationError(f"open_store: not the URL of a store; {_EXPECTED}")


def store_from_env(environ: Mapping[str, str]) -> Store | None:
    """The store that ``BANK131_STORE`` names, as ``open_store``; ``None`` if it is unset or blank.

    ``BANK131_STORE_KEY`` enciphers its entries: keys of ``FernetCipher``, separated by commas, the newest first.

    Raises ``ConfigurationError``, which names the variable and quotes neither.
    """
    url = environ.get(STORE, "").strip()
    if not url:
        return None
    keys = [key.strip() for key in environ.get(STORE_KEY, "").split(",") if key.strip()]
    try:
        cipher = FernetCipher(*keys) if keys else None
    except ConfigurationError as error:
        raise ConfigurationError(f"{STORE_KEY}: {error.message}") from None
    try:
        return open_store(url, cipher=cipher)
    except ConfigurationError as error:
        raise ConfigurationError(f"{STORE}: {error.message}") from None


def _sqlite_path(rest: str) -> str:
    if not rest.startswith("///") or len(rest) == len("///"):
        raise ConfigurationError(
            "open_store: an SQLite URL has three slashes before a relative path, four before an absolute one; "
            + _EXPECTED
        )
    if "?" in rest or "#" in rest:
        raise ConfigurationError("open_store: an SQLite URL takes no options; write %3F and %23 for ? and # in a name")
    return unquote(rest[len("///") :])


def _without_options(url: str) -> tuple[str, dict[str, Any]]:
    """The URL for the driver, and the options that are the store's; nothing else of the query is touched."""
    address, mark, query = url.partition("?")
    options: dict[str, Any] = {}
    others: list[str] = []
    for part in query.split("&") if mark else ():
        name, _, value = part.partition("=")
        if name not in _OPTIONS:
            others.append(part)
        elif name in options:
            raise ConfigurationError(f"open_store: the option {name} is given twice")
        else:
            options[name] = unquote_plus(value)
    return (f"{address}?{'&'.join(others)}" if others else address), options
