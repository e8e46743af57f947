"""The rows of the table of streams, as the writer holds them."""

from __future__ import annotations

import functools
import operator
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import attrs
import orjson

from bank131_async.stores.base import Index

_CHUNK = 50
"""Rows in one statement."""

_MOST_KNOWN = 10_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """A time as the file holds it."""
    return (at - _EPOCH) // _MICROSECOND


def moment(at: int) -> datetime:
    """A time of the file (aware UTC)."""
    return _EPOCH + timedelta(microseconds=at)


@attrs.define(weakref_slot=False)
class Stream:
    """A row."""

    id: int
    project: str
    name: str
    version: int = 0
    moved_at: int = 0
    pruned: int = 0
    due_at: int | None = None
    unfinished: int = 0
    in_doubt: int = 0
    needs_person: int = 0
    unhandled: int = 0
    kind: str = "payment"
    order_name: str | None = None

    def take(self, index: Index) -> None:
        """Replace the columns of the index."""
        self.due_at = None if index.due is None else microseconds(index.due)
        self.unfinished = int(index.unfinished)
        self.in_doubt = int(index.in_doubt)
        self.needs_person = int(index.needs_person)
        self.unhandled = int(index.unhandled)
        self.kind = index.kind
        self.order_name = index.order


COLUMNS = tuple(field.name for field in attrs.fields(Stream))
MOVED = ("version", "moved_at", "due_at")
ROW_OF = operator.attrgetter(*COLUMNS)
LISTED_BY = operator.attrgetter(*(name for name in COLUMNS if name not in MOVED))
Key = tuple[str, str]
_Row = TypeVar("_Row")


class KnownStreams:
    """Streams as this connection's last commit left them; forgotten as soon as another connection commits.

    To be asked inside a write transaction: nobody else commits meanwhile.
    """

    def __init__(self) -> None:
        self._as_of: tuple[sqlite3.Connection, int] | None = None
        self._streams: dict[Key, Stream] = {}

    def recall(self, connection: sqlite3.Connection, keys: Sequence[Key]) -> tuple[dict[Key, Stream], int]:
        """Those of the streams that exist, and the newest id in the table."""
        unknown = {key for key in keys if key not in self._streams}
        commits, newest_id, found = _ask(connection, unknown)
        if self._as_of != (connection, commits) or len(self._streams) > _MOST_KNOWN:
            if len(unknown) < len(keys):
                commits, newest_id, found = _ask(connection, set(keys))
            self._as_of = (connection, commits)
            self._streams = {}
        self.keep(found)
        return {key: self._streams[key] for key in keys if key in self._streams}, newest_id

    def keep(self, streams: Iterable[Stream]) -> None:
        """What was read or has just been committed."""
        self._streams.update(((stream.project, stream.name), stream) for stream in streams)


def _ask(connection: sqlite3.Connection, keys: Collection[Key]) -> tuple[int, int, Sequence[Stream]]:
    """How often other connections have committed, the newest id, the rows of the streams: in one step of SQLite."""
    commits, newest_id, rows = connection.execute(
        _question(len(keys)), [text for key in sorted(keys) for text in key]
    ).fetchone()
    return commits, newest_id, [Stream(*row) for row in orjson.loads(rows)]


@functools.cache
def _question(keys: int) -> str:
    return (
        "SELECT data_version, (SELECT ifnull(max(id), 0) FROM streams), "
        f"(SELECT json_group_array(json_array({', '.join(COLUMNS)})) FROM streams "
        f"WHERE (project, name) IN (VALUES {', '.join(['(?, ?)'] * keys) or '(NULL, NULL)'})) FROM pragma_data_version"
    )


def chunks(rows: Sequence[_Row]) -> Iterable[Sequence[_Row]]:
    """Rows by the statement."""
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))
