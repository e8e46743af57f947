"""What the journal holds: one entry for everything that happens to a payment.

Entries are values. The store gives each a version, its position in the stream, and the time of writing; those two and
the entry are all that facts are made of. None of the reprs shows a body.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import attrs

from bank131_async.core.machine.phases import Command

Kind: TypeAlias = Literal["payment", "payout", "multi"]
Origin: TypeAlias = Literal["create", "init", "attach"]
Source: TypeAlias = Literal["webhook", "status", "sync"]
Settlement: TypeAlias = Literal["done", "not_done", "superseded"]
Judge: TypeAlias = Literal["evidence", "person", "program"]


@attrs.frozen(kw_only=True, weakref_slot=False)
class Opened:
    """This package knows the session from here on.

    ``managed``: a worker may go on with it. ``order``: the caller's own name for the decision, bound to
    ``params_digest``. ``amount`` (minor units) and ``currency`` are what confirm and capture compare the bank's amount
    with. ``body``: redacted JSON of the session as the create answer gave it; a record, not an observation. ``by``: the
    process that opened it.
    """

    kind: Kind = "payment"
    managed: bool = True
    order: str | None = None
    params_digest: str | None = None
    amount: int | None = None
    currency: str | None = None
    origin: Origin = "create"
    body: bytes | None = attrs.field(default=None, repr=False)
    by: str = ""


@attrs.frozen(kw_only=True, weakref_slot=False)
class Observed:
    """The bank told where the session stands.

    ``event_type``: the webhook's. ``asked``: for answers, the journal version known when the question was *sent*; an
    answer is evidence about what was written up to there. ``digest``: SHA-256 of a webhook's original bytes.
    ``body``: redacted JSON of the webhook or of the answer. ``for_handlers``: the process that received the webhook has
    handlers for it, or knows that others have, so somebody has to run them and say ``handled``.
    """

    source: Source
    event_type: str | None = None
    asked: int | None = None
    digest: bytes | None = attrs.field(default=None, repr=False)
    body: bytes = attrs.field(repr=False)
    for_handlers: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class Intended:
    """A command is about to be sent; written before a byte of it leaves.

    ``intent``: its id, which is also the tag of a refund. ``attempt``: the attempt it is about. ``key``: the
    idempotency key. ``body``: the exact bytes, or ``None`` where they hold card data or a token. ``name``: the caller's
    own name for the decision, bound to ``params_digest``. ``seen_refunds``: ids of the refunds known when it was
    planned. ``call``: the path of the API's call, where the command alone does not tell it. ``fold``: the fold version
    of the writer. ``by``: the writing process. ``replaces``: the intent that this
    one supersedes.
    """

    intent: str
    command: Command
    attempt: str | None = None
    key: str = attrs.field(repr=False)
    body: bytes | None = attrs.field(default=None, repr=False)
    amount: int | None = None
    currency: str | None = None
    name: str | None = None
    seen_refunds: tuple[str, ...] = ()
    masked_card: str | None = None
    params_digest: str | None = None
    call: str | None = None
    fold: int = 1
    by: str = ""
    replaces: str | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class Answered:
    """The bank accepted the command. The body (redacted) is a record: where the session stands is asked afterwards."""

    intent: str
    body: bytes | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True, weakref_slot=False)
class Refused:
    """The bank answered no, with a code that leaves no doubt about the answer."""

    intent: str
    code: str
    description: str = ""
    http_status: int | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class Lost:
    """No usable answer came. ``not_sent``: no byte of it left; ``key_used``: the bank has seen the key before."""

    intent: str
    reason: str
    not_sent: bool = False
    key_used: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class Resolved:
    """A command's fate is settled, otherwise than by its own answer."""

    intent: str
    how: Settlement
    by: Judge
    note: str = ""


@attrs.frozen(kw_only=True, weakref_slot=False)
class TokenGiven:
    """A token for the bank's form was given out: from here on the form redirects the payer by itself."""

    widget: str


@attrs.frozen(kw_only=True, weakref_slot=False)
class Handled:
    """The handlers of the webhook with this digest have been run to their end, by the process ``by``."""

    digest: bytes = attrs.field(repr=False)
    by: str = ""


@attrs.frozen(kw_only=True, weakref_slot=False)
class Pruned:
    """The tombstone of a finished stream: all entries up to here are gone, and this is what they amounted to.

    ``facts``: JSON, made and read by :mod:`.tombstone`. ``session_id``: of an init, the session that it made.
    """

    facts: bytes = attrs.field(repr=False)
    session_id: str | None = None
    by: str = ""


Entry: TypeAlias = Opened | Observed | Intended | Answered | Refused | Lost | Resolved | TokenGiven | Handled | Pruned


@attrs.frozen(weakref_slot=False)
class StoredEntry:
    """An entry with its place: ``version`` counts from 1 within the stream, ``at`` is the store's time (aware UTC)."""

    version: int
    at: datetime
    entry: Entry
