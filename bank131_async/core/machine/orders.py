"""What the planner orders; the driver carries it out. Values, no behaviour."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import attrs

from bank131_async.core.machine.entries import Entry
from bank131_async.core.machine.phases import Phase


@attrs.frozen(weakref_slot=False)
class AskStatus:
    """Call ``session/status`` and journal the answer, with the version known when it was sent."""

    reason: str


@attrs.frozen(weakref_slot=False)
class Append:
    """Append this entry, at the version that the facts have."""

    entry: Entry


@attrs.frozen(weakref_slot=False)
class Resend:
    """Send the command's bytes again under its key, and journal the reply."""

    intent_id: str


@attrs.frozen(weakref_slot=False)
class SendFresh:
    """The key is burnt and no effect has shown: resolve the command as superseded and intend it anew with a new key."""

    intent_id: str


@attrs.frozen(weakref_slot=False)
class AskPerson:
    """The machine cannot go on by itself."""

    reason: str


@attrs.frozen(weakref_slot=False)
class Wake:
    """Something that somebody may wait for has changed."""


@attrs.frozen(weakref_slot=False)
class CallPolicy:
    """The payment has come to a phase in which a policy may decide or tell somebody."""

    phase: Phase


@attrs.frozen(weakref_slot=False)
class WakeAt:
    """Come back then; nothing can be decided before."""

    when: datetime


@attrs.frozen(weakref_slot=False)
class Allow:
    """The command may be written down and sent."""


Order: TypeAlias = AskStatus | Append | Resend | SendFresh | AskPerson | Wake | CallPolicy | WakeAt | Allow
