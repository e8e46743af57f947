"""The usual batch in one statement: entries for streams that the writer knows, and nothing else.

SQLite is waited for without the interpreter's lock, and a busy event loop gives the lock back late: with eight webhooks
at a time the writer waited longer for it than for the disk, once after each statement. So the usual batch is a single
one, which takes the write lock, writes both tables and commits in one step. What makes that possible is a view with
triggers, kept by the connection and not by the file.

The verdicts were made beforehand, from what the last commit left. They hold if nobody else has committed since: the
statement looks itself, under the lock, and otherwise writes nothing.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Sequence

from bank131_async.errors import StoreError
from bank131_async.stores.base import Appended, Index
from bank131_async.stores.refusals import stale_version
from bank131_async.stores.sqlite.streams import Append, Stream, appended, microseconds, moment

_FEW = 4
"""Rows of one append: more than a flow ever writes at once."""

_COLUMNS = ("as_of", "stream_id", "version", "at", "data", "due_at", "lists")
_VALUES = len(_COLUMNS) - 1
"""Of each row; that of ``as_of`` is given once."""

_PREPARATION = (
    # SQLite gathers the rows before the first is written: of a batch of large ones, in a file somewhere else.
    "PRAGMA temp_store = MEMORY",
    f"CREATE TEMP VIEW appends AS SELECT {', '.join(f'NULL AS {column}' for column in _COLUMNS)}",
    # In the first row is asked whether others have committed; here, for the order of triggers is not defined.
    """
    CREATE TEMP TRIGGER appends_written INSTEAD OF INSERT ON appends WHEN NEW.stream_id IS NOT NULL BEGIN
        SELECT RAISE(ABORT, 'others have committed')
            WHERE NEW.as_of IS NOT NULL AND NEW.as_of <> (SELECT data_version FROM pragma_data_version);
        INSERT INTO entries (stream_id, version, at, data) VALUES (NEW.stream_id, NEW.version, NEW.at, NEW.data);
        UPDATE streams SET version = NEW.version, moved_at = NEW.at, due_at = NEW.due_at WHERE id = NEW.stream_id;
    END
    """,
    # Only then, so that the lists' indexes are not touched where the stream stays in the same lists.
    """
    CREATE TEMP TRIGGER appends_listed INSTEAD OF INSERT ON appends WHEN NEW.lists IS NOT NULL BEGIN
        UPDATE streams SET unfinished = NEW.lists & 1, in_doubt = NEW.lists >> 1 & 1,
            needs_person = NEW.lists >> 2 & 1, unhandled = NEW.lists >> 3 & 1 WHERE id = NEW.stream_id;
    END
    """,
)


def prepare(connection: sqlite3.Connection) -> None:
    """Make the view; once for each connection."""
    for statement in _PREPARATION:
        connection.execute(statement)


class UsualBatch:
    """Judges appends to streams that are known, one after another, and writes what won."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._rows: list[object] = []

    def judge(self, appends: Sequence[Append], streams: Sequence[Stream]) -> Sequence[Appended | StoreError]:
        """The verdicts; each stream becomes what it will be."""
        # One loop and few calls: it runs for every append, while the event loop waits for the interpreter's lock.
        now, rows, verdicts = self._now, self._rows, list[Appended | StoreError]()
        at_now = moment(now)
        for append, stream in zip(appends, streams, strict=True):
            version = stream.version
            if append.expected is not None and append.expected != version:
                verdicts.append(stale_version(append.stream, expected=append.expected, actual=version))
                continue
            lists = None if append.index is None else _moved_to(stream, append.index)
            at = max(now, stream.moved_at)  # a clock set back does not turn the order round
            for data in append.rows:
                version += 1
                rows += (stream.id, version, at, data, stream.due_at, lists)
            stream.version, stream.moved_at = version, at
            verdicts.append(appended(version, at_now if at == now else moment(at)))
        return verdicts

    def write(self, connection: sqlite3.Connection, as_of: int) -> bool:
        """Write the rows and commit.

        False if nothing is written: the verdicts are not good, because another connection has committed since its
        ``data_version`` was ``as_of``, or nobody has made sure of that, because there is nothing to write.
        """
        if not self._rows:
            return False
        number = len(self._rows) // _VALUES
        room = _room_for(number)
        empty = (None,) * (_VALUES * (room - number))
        try:
            connection.execute(_insertion(room), (as_of, *self._rows, *empty))
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_TRIGGER:
                raise
            return False
        return True


def is_usual(append: Append, stream: Stream) -> bool:
    """Whether nothing but entries, and the index of a stream that keeps its name, is to be written."""
    index = append.index
    return (
        0 < len(append.rows) <= _FEW
        and not append.prunes
        and not stream.pruned
        and (index is None or (index.order == stream.order_name and index.kind == stream.kind))
    )


def _moved_to(stream: Stream, index: Index) -> int | None:
    """The lists that show the stream from now on, as one number; ``None`` if they are the same as before."""
    stream.due_at = None if index.due is None else microseconds(index.due)
    lists = index.unfinished | index.in_doubt << 1 | index.needs_person << 2 | index.unhandled << 3
    if lists == stream.unfinished | stream.in_doubt << 1 | stream.needs_person << 2 | stream.unhandled << 3:
        return None
    stream.take(index)
    return lists


def _room_for(rows: int) -> int:
    """Rows of the statement to use; those left over stay empty. SQLite keeps few statements then, not one a number."""
    step = 1 if rows <= 8 else 8 if rows <= 64 else 64
    return -(-rows // step) * step


@functools.cache
def _insertion(rows: int) -> str:
    # The first row asks, before anything is written.
    asked = ["(?, ?, ?, ?, ?, ?, ?)"] + ["(NULL, ?, ?, ?, ?, ?, ?)"] * (rows - 1)
    return f"INSERT INTO appends ({', '.join(_COLUMNS)}) VALUES {', '.join(asked)}"
