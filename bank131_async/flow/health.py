"""Numbers about recovery, for gauges."""

from __future__ import annotations

from datetime import datetime

import attrs


@attrs.frozen(kw_only=True, weakref_slot=False)
class Health:
    """How this process gets on with its payments, at one moment. Reading it costs nothing and asks nobody.

    - ``workers``: how many ``run(policy)`` go on here; ``in_flight``: flows they have in hand.
    - ``backlog``: flows that were due and found no free place at the last look, as far as a worker looks (as many again
      as it may have in hand). Above zero for long: more concurrency or more workers are needed.
    - ``awaited``: flows that somebody in this process waits for.
    - ``unhandled``: webhooks received here whose handlers have not been run to their end.
    - ``bank_failing_since``, ``store_failing_since``: since when the bank, the store has not answered; else ``None``.
      In an outage flows are left alone but for single probes.

    The numbers of the whole project, over all processes, are ``await bank.audit.count()``.
    """

    workers: int
    in_flight: int
    backlog: int
    awaited: int
    unhandled: int
    bank_failing_since: datetime | None
    store_failing_since: datetime | None
