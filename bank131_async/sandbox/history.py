"""Bounded memory: of very many things only the last ones are kept."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Generic, TypeVar

KEPT = 20_000
"""How many things of one kind are kept."""

Item = TypeVar("Item")


class History(Generic[Item]):
    """The last ``limit`` items, oldest first, and those of one session without looking at the others."""

    def __init__(self, limit: int = KEPT) -> None:
        self._limit = limit
        self._items: deque[tuple[str, Item]] = deque()
        self._by_session: defaultdict[str, deque[Item]] = defaultdict(deque)

    def __len__(self) -> int:
        return len(self._items)

    def add(self, session_id: str, item: Item) -> None:
        """Keep an item; the oldest one goes if there is no room."""
        if len(self._items) == self._limit:
            oldest, _ = self._items.popleft()
            self._by_session[oldest].popleft()
            if not self._by_session[oldest]:
                del self._by_session[oldest]
        self._items.append((session_id, item))
        self._by_session[session_id].append(item)

    def all(self) -> list[Item]:
        """Every item that is kept."""
        return [item for _, item in self._items]

    def of(self, session_id: str) -> list[Item]:
        """The items of one session."""
        return list(self._by_session.get(session_id, ()))
