"""What is read from the file; every list by an index of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from bank131_async.core.machine.entries import StoredEntry
from bank131_async.stores.base import Index, StreamInfo, StreamState
from bank131_async.stores.cipher import Cipher
from bank131_async.stores.rows import decode_row
from bank131_async.stores.sqlite.schema import IS_BUSY, IS_FINISHED, IS_WORK
from bank131_async.stores.sqlite.streams import microseconds, moment

_CONDITIONS = {
    StreamState.any: "true",
    StreamState.pruned: "pruned",
    StreamState.finished: IS_FINISHED,
    # The index is that of all busy streams, which are few; the list picks from it.
    StreamState.unfinished: f"{IS_BUSY} AND unfinished",
    StreamState.in_doubt: f"{IS_BUSY} AND in_doubt",
    StreamState.needs_person: f"{IS_BUSY} AND needs_person",
    StreamState.unhandled: f"{IS_BUSY} AND unhandled",
}


def load(
    connection: sqlite3.Connection, project: str, stream: str, after: int, cipher: Cipher | None
) -> Sequence[StoredEntry]:
    """The entries above ``after``."""
    rows = connection.execute(
        "SELECT version, at, data FROM entries "
        "WHERE stream_id = (SELECT id FROM streams WHERE project = ? AND name = ?) AND version > ? ORDER BY version",
        (project, stream, after),
    ).fetchall()
    return tuple(
        StoredEntry(version, moment(at), decode_row(data, cipher, stream=stream, version=version))
        for version, at, data in rows
    )


def unfinished(connection: sqlite3.Connection, project: str, now: datetime, limit: int) -> Sequence[str]:
    """Due streams, oldest due first."""
    rows = connection.execute(
        f"SELECT name FROM streams WHERE project = ? AND {IS_WORK} AND due_at <= ? ORDER BY due_at, name LIMIT ?",
        (project, microseconds(now), limit),
    )
    return [name for (name,) in rows]


def page(
    connection: sqlite3.Connection,
    project: str,
    state: StreamState,
    moved_since: datetime | None,
    moved_before: datetime | None,
    after: str,
    limit: int,
) -> Sequence[StreamInfo]:
    """One page of a list, by name."""
    conditions = ["project = ?", "name > ?", "version > 0", _CONDITIONS[state]]
    values: list[str | int] = [project, after]
    if moved_since is not None:
        conditions.append("moved_at >= ?")
        values.append(microseconds(moved_since))
    if moved_before is not None:
        conditions.append("moved_at < ?")
        values.append(microseconds(moved_before))
    rows = connection.execute(
        "SELECT name, version, moved_at, pruned, due_at, unfinished, in_doubt, needs_person, unhandled, kind, "
        f"order_name FROM streams WHERE {' AND '.join(conditions)} ORDER BY name LIMIT ?",
        (*values, limit),
    )
    return [_info(*row) for row in rows]


def _info(
    name: str, version: int, moved_at: int, pruned: int, due_at: int | None, *index: int | str | None
) -> StreamInfo:
    unfinished_, in_doubt, needs_person, unhandled, kind, order = index
    return StreamInfo(
        name,
        version,
        moment(moved_at),
        Index(
            due=None if due_at is None else moment(due_at),
            unfinished=bool(unfinished_),
            in_doubt=bool(in_doubt),
            needs_person=bool(needs_person),
            unhandled=bool(unhandled),
            kind=str(kind),
            order=None if order is None else str(order),
        ),
        pruned=bool(pruned),
    )


def newest(connection: sqlite3.Connection) -> int:
    """The id of the newest entry of all projects."""
    (found,) = connection.execute("SELECT ifnull(max(id), 0) FROM entries").fetchone()
    return int(found)


def moved(connection: sqlite3.Connection, after: int) -> Sequence[tuple[str, str, int, int]]:
    """Project, name, version and newest id of each stream that has entries with an id above ``after``."""
    return connection.execute(
        "SELECT streams.project, streams.name, max(entries.version), max(entries.id) FROM entries "
        # The plus keeps SQLite from walking through all entries by stream to save the sorting of these few.
        "JOIN streams ON streams.id = entries.stream_id WHERE entries.id > ? GROUP BY +entries.stream_id",
        (after,),
    ).fetchall()
