"""What the writer is asked to do, and the rows of the table of streams as it holds them."""

from __future__ import annotations

import functools
import operator
import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import attrs
import orjson

from bank131_async.core._twin import maker_of
from bank131_async.stores.base import Appended, Index

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
class Append:
    """What a caller wants written. ``prunes``: all older entries of the stream go."""

    project: str
    stream: str
    rows: Sequence[bytes]
    expected: int | None
    index: Index | None
    prunes: bool = False


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


#: Made for every append.
appended: Callable[..., Appended] = maker_of(Appended)

COLUMNS = tuple(field.name for field in attrs.fields(Stream))
MOVED = ("version", "moved_at", "due_at")
ROW_OF = operator.attrgetter(*COLUMNS)
LISTED_BY = operator.attrgetter(*(name for name in COLUMNS if name not in MOVED))
Key = tuple[str, str]
_Row = TypeVar("_Row")


class KnownStreams:
    """Streams as this connection's last commit left them; forgotten as soon as another connection commits.

    ``as_of`` is the connection's ``data_version`` at that time: it changes when another one commits.
    """

    def __init__(self) -> None:
        self._connection: sqlite3.Connection | None = None
        self.as_of: int = 0
        self._streams: dict[Key, Stream] = {}

    def find(self, connection: sqlite3.Connection, appends: Sequence[Append]) -> Sequence[Stream] | None:
        """The streams of the appends, each as it was as of ``as_of``; ``None`` if one of them is not known."""
        if self._connection is not connection:
            return None
        get = self._streams.get
        found = [stream for append in appends if (stream := get((append.project, append.stream))) is not None]
        return found if len(found) == len(appends) else None

    def forget(self) -> None:
        """Somebody else has committed."""
        self._connection = None

    def recall(self, connection: sqlite3.Connection, keys: Sequence[Key]) -> tuple[dict[Key, Stream], int]:
        """Those of the streams that exist, and the newest id in the table.

        To be asked inside a write transaction: nobody else commits meanwhile.
        """
        unknown = {key for key in keys if key not in self._streams}
        commits, newest_id, found = _ask(connection, unknown)
        is_abreast = self._connection is connection and self.as_of == commits
        if not is_abreast or len(self._streams) > _MOST_KNOWN:
            if len(unknown) < len(keys):
                commits, newest_id, found = _ask(connection, set(keys))
            self._connection, self.as_of = connection, commits
            self._streams = {}
        self.keep(found)
        return {key: self._streams[key] for key in keys if key in self._streams}, newest_id

    def keep(self, streams: Iterable[Stream]) -> None:
        """What was read or has just been committed."""
        self._streams.update(((stream.project, stream.name), stream) for stream in streams)


def _ask(connection: sqlite3.Connection, keys: Collection[Key]) -> tuple[int, int, Sequence[Stream]]:
    """How often other connections have committed, the newest id, the rows of the streams: in one step of SQLite."""
    projects, names = sorted({project for project, _ in keys}), sorted({name for _, name in keys})
    commits, newest_id, rows = connection.execute(_question(len(projects), len(names)), (*projects, *names)).fetchone()
    return commits, newest_id, [Stream(*row) for row in orjson.loads(rows)]


@functools.cache
def _question(projects: int, names: int) -> str:
    # Each list by itself: SQLite looks pairs up ten times as slowly. There is one project, as a rule; of several,
    # streams that nobody asked for may be among the answers.
    return (
        "SELECT data_version, (SELECT ifnull(max(id), 0) FROM streams), "
        f"(SELECT json_group_array(json_array({', '.join(COLUMNS)})) FROM streams "
        f"WHERE project IN ({', '.join('?' * projects)}) AND name IN ({', '.join('?' * names)})) "
        "FROM pragma_data_version"
    )


def chunks(rows: Sequence[_Row]) -> Iterable[Sequence[_Row]]:
    """Rows by the statement."""
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))
