"""The two ways in which an append loses, in the same words whatever the store."""

from __future__ import annotations

from bank131_async.errors import NameTakenError, StaleVersionError


def stale_version(stream: str, *, expected: int, actual: int) -> StaleVersionError:
    """Somebody else appended first."""
    return StaleVersionError(
        f"stream {stream} is at version {actual}, not {expected}: somebody else appended first", actual=actual
    )


def name_taken(kind: str, order: str, *, owner: str) -> NameTakenError:
    """The name for a decision belongs to another stream."""
    return NameTakenError(f"the {kind} name {order!r} belongs to {owner}", stream=owner)
