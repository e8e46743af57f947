"""Pauses that grow, so that nothing spins while the bank or a policy fails."""

from __future__ import annotations


def growing_s(tries: int, *, longest_s: float = 60.0) -> float:
    """1, 2, 4 ... seconds for 0, 1, 2 ... tries in vain, at most ``longest_s``."""
    return min(longest_s, 2.0 ** min(tries, 16))
