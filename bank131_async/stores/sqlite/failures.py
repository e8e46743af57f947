"""What an error of SQLite means for who asked."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bank131_async.errors import StoreCorruptError, StoreError, StoreUnavailableError

_DAMAGED = {
    sqlite3.SQLITE_CORRUPT: "the file is damaged",
    sqlite3.SQLITE_NOTADB: "the file is not an SQLite database",
    sqlite3.SQLITE_ERROR: "the tables are not the journal's",
    sqlite3.SQLITE_CONSTRAINT: "the rows contradict each other",
    sqlite3.SQLITE_MISMATCH: "the rows are not the journal's",
}
_CURES = {
    sqlite3.SQLITE_BUSY: "another process has kept it locked for too long",
    sqlite3.SQLITE_LOCKED: "another process has kept it locked for too long",
    sqlite3.SQLITE_READONLY: "the file, its folder or the disk is read-only",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: does the folder exist, and may this process write there?",
    sqlite3.SQLITE_PERM: "this process has no right to it",
    sqlite3.SQLITE_IOERR: "the disk failed",
}


def store_error(error: sqlite3.Error, path: Path) -> StoreError:
    """The error of this package; anything that does not prove damage may pass, and is ``StoreUnavailableError``."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the upper bytes tell variants apart
    if code in _DAMAGED:
        return StoreCorruptError(f"SQLite file {path}: {_DAMAGED[code]} ({error})")
    return StoreUnavailableError(f"SQLite file {path}: {_CURES.get(code, 'it cannot be used')} ({error})")
