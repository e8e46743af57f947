"""The payment state machine: entries in, facts and orders out. Pure; :mod:`.table` holds the theory of operation.

``fold`` and ``apply`` make facts of journaled entries, ``plan`` judges news and says what to do next, ``steps_of`` what
is shown to the user on the way.
"""

from __future__ import annotations

from bank131_async.core.machine.diagram import markdown, mermaid
from bank131_async.core.machine.entries import (
    Answered,
    Entry,
    Handled,
    Intended,
    Kind,
    Lost,
    Observed,
    Opened,
    Pruned,
    Refused,
    Resolved,
    StoredEntry,
    TokenGiven,
)
from bank131_async.core.machine.entry_codec import SCHEMA, decode_entry, encode_entry
from bank131_async.core.machine.facts import EMPTY, Facts
from bank131_async.core.machine.fold import FOLD_VERSION, apply, fold, read_session
from bank131_async.core.machine.orders import (
    Allow,
    Append,
    AskPerson,
    AskStatus,
    CallPolicy,
    Order,
    Resend,
    SendFresh,
    Wake,
    WakeAt,
)
from bank131_async.core.machine.outcomes import Cancelled, Failed, Outcome, Succeeded
from bank131_async.core.machine.parts import Attempt, IntentFacts, Opening, Reading, RefundFacts, Trouble
from bank131_async.core.machine.phases import Command, Phase
from bank131_async.core.machine.planner import News, Step, Tick, Wish, plan
from bank131_async.core.machine.settings import MachineSettings
from bank131_async.core.machine.settle import settle
from bank131_async.core.machine.standing import ending_of
from bank131_async.core.machine.steps import (
    ActionRequired,
    AttemptFailed,
    FlowStep,
    OutcomeUnknown,
    ReadyToCapture,
    ReadyToConfirm,
    StepKey,
    steps_of,
)
from bank131_async.core.machine.table import TABLE, Ask, Conflict, Illegal, Move, NewsKind, Stale, Stay, Verdict
from bank131_async.core.machine.tombstone import is_prunable, tombstone

__all__ = [
    "EMPTY",
    "FOLD_VERSION",
    "SCHEMA",
    "TABLE",
    "ActionRequired",
    "Allow",
    "Answered",
    "Append",
    "Ask",
    "AskPerson",
    "AskStatus",
    "Attempt",
    "AttemptFailed",
    "CallPolicy",
    "Cancelled",
    "Command",
    "Conflict",
    "Entry",
    "Facts",
    "Failed",
    "FlowStep",
    "Handled",
    "Illegal",
    "Intended",
    "IntentFacts",
    "Kind",
    "Lost",
    "MachineSettings",
    "Move",
    "News",
    "NewsKind",
    "Observed",
    "Opened",
    "Opening",
    "Order",
    "Outcome",
    "OutcomeUnknown",
    "Phase",
    "Pruned",
    "Reading",
    "ReadyToCapture",
    "ReadyToConfirm",
    "RefundFacts",
    "Refused",
    "Resend",
    "Resolved",
    "SendFresh",
    "Stale",
    "Stay",
    "Step",
    "StepKey",
    "StoredEntry",
    "Succeeded",
    "Tick",
    "TokenGiven",
    "Trouble",
    "Verdict",
    "Wake",
    "WakeAt",
    "Wish",
    "apply",
    "decode_entry",
    "encode_entry",
    "ending_of",
    "fold",
    "is_prunable",
    "markdown",
    "mermaid",
    "plan",
    "read_session",
    "settle",
    "steps_of",
    "tombstone",
]
