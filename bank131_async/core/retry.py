"""What to do after a request did not end in a plain answer: a pure decision by what is known of its effect.

===================  ===========================  ==========================
what is known        moves no money               moves money
===================  ===========================  ==========================
not sent             repeat, same key             repeat, same key
429                  after the pause, same key    after the pause, same key
lost                 repeat, new key if any       ask the status
refused, in doubt    repeat, new key if any       ask the status
refused              stop                         stop
===================  ===========================  ==========================

A repeated idempotency key is not replayed by the bank but refused (``idempotency_key_already_exists``), hence the new
key where an orphan does no harm, and no repetition at all where it would. Settling what is lost is the flow's matter;
here the word is only that the status has to be asked first.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from attrs import Attribute, field, frozen

from bank131_async.core.models.codes import facts_of
from bank131_async.errors import ConfigurationError


@frozen
class NotSent:
    """There is evidence that no byte of the request can have reached the bank."""


@frozen
class Lost:
    """Bytes left, and no usable answer came."""


@frozen
class RateLimited:
    """HTTP 429. ``retry_after`` is the pause in seconds that the bank asked for, if it named one."""

    retry_after: float | None = None


@frozen
class Refused:
    """The bank's own error envelope."""

    code: str
    http_status: int | None = None


Known: TypeAlias = NotSent | Lost | RateLimited | Refused


@frozen
class Repeat:
    """Send the same bytes once more after ``after_s`` seconds, under the same idempotency key or under a new one."""

    after_s: float
    same_key: bool = True


@frozen
class AskStatus:
    """The effect is unknown: ask ``session/status`` before anything else is sent."""


@frozen
class Stop:
    """Hand the error to the caller."""


Decision: TypeAlias = Repeat | AskStatus | Stop


def _at_least_zero(_owner: object, attribute: Attribute[Any], value: float) -> None:
    if not value >= 0:
        raise ConfigurationError(f"retry.{attribute.name}: expected a number of at least 0")


@frozen(kw_only=True)
class RetryPolicy:
    """How often and how soon. ``attempts`` counts the first one; times are in seconds.

    ``longest_pause_s`` limits what is accepted from ``Retry-After``: a longer one is the caller's to wait for.
    """

    attempts: int = field(default=4, validator=_at_least_zero)
    first_pause_s: float = field(default=0.25, validator=_at_least_zero)
    longest_pause_s: float = field(default=30.0, validator=_at_least_zero)


DEFAULT_POLICY = RetryPolicy()


def decide(
    known: Known,
    *,
    attempt: int,
    moves_money: bool,
    jitter: float,
    policy: RetryPolicy = DEFAULT_POLICY,
) -> Decision:
    """Decide after attempt number ``attempt`` (from 1) of one request.

    ``moves_money`` is the operation's; ``jitter`` is a random number from 0 to 1, so that many callers do not come back
    at the same moment.
    """
    if isinstance(known, Refused):
        if not facts_of(known.code, known.http_status).in_doubt:
            return Stop()
        known = Lost()
    if isinstance(known, Lost) and moves_money:
        return AskStatus()
    if attempt >= policy.attempts:
        return Stop()
    pause = backoff(attempt, jitter, policy)
    if isinstance(known, RateLimited) and known.retry_after is not None:
        pause += max(known.retry_after, 0.0)
        if not known.retry_after <= policy.longest_pause_s:
            return Stop()
    return Repeat(pause, same_key=not isinstance(known, Lost))


def backoff(attempt: int, jitter: float, policy: RetryPolicy = DEFAULT_POLICY) -> float:
    """Seconds to wait after attempt number ``attempt``: doubling up to a cap, up to a half shorter by ``jitter``."""
    pause = policy.first_pause_s * 2.0 ** min(attempt - 1, 60)
    return min(pause, policy.longest_pause_s) * (1.0 - jitter / 2)
