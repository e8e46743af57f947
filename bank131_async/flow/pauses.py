"""Pauses that grow, so that nothing spins while the bank or a policy fails."""

from __future__ import annotations

from bank131_async.core.machine import IntentFacts

_HOUR_S = 3600.0
_MINUTE_S = 60.0


def growing_s(tries: int, *, longest_s: float = _MINUTE_S) -> float:
    """1, 2, 4 ... seconds for 0, 1, 2 ... tries in vain, at most ``longest_s``."""
    return min(longest_s, 2.0 ** min(tries, 16))


def between_sendings_s(intent: IntentFacts, losses: int) -> float:
    """The pause before a command is sent again that was lost ``losses`` times.

    Each sending is an entry of the journal, so the pause grows to an hour; for a refund, whose key is remembered only
    for about that long, to a minute.
    """
    return growing_s(losses, longest_s=_MINUTE_S if intent.command.is_additive else _HOUR_S)
