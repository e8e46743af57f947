"""What the bank remembers for people to look at: requests with their answers, webhooks, and what somebody did by hand.

Bodies are kept without their secrets.
"""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Literal

from attrs import evolve, frozen

from bank131_async.core.redact import redact_body
from bank131_async.sandbox.delivery import OutgoingWebhook
from bank131_async.sandbox.history import History


@frozen
class Exchange:
    """A request and its answer. ``status`` is ``None`` when no answer was sent; ``fault`` names what was spoiled."""

    at: datetime
    method: str
    path: str
    request: bytes
    status: int | None
    answer: bytes
    fault: str | None = None


@frozen
class Note:
    """What the payer or the bank did without a request of the merchant."""

    at: datetime
    who: Literal["payer", "bank"]
    what: str


@frozen
class Entry:
    """A thing in the record; ``order`` tells what began first, also while the clock stands still."""

    order: int
    item: Exchange | Note | OutgoingWebhook


class Record:
    """The entries of a bank by session. Those that belong to no session are kept under the empty id."""

    def __init__(self) -> None:
        self._orders = count()
        self._entries: History[Entry] = History()

    def begin(self) -> int:
        """The place in the record of something that begins now."""
        return next(self._orders)

    def exchange(self, session_id: str, order: int, exchange: Exchange) -> None:
        """Keep a request that began at ``order``, without its secrets."""
        request, answer = redact_body(exchange.request), redact_body(exchange.answer)
        self._entries.add(session_id, Entry(order, evolve(exchange, request=request, answer=answer)))

    def note(self, session_id: str, note: Note) -> None:
        """Keep what somebody did."""
        self._entries.add(session_id, Entry(self.begin(), note))

    def webhook(self, webhook: OutgoingWebhook) -> None:
        """Keep a webhook."""
        self._entries.add(webhook.session_id, Entry(self.begin(), webhook))

    def of(self, session_id: str) -> list[Entry]:
        """The entries of one session in the order in which they began."""
        return sorted(self._entries.of(session_id), key=lambda entry: entry.order)
