"""What the machine decides by, where the bank's documents leave it open or a project may differ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import attrs

from bank131_async.core.machine.phases import Phase

_HOUR_S = 3600.0
_DAY_S = 24 * _HOUR_S


@attrs.frozen(kw_only=True)
class MachineSettings:
    """All durations in seconds, measured by the store's clock.

    - ``failed_attempt_ends_session``: a failed attempt is the end (``Failed``) even while the session is open. The
      bank's documents do not tell which status a session has then.
    - ``tag_refunds``: our refunds carry the intent's id in their metadata, to be recognised by.
    - ``refund_metadata_echoed``: whether the bank shows that metadata again; ``None``: learnt from the journal, and
      believed until seen otherwise.
    - ``settle_interval_s``: how far apart two status answers without an effect must lie before a command whose key is
      burnt may be sent under a new one; also the age at which an intent without any reply counts as left behind.
    - ``idempotency_key_lifetime_s``: how long the bank is trusted to remember a key. It is not documented; within it a
      refund is sent again with the same bytes and key, after it never.
    - ``*_limit_s``: how long a phase may last before the bank is asked and the policy called (docs:
      reference/webhooks for confirm and action, payments/payment-hold for the hold; the others are ours).
    - ``horizon_grace_s``: this long after that, the flow leaves ``unfinished`` and needs a person. ``unknown_limit_s``
      is a horizon itself, and also that of intents and refunds which never settle.
    """

    failed_attempt_ends_session: bool = False
    tag_refunds: bool = True
    refund_metadata_echoed: bool | None = None
    settle_interval_s: float = 60.0
    idempotency_key_lifetime_s: float = _HOUR_S
    created_limit_s: float = _DAY_S
    in_progress_limit_s: float = 7 * _DAY_S
    action_limit_s: float = _HOUR_S
    confirm_limit_s: float = 4 * _HOUR_S
    hold_limit_s: float = 5 * _DAY_S
    unknown_limit_s: float = 14 * _DAY_S
    horizon_grace_s: float = _DAY_S
    limits: Mapping[Phase, timedelta] = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(lambda self: _limits(self), takes_self=True)
    )
    """How long each phase may last, from the settings above."""


def _limits(settings: MachineSettings) -> Mapping[Phase, timedelta]:
    seconds = {
        Phase.CREATED: settings.created_limit_s,
        Phase.IN_PROGRESS: settings.in_progress_limit_s,
        Phase.READY_TO_CONFIRM: settings.confirm_limit_s,
        Phase.ACTION_REQUIRED: settings.action_limit_s,
        Phase.READY_TO_CAPTURE: settings.hold_limit_s,
        Phase.OUTCOME_UNKNOWN: settings.unknown_limit_s,
    }
    return {phase: timedelta(seconds=limit_s) for phase, limit_s in seconds.items()}
