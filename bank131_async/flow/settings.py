"""How a flow waits, asks and gives up: every number in one place.

The bank's own limits come from its documents where it states them; the rest is ours and can be changed.
"""

from __future__ import annotations

import attrs

from bank131_async.core.machine import MachineSettings


@attrs.frozen(kw_only=True)
class PollSchedule:
    """When to ask ``session/status`` while nothing is heard.

    The pause is ``share`` of the time that the phase has lasted already, at least ``first_s`` and at most ``max_s``:
    polls start close together and spread out, whichever process asks and however often it was restarted. Each is moved
    by up to ``jitter`` of itself. A webhook postpones the next poll by at least ``after_webhook_s``: the push works, so
    the pull can rest. All in seconds.
    """

    first_s: float = 2.0
    share: float = 0.6
    max_s: float = 3 * 3600.0
    after_webhook_s: float = 30.0
    jitter: float = 0.2

    def pause_s(self, age_s: float, chance: float) -> float:
        """The pause when the phase has lasted ``age_s``; ``chance`` in [0, 1) is the jitter's luck."""
        plain = min(self.max_s, max(self.first_s, age_s * self.share))
        return plain * (1 + self.jitter * (2 * chance - 1))


@attrs.frozen(kw_only=True)
class FlowSettings:
    """Settings of the flows of one client.

    - ``machine``: what the pure core decides by (horizons, refund tags, key lifetime, ...).
    - ``polling``: when to ask the status; ``status_calls_per_second`` caps such calls over all flows of the client,
      ``status_calls_at_once`` how many are under way together. Each command costs one such call, so a shop with more
      than about twenty payments a second raises it.
    - ``settle_timeout_s``: how long a command whose answer was lost is settled inside the call before
      ``CommandInDoubtError``; the flow goes on settling afterwards.
    - ``fence_s``: a process that was paused longer than this between writing an intent and sending it reads the journal
      again first.
    - ``grace_s``: how long ``aclose()`` waits for what is in flight.
    - ``worker_pause_s``: how often ``run(policy)`` looks for due flows when no hint wakes it and some are about to be
      due; up to ``worker_longest_pause_s`` while none is.
    - ``handlers_takeover_s``: how old a webhook whose handlers have not been run must be before a process that has not
      received it runs them; also how often such webhooks are looked for. More than the slowest handler needs.
    """

    machine: MachineSettings = attrs.field(factory=MachineSettings)
    polling: PollSchedule = attrs.field(factory=PollSchedule)
    status_calls_per_second: float = 50.0
    status_calls_at_once: int = 16
    settle_timeout_s: float = 30.0
    fence_s: float = 2.0
    grace_s: float = 10.0
    worker_pause_s: float = 5.0
    worker_longest_pause_s: float = 30.0
    handlers_takeover_s: float = 60.0
