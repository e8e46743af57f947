"""The one transaction that writes: many appends, each judged by itself, one commit.

Python gives up the interpreter's lock at every step of SQLite, and must win it back from a busy event loop afterwards.
So the usual batch is one statement (see ``usual``). Any other takes a fixed number of them, not some for each append:
one reads the streams' state, the verdicts are made in memory, and one statement per table writes what won.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from bank131_async.errors import StoreError
from bank131_async.stores.base import Appended, Index
from bank131_async.stores.refusals import name_taken, stale_version
from bank131_async.stores.sqlite import usual
from bank131_async.stores.sqlite.streams import (
    COLUMNS,
    LISTED_BY,
    MOVED,
    ROW_OF,
    Append,
    Key,
    KnownStreams,
    Stream,
    appended,
    chunks,
    microseconds,
    moment,
)

MOST = 200
"""Appends in a batch: beyond that a commit costs next to nothing per append, and the first should not wait longer."""


class Writer:
    """Writes batches, on one connection at a time. ``now`` is the clock that stamps the entries."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._known = KnownStreams()
        self._prepared: sqlite3.Connection | None = None

    def write(self, connection: sqlite3.Connection, appends: Sequence[Append]) -> Sequence[Appended | StoreError]:
        """Write what wins, refuse the rest: one result for each.

        Raises ``sqlite3.Error``; then nothing was written, and the connection must not be used again.
        """
        return self._write_usual(connection, appends) or self._write_any(connection, appends)

    def _write_usual(
        self, connection: sqlite3.Connection, appends: Sequence[Append]
    ) -> Sequence[Appended | StoreError] | None:
        if connection is not self._prepared:
            usual.prepare(connection)
            self._prepared = connection
        streams = self._known.find(connection, appends)
        if streams is None or not all(map(usual.is_usual, appends, streams)):
            return None
        batch = usual.UsualBatch(microseconds(self._now()))
        results = batch.judge(appends, streams)
        if batch.write(connection, self._known.as_of):
            return results
        self._known.forget()
        return None

    def _write_any(self, connection: sqlite3.Connection, appends: Sequence[Append]) -> Sequence[Appended | StoreError]:
        connection.execute("BEGIN IMMEDIATE")
        known, newest_id = self._known.recall(connection, [(append.project, append.stream) for append in appends])
        batch = _Batch(connection, known, newest_id, microseconds(self._now()))
        results = [batch.judge(append) for append in appends]
        batch.save()
        connection.execute("COMMIT")
        self._known.keep(batch.changed)
        return results


class _Batch:
    def __init__(self, connection: sqlite3.Connection, streams: dict[Key, Stream], newest_id: int, now: int) -> None:
        self._connection = connection
        self._now = now
        self._moment = moment(now)
        self._streams = streams
        self._listed = {stream.id: LISTED_BY(stream) for stream in streams.values()}
        self._newest_id = newest_id
        self._changed: dict[int, Stream] = {}
        self._entries: list[tuple[int, int, int, bytes]] = []
        self._names: dict[tuple[str, str, str], Stream] = {}
        self._pruned: list[tuple[int, int]] = []

    def judge(self, append: Append) -> Appended | StoreError:
        stream = self._stream(append)
        if append.expected is not None and append.expected != stream.version:
            return stale_version(append.stream, expected=append.expected, actual=stream.version)
        if append.index is not None:
            refused = self._claim(stream, append.index)
            if refused is not None:
                return refused
            stream.take(append.index)
        return self._write(stream, append)

    @property
    def changed(self) -> Iterable[Stream]:
        """The streams that were written to."""
        return self._changed.values()

    def save(self) -> None:
        """Write everything down."""
        connection = self._connection
        _insert(connection, _ENTRIES, self._entries)
        moved: list[tuple[object, ...]] = []
        listed: list[tuple[object, ...]] = []
        for stream in self.changed:
            # Where the lists that show the stream are the same as before, their indexes need not be touched.
            stays = LISTED_BY(stream) == self._listed.get(stream.id)
            (moved if stays else listed).append(ROW_OF(stream))
        _insert(connection, _MOVED_STREAMS, moved)
        _insert(connection, _STREAMS, listed)
        _insert(connection, _NAMES, [(*name, stream.id) for name, stream in self._names.items()])
        for stream_id, version in self._pruned:
            connection.execute("DELETE FROM entries WHERE stream_id = ? AND version < ?", (stream_id, version))

    def _stream(self, append: Append) -> Stream:
        key = (append.project, append.stream)
        found = self._streams.get(key)
        if found is None:
            self._newest_id += 1
            found = self._streams[key] = Stream(self._newest_id, *key)
        return found

    def _claim(self, stream: Stream, index: Index) -> StoreError | None:
        if index.order is None or (index.kind, index.order) == (stream.kind, stream.order_name):
            return None
        name = (stream.project, index.kind, index.order)
        claimed = self._names.get(name)
        owner = owner_of(self._connection, *name) if claimed is None else claimed.name
        if owner is None:
            self._names[name] = stream
        elif owner != stream.name:
            return name_taken(index.kind, index.order, owner=owner)
        return None

    def _write(self, stream: Stream, append: Append) -> Appended:
        at = self._now
        if at < stream.moved_at:  # a clock that is set back does not turn the order round
            at = stream.moved_at
        for data in append.rows:
            stream.version += 1
            self._entries.append((stream.id, stream.version, at, data))
        if append.rows:
            stream.moved_at = at
            stream.pruned = int(append.prunes and stream.version > 1)
        if append.prunes:
            self._pruned.append((stream.id, stream.version))
        self._changed[stream.id] = stream
        return appended(stream.version, self._moment if at == self._now else moment(at))


def owner_of(connection: sqlite3.Connection, project: str, kind: str, order: str) -> str | None:
    """The stream that owns the name."""
    found = connection.execute(
        "SELECT streams.name FROM names JOIN streams ON streams.id = names.stream_id "
        "WHERE names.project = ? AND names.kind = ? AND names.order_name = ?",
        (project, kind, order),
    ).fetchone()
    return None if found is None else str(found[0])


def _replacing(columns: Sequence[str]) -> str:
    return "ON CONFLICT (id) DO UPDATE SET " + ", ".join(f"{column} = excluded.{column}" for column in columns)


_ENTRIES = ("entries", ("stream_id", "version", "at", "data"), "")
_NAMES = ("names", ("project", "kind", "order_name", "stream_id"), "")
_STREAMS = ("streams", COLUMNS, _replacing(COLUMNS[3:]))
_MOVED_STREAMS = ("streams", COLUMNS, _replacing(MOVED))


def _insert(
    connection: sqlite3.Connection, into: tuple[str, tuple[str, ...], str], rows: Sequence[tuple[object, ...]]
) -> None:
    for chunk in chunks(rows):
        connection.execute(_insertion(*into, len(chunk)), [value for row in chunk for value in row])


@functools.cache
def _insertion(table: str, columns: tuple[str, ...], conflict: str, rows: int) -> str:
    row = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * rows)} {conflict}"
