"""The state table: every phase, every kind of news, one verdict.

THEORY OF OPERATION

The bank runs the payment; we watch. What we know comes from three places that promise no order among each other:
webhooks (late, twice, re-rendered, or never), answers to ``session/status`` (which may have been rendered before, and
may arrive after, anything else), and the answers to our own commands (or their loss). A table of events in order, as
one would write for a peer on a socket, therefore cannot work here: it would take lateness for an error, or the last
message for the truth.

So there is no state that events push around. There are *entries*, which are what happened, in the order in which our
journal took them; and there are *facts*, a pure function of the entries (:mod:`.fold`). A fact is of one of two sorts.

*What only grows*: which attempts there were, which succeeded or failed, which refunds, how the session ended, what we
commanded and how it was answered. These are joins, the same in any order (:mod:`.joins`). The outcome is derived from
them alone (:mod:`.standing`). Success dominates; a failure beats a cancellation; contradictions are remembered as
such. Hence ``payment_finished`` has no exit: no news can shrink a union.

*Where the bank stands now*: the other six phases. They come from one snapshot, the one that nothing outranks
(:mod:`.observations`). A fresh status answer outranks all that the journal held when the question was sent; a strictly
newer ``updated_at`` outranks an older one. There is no third rule, above all no ranking of phases: confirmation and the
payer's action come in either order (docs: payments/payment-scenarios), and a hold may or may not show in
``next_action``. Where the two rules leave more than one word standing, or a type contradicts its body, or a command has
just been answered or lost, a *question* is open: the bank is asked, the phase reads ``in_progress``, and no command is
sent. One answer, asked afterwards, closes it. That is why any two processes, whatever each has missed, agree as soon as
the bank has been asked once more.

So a snapshot may move any open phase to any other: steps are skipped by automatic confirmation, by cards without 3-D
Secure, by one-stage projects, and by lost webhooks. The table does not forbid moves of the bank. What it decides is
which news *is* a move: that which is believed and not outranked. The rest stays (the same again), is stale (older:
only what grows takes it), asks (cannot be ordered), or conflicts (a person has to look). None of these is an error.

Illegal is for our own commands alone: what we are about to tell the bank although it has said that it does not wait
for it. The last rows are those. They hold if an answer of the bank has shown the phase; known by a webhook only, it is
asked first; where it is silent (the item pending, nothing named) it has the last word, not we (:mod:`.planner`).

Two machines live beside this one. Each refund is its own, in the order ``in_progress < error < declined, accepted``;
it reopens no payment, though the session goes back to ``in_progress`` meanwhile. Each command is its own, from written
down to settled (:mod:`.intents`, :mod:`.settle`); there is at most one open at a time.

The kind of a piece of news is found by the fold, the verdict by the lookup below. The tests hold the two against each
other in every cell; the documentation's picture and table are made from it (:mod:`.diagram`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

import attrs

from bank131_async.core.machine.phases import Command, Phase


class NewsKind(StrEnum):
    """What a piece of news is, seen from what is known already."""

    # a believed snapshot, by what the bank stands at after it
    CREATED = "created"
    PROCESSING = "processing"
    CONFIRM_ASKED = "confirm asked"
    ACTION_ASKED = "action asked"
    HELD = "held"
    ATTEMPT_FAILED = "attempt failed"
    UNKNOWN = "outcome unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUND = "refunded"
    # a snapshot that does not tell where the bank stands
    REPEATED = "repeated"  # the same bytes again
    STALE = "stale"  # older than what is known
    UNSETTLED = "unsettled"  # cannot be put in order, or a question is open from before
    DISAGREEING = "disagreeing"  # the type contradicts the body
    CONTRADICTING = "contradicting"  # what only grows contradicts itself now
    # what we did, and what became of it
    NOTED = "noted"  # recorded; the bank's side is not touched
    ATTACHED = "attached"  # begun elsewhere, or created and started in one request
    REPLIED = "replied"  # a command was answered, refused, lost, or found done
    # our own commands, before they are written down
    START = "start"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    CAPTURE = "capture"
    REFUND_WISH = "refund"
    INIT = "init"


@attrs.frozen(weakref_slot=False)
class Move:
    """Apply, and go to ``target``."""

    target: Phase


@attrs.frozen(weakref_slot=False)
class Stay:
    """Apply; the phase stays. Of a command: it may be sent."""


@attrs.frozen(weakref_slot=False)
class Stale:
    """Older than what is known: recorded, what only grows takes it, the phase stays."""


@attrs.frozen(weakref_slot=False)
class Ask:
    """It cannot be judged; the bank is asked. Until it has answered, a payment that has not ended reads in_progress."""


@attrs.frozen(weakref_slot=False)
class Conflict:
    """It contradicts what is known, or what was opened: kept, and a person has to look."""

    reason: str = ""


@attrs.frozen(weakref_slot=False)
class Illegal:
    """A command of ours that cannot apply; never said of the bank's news."""

    reason: str = ""


