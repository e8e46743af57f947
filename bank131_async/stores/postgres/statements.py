"""The statements of the journal, for a schema of any name."""

from __future__ import annotations

from bank131_async.stores.base import StreamState
from bank131_async.stores.postgres.schema import quoted

_APPEND = "SELECT * FROM {schema}.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
_PRUNE = "SELECT * FROM {schema}.prune($1, $2, $3, $4)"
_LOAD = """\
SELECT version, at, body FROM {schema}.entries
WHERE project = $1 AND stream = $2 AND version > $3 ORDER BY version"""
_FIND = "SELECT stream FROM {schema}.names WHERE project = $1 AND kind = $2 AND name = $3"
_UNFINISHED = """\
SELECT stream FROM {schema}.streams
WHERE project = $1 AND (unfinished OR in_doubt) AND due <= $2 ORDER BY due, stream LIMIT $3"""
_STREAMS = """\
SELECT stream, version, moved_at, pruned, due, unfinished, in_doubt, needs_person, unhandled, kind, name
FROM {schema}.streams
WHERE project = $1 AND stream > $2 AND version > 0
AND ($3::timestamptz IS NULL OR moved_at >= $3) AND ($4::timestamptz IS NULL OR moved_at < $4)
AND {condition} ORDER BY stream LIMIT $5"""
_MOVED = """\
SELECT project, stream, max(version) AS version FROM {schema}.entries WHERE at >= $1 GROUP BY project, stream"""

_BUSY = "(unfinished OR in_doubt OR needs_person OR unhandled)"
#: What ``StreamInfo.is_in`` says, in SQL. Where ``_BUSY`` is implied, it is there for the sake of its index.
_CONDITIONS = {
    StreamState.unfinished: f"unfinished AND {_BUSY}",
    StreamState.in_doubt: f"in_doubt AND {_BUSY}",
    StreamState.needs_person: f"needs_person AND {_BUSY}",
    StreamState.unhandled: f"unhandled AND {_BUSY}",
    StreamState.finished: f"NOT {_BUSY} AND NOT pruned",
    StreamState.pruned: "pruned",
    StreamState.any: "true",
}


class Statements:
    """The statements for one schema."""

    def __init__(self, schema: str) -> None:
        self._schema = quoted(schema)
        self.append: str = self._named(_APPEND)
        self.prune: str = self._named(_PRUNE)
        self.load: str = self._named(_LOAD)
        self.find: str = self._named(_FIND)
        self.unfinished: str = self._named(_UNFINISHED)
        self.moved: str = self._named(_MOVED)
        self._streams = {
            state: self._named(_STREAMS.replace("{condition}", condition)) for state, condition in _CONDITIONS.items()
        }

    def streams(self, state: StreamState) -> str:
        """One page of the list of this state."""
        return self._streams[state]

    def _named(self, statement: str) -> str:
        return statement.replace("{schema}", self._schema)
