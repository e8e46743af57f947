"""What goes wrong on purpose: named faults, struck by seeded rules.

``rules`` decides which request or webhook is struck, ``webhooks`` what becomes of a webhook; both are pure. ``http``
spoils answers on real sockets.
"""

from __future__ import annotations

from bank131_async.sandbox.faults.rules import FAULTS, Fault, FaultRule, Faults

__all__ = ["FAULTS", "Fault", "FaultRule", "Faults"]
