"""Which request or webhook is struck by which fault. The same seed, rules and traffic give the same faults."""

from __future__ import annotations

from random import Random
from typing import Literal

from attrs import define, field, frozen
from attrs.setters import NO_OP

from bank131_async.errors import ConfigurationError

Kind = Literal["request", "webhook", "both"]


@frozen
class Fault:
    """A way in which things go wrong: what it strikes, what happens, and its default time and HTTP status."""

    name: str
    kind: Kind
    description: str
    seconds: float | None = None
    status: int | None = None


FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("answer_lost", "request", "The bank acts, then resets the connection instead of answering"),
        Fault("connection_reset", "request", "The connection is reset before the bank acts"),
        Fault("stall", "request", "The bank acts, then waits this long before it answers", seconds=60.0),
        Fault("slow_body", "request", "The bank acts; the answer's body trickles in over this time", seconds=5.0),
        Fault("server_error", "request", "HTTP 5xx with internal_error; the bank does not act", status=500),
        Fault("rate_limited", "request", "HTTP 429 with this Retry-After; the bank does not act", seconds=1.0),
        Fault("html_error", "request", "A proxy's error page in HTML; the bank does not act", status=502),
        Fault("truncated_json", "request", "The bank acts; the answer breaks off in the middle of its JSON"),
        Fault("garbage_json", "request", "The bank acts; the answer is no JSON"),
        Fault("clock_skew", "both", "Times in the answer or webhook are off by this much", seconds=300.0),
        Fault("webhook_wrong_signature", "webhook", "The first sending has a wrong signature; the repetition is right"),
        Fault("webhook_duplicate", "webhook", "The webhook is sent twice"),
        Fault("webhook_delayed", "webhook", "The webhook is sent this much later", seconds=30.0),
        Fault(
            "webhook_reordered",
            "webhook",
            "The webhook is sent after the next one of its session, or after this time",
            seconds=30.0,
        ),
        Fault("webhook_lost", "webhook", "The webhook is never sent, unless by hand"),
        Fault("webhook_unknown_type", "webhook", "A webhook of a type nobody knows is sent before the true one"),
    )
}
"""Every fault by its name."""


def _known(_owner: object, _attribute: object, name: str) -> None:
    if name not in FAULTS:
        raise ConfigurationError(f"name: expected one of {', '.join(FAULTS)}")


def _share(_owner: object, _attribute: object, value: float) -> None:
    if not 0 <= value <= 1:
        raise ConfigurationError("probability: expected a number from 0 to 1")


def _positive(_owner: object, _attribute: object, value: int | None) -> None:
    if value is not None and value < 1:
        raise ConfigurationError("count: expected a whole number from 1, or nothing for no end")


def _http_status(_owner: object, _attribute: object, value: int | None) -> None:
    if value is not None and not 400 <= value <= 599:
        raise ConfigurationError("status: expected an HTTP status from 400 to 599")


# The validators are for what is given, not for what is counted down.
@define(kw_only=True, eq=False, on_setattr=NO_OP)
class FaultRule:
    """One rule. ``method`` is a method such as ``session/confirm``, for webhooks their type; ``None`` fits all.

    ``seconds`` may be negative for ``clock_skew`` alone. ``left`` is how often the rule still strikes, without end if
    ``None``; ``struck`` counts how often it has.
    """

    number: int
    name: str = field(validator=_known)
    method: str | None = None
    session_id: str | None = None
    probability: float = field(default=1.0, validator=_share)
    left: int | None = field(default=None, validator=_positive)
    seconds: float | None = None
    status: int | None = field(default=None, validator=_http_status)
    struck: int = 0
    dice: Random = field(repr=False, factory=Random)

    def __attrs_post_init__(self) -> None:
        fault = FAULTS[self.name]
        for given, default, name in ((self.seconds, fault.seconds, "seconds"), (self.status, fault.status, "status")):
            if given is not None and default is None:
                raise ConfigurationError(f"{name}: {self.name} takes none")
        if self.seconds is None:
            self.seconds = fault.seconds
        elif self.seconds < 0 and self.name != "clock_skew":
            raise ConfigurationError("seconds: expected a number that is not negative")
        if self.status is None:
            self.status = fault.status

    def strikes(self, kind: Kind, method: str, session_id: str) -> bool:
        """Whether this rule strikes now; if so, that is counted."""
        if self.left == 0 or FAULTS[self.name].kind not in (kind, "both"):
            return False
        if self.method not in (None, method) or self.session_id not in (None, session_id):
            return False
        if self.dice.random() >= self.probability:
            return False
        self.struck += 1
        if self.left is not None:
            self.left -= 1
        return True


class Faults:
    """The rules in force, in the order in which they were added; of several that fit the first to strike wins."""

    def __init__(self, seed: int = 0) -> None:
        self.seed: int = seed
        self.rules: dict[int, FaultRule] = {}
        self._added = 0

    def add(
        self,
        name: str,
        *,
        method: str | None = None,
        session_id: str | None = None,
        probability: float = 1.0,
        count: int | None = None,
        seconds: float | None = None,
        status: int | None = None,
    ) -> FaultRule:
        """Put a rule in force; ``count`` is how often it strikes at most. Raises ``ConfigurationError``."""
        self._added += 1
        rule = FaultRule(
            number=self._added,
            name=name,
            method=method,
            session_id=session_id,
            probability=probability,
            left=count,
            seconds=seconds,
            status=status,
            # Faults are to be repeatable, not secret. A stream of its own makes a rule independent of the others.
            dice=Random(f"{self.seed}:{self._added}"),  # noqa: S311
        )
        self.rules[rule.number] = rule
        return rule

    def remove(self, number: int) -> None:
        """Take a rule out of force. Raises ``KeyError``."""
        del self.rules[number]

    def clear(self, seed: int | None = None) -> None:
        """Take all rules out of force and begin anew, with this seed or the one before."""
        self.rules.clear()
        self._added = 0
        self.seed = self.seed if seed is None else seed

    def strike(self, kind: Literal["request", "webhook"], method: str, session_id: str) -> FaultRule | None:
        """The rule that strikes this request or webhook, if any."""
        return next((rule for rule in self.rules.values() if rule.strikes(kind, method, session_id)), None)