Verdict: TypeAlias = Move | Stay | Stale | Ask | Conflict | Illegal

NEWS_OF_COMMAND: Mapping[Command, NewsKind] = MappingProxyType(
    {
        Command.start: NewsKind.START,
        Command.confirm: NewsKind.CONFIRM,
        Command.cancel: NewsKind.CANCEL,
        Command.capture: NewsKind.CAPTURE,
        Command.refund: NewsKind.REFUND_WISH,
        Command.init: NewsKind.INIT,
    }
)
"""How a command is looked up."""

_stay, _stale, _ask, _clash, _no = Stay(), Stale(), Ask(), Conflict(), Illegal()
_made, _busy = Move(Phase.CREATED), Move(Phase.IN_PROGRESS)
_conf, _acts = Move(Phase.READY_TO_CONFIRM), Move(Phase.ACTION_REQUIRED)
_held, _dunno, _over = Move(Phase.READY_TO_CAPTURE), Move(Phase.OUTCOME_UNKNOWN), Move(Phase.PAYMENT_FINISHED)

# fmt: off
_ROWS: Mapping[NewsKind, tuple[Verdict, Verdict, Verdict, Verdict, Verdict, Verdict, Verdict]] = {
    # seen in phase          created in_progress to_confirm action  to_capture unknown finished
    NewsKind.CREATED:        (_stay,  _made,  _made,  _made,  _made,  _made,  _stale),
    NewsKind.PROCESSING:     (_busy,  _stay,  _busy,  _busy,  _busy,  _busy,  _stale),
    NewsKind.CONFIRM_ASKED:  (_conf,  _conf,  _stay,  _conf,  _conf,  _conf,  _stale),
    NewsKind.ACTION_ASKED:   (_acts,  _acts,  _acts,  _stay,  _acts,  _acts,  _stale),
    NewsKind.HELD:           (_held,  _held,  _held,  _held,  _stay,  _held,  _stale),
    NewsKind.ATTEMPT_FAILED: (_busy,  _stay,  _busy,  _busy,  _busy,  _busy,  _stale),
    NewsKind.UNKNOWN:        (_dunno, _dunno, _dunno, _dunno, _dunno, _stay,  _stale),
    NewsKind.SUCCEEDED:      (_over,  _over,  _over,  _over,  _over,  _over,  _stay),
    NewsKind.FAILED:         (_over,  _over,  _over,  _over,  _over,  _over,  _stay),
    NewsKind.CANCELLED:      (_over,  _over,  _over,  _over,  _over,  _over,  _stay),
    NewsKind.REFUND:         (_over,  _over,  _over,  _over,  _over,  _over,  _stay),
    NewsKind.REPEATED:       (_stay,  _stay,  _stay,  _stay,  _stay,  _stay,  _stay),
    NewsKind.STALE:          (_stale, _stale, _stale, _stale, _stale, _stale, _stale),
    NewsKind.UNSETTLED:      (_ask,   _ask,   _ask,   _ask,   _ask,   _ask,   _ask),
    NewsKind.DISAGREEING:    (_ask,   _ask,   _ask,   _ask,   _ask,   _ask,   _ask),
    NewsKind.CONTRADICTING:  (_clash, _clash, _clash, _clash, _clash, _clash, _clash),
    NewsKind.NOTED:          (_stay,  _stay,  _stay,  _stay,  _stay,  _stay,  _stay),
    NewsKind.ATTACHED:       (_ask,   _ask,   _ask,   _ask,   _ask,   _ask,   _ask),
    NewsKind.REPLIED:        (_ask,   _ask,   _ask,   _ask,   _ask,   _ask,   _ask),
    NewsKind.START:          (_stay,  _no,    _no,    _no,    _no,    _no,    _no),
    NewsKind.CONFIRM:        (_no,    _stay,  _stay,  _stay,  _no,    _no,    _no),
    NewsKind.CANCEL:         (_stay,  _stay,  _stay,  _stay,  _stay,  _no,    _no),
    NewsKind.CAPTURE:        (_no,    _stay,  _no,    _stay,  _stay,  _no,    _no),
    NewsKind.REFUND_WISH:    (_no,    _no,    _no,    _no,    _no,    _no,    _stay),
    NewsKind.INIT:           (_stay,  _no,    _no,    _no,    _no,    _no,    _no),
}
# fmt: on

TABLE: Mapping[tuple[Phase, NewsKind], Verdict] = MappingProxyType(
    {(phase, kind): row[at] for kind, row in _ROWS.items() for at, phase in enumerate(Phase)}
)
"""Every cell: ``TABLE[phase, kind]``."""
