"""The file: its tables, how it is opened, and how an older one is brought up to date.

``PRAGMA user_version`` is the number of the last migration, ``application_id`` tells our files from others. Times are
microseconds since 1970 (UTC). ``entries.id`` grows with every commit, which is how processes find out what is new.
"""

from __future__ import annotations

import functools
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from bank131_async.errors import ConfigurationError, StoreCorruptError, StoreUnavailableError

APPLICATION_ID = 0x42313331
"""``B131`` in ASCII."""

IS_BUSY = "(unfinished OR in_doubt OR needs_person OR unhandled)"
IS_FINISHED = f"NOT {IS_BUSY} AND NOT pruned"
IS_WORK = "(unfinished OR in_doubt)"

MIGRATIONS: Sequence[Sequence[str]] = (
    (
        """
        CREATE TABLE streams (
            id INTEGER PRIMARY KEY,
            project TEXT NOT NULL,
            name TEXT NOT NULL,
            version INTEGER NOT NULL,
            moved_at INTEGER NOT NULL,
            pruned INTEGER NOT NULL,
            due_at INTEGER,
            unfinished INTEGER NOT NULL,
            in_doubt INTEGER NOT NULL,
            needs_person INTEGER NOT NULL,
            unhandled INTEGER NOT NULL,
            kind TEXT NOT NULL,
            order_name TEXT,
            UNIQUE (project, name)
        ) STRICT
        """,
        f"CREATE INDEX streams_due ON streams (project, due_at, name) WHERE {IS_WORK}",
        f"CREATE INDEX streams_busy ON streams (project, name) WHERE {IS_BUSY}",
        f"CREATE INDEX streams_finished ON streams (project, name) WHERE {IS_FINISHED}",
        """
        CREATE TABLE entries (
            id INTEGER PRIMARY KEY,
            stream_id INTEGER NOT NULL,
            version INTEGER NOT NULL,
            at INTEGER NOT NULL,
            data BLOB NOT NULL,
            UNIQUE (stream_id, version)
        ) STRICT
        """,
        """
        CREATE TABLE names (
            project TEXT NOT NULL,
            kind TEXT NOT NULL,
            order_name TEXT NOT NULL,
            stream_id INTEGER NOT NULL,
            PRIMARY KEY (project, kind, order_name)
        ) STRICT, WITHOUT ROWID
        """,
    ),
)
"""Migration n brings a file from ``user_version`` n to n + 1. What was released is never edited."""


class Connection(sqlite3.Connection):
    """A connection that the process remembers, and its children by fork, until it is closed."""

    def __init__(self, path: Path, *, timeout: float) -> None:
        self.file: str = os.path.realpath(path)
        self.process: int = os.getpid()
        super().__init__(path, timeout=timeout, isolation_level=None, cached_statements=512)
        _OPEN.add(self)  # no lock has been taken yet

    def close(self) -> None:
        """Close the file."""
        super().close()
        _OPEN.discard(self)


_OPEN: set[Connection] = set()


def refuse_inherited(path: Path) -> None:
    """Raise ``ConfigurationError`` if the file was open when this process was forked.

    SQLite's locks stay with the parent, but what SQLite knows of them in memory comes along: a connection made here
    would believe that it holds them, and others would remove the log into which it writes.
    """
    file, process = os.path.realpath(path), os.getpid()
    if any(connection.file == file and connection.process != process for connection in tuple(_OPEN)):
        raise ConfigurationError(
            f"SQLite file {path} was open when this process was forked: close the store before the fork, "
            "or start processes by spawn"
        )


def connect(path: Path, *, busy_timeout_s: float) -> sqlite3.Connection:
    """A connection for the thread that calls, to a file that is there and has the newest tables afterwards.

    Raises ``sqlite3.Error``, ``StoreUnavailableError`` for a read-only file, ``StoreCorruptError`` for what is not ours
    or newer, ``ConfigurationError`` where SQLite cannot keep a write-ahead log.
    """
    _refuse_read_only(path)
    connection = Connection(path, timeout=busy_timeout_s)
    try:
        _refuse_strangers(connection, path)
        _keep_log(connection, path, busy_timeout_s)
        connection.execute("PRAGMA synchronous = FULL")
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_read_only(path: Path) -> None:
    """Refuse even to read a file that cannot be written.

    The connections of a process share what they know of the log: one that was opened while the file was read-only would
    keep the others from writing after it has become writable, for as long as it lives.
    """
    access = functools.partial(os.access, effective_ids=os.access in os.supports_effective_ids)
    for file in (path, f"{path}-wal", f"{path}-shm"):
        if access(file, os.F_OK) and not access(file, os.W_OK):
            raise StoreUnavailableError(f"SQLite file {file}: the file, its folder or the disk is read-only")


def _refuse_strangers(connection: sqlite3.Connection, path: Path) -> None:
    # In this order: another process may make our tables between the two, and they come together with our id.
    is_empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    if _pragma(connection, "application_id") != APPLICATION_ID:
        if not is_empty:
            raise StoreCorruptError(
                f"SQLite file {path} belongs to another program: give the journal a file of its own"
            )
        return
    version = _pragma(connection, "user_version")
    if version > len(MIGRATIONS):
        raise StoreCorruptError(
            f"SQLite file {path} has schema {version}, this package knows up to {len(MIGRATIONS)}: "
            "a newer version has opened it, upgrade this process"
        )


def _keep_log(connection: sqlite3.Connection, path: Path, busy_timeout_s: float) -> None:
    give_up_at = time.monotonic() + busy_timeout_s
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            # SQLite does not wait by itself here when several processes open a fresh file at once.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(0.005)
            continue
        if mode != "wal":
            raise ConfigurationError(f"SQLite keeps no write-ahead log for {path}: use a file on a local disk")
        return


def _migrate(connection: sqlite3.Connection) -> None:
    if _pragma(connection, "user_version") == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    for number in range(_pragma(connection, "user_version"), len(MIGRATIONS)):
        for statement in MIGRATIONS[number]:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    connection.execute("COMMIT")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    return int(value)
