"""What happens while the demo runs, as values. Nothing in them is secret: they are made of what may be shown."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import ClassVar, Literal, TypeAlias

import attrs

from bank131_async.cli.demo.watch import Watch

Kind: TypeAlias = Literal["request", "webhook", "payer", "bank", "step", "refund", "outcome"]


@attrs.frozen(kw_only=True)
class DemoStarted:
    """The bank and the shop are up."""

    event: ClassVar[str] = "demo"
    bank: str
    shop: str
    scenarios: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ScenarioStarted:
    """A story begins: number ``number`` of ``of``."""

    event: ClassVar[str] = "scenario"
    scenario: str
    number: int
    of: int
    title: str
    story: str


@attrs.frozen(kw_only=True)
class Moment:
    """Something was over ``at_ms`` milliseconds into the story, after ``took_ms`` if it took time.

    ``event`` tells who: ``request`` (the shop called the bank), ``webhook`` (the bank called the shop), ``payer``,
    ``bank`` (by itself), and what came of it in the shop's program: ``step``, ``refund``, ``outcome``.
    """

    event: Kind
    scenario: str
    at_ms: float
    took_ms: float | None = None
    what: str
    detail: str | None = None
    result: str | None = None
    session_id: str | None = None


@attrs.frozen(kw_only=True)
class ScenarioEnded:
    """A story is over; ``differences`` are from what it tells, none if all went as told."""

    event: ClassVar[str] = "scenario_end"
    scenario: str
    took_ms: float
    as_told: bool
    outcome: str
    differences: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Summary:
    """All stories are over; ``unexpected`` of them did not end as told."""

    event: ClassVar[str] = "summary"
    scenarios: int
    succeeded: int
    unexpected: int


Event: TypeAlias = DemoStarted | ScenarioStarted | Moment | ScenarioEnded | Summary
Show: TypeAlias = Callable[[Event], None]


class Timeline:
    """The course of one story: shows what happens as it happens, and remembers what a story can be compared with."""

    def __init__(self, scenario: str, show: Show) -> None:
        self.steps: list[str] = []
        self.webhooks: list[str] = []
        self.refunds: list[str] = []
        self.outcome: str = "none"
        self.problems: list[str] = []
        self._scenario = scenario
        self._show = show
        self._began = time.perf_counter()
        self._is_over = False
        self._heard = Watch()

    @property
    def passed_ms(self) -> float:
        """Milliseconds since the story began."""
        return self._ms(time.perf_counter())

    def add(
        self,
        event: Kind,
        what: str,
        detail: str = "",
        result: str = "",
        *,
        began: float | None = None,
        session_id: str | None = None,
    ) -> None:
        """Show a moment; ``began`` is the ``time.perf_counter()`` at which what took time began."""
        if self._is_over:
            return
        now = time.perf_counter()
        self._show(
            Moment(
                event=event,
                scenario=self._scenario,
                at_ms=self._ms(now),
                took_ms=None if began is None else round((now - began) * 1000, 1),
                what=what,
                detail=detail or None,
                result=result or None,
                session_id=session_id,
            )
        )

    def step(self, name: str, detail: str, session_id: str) -> None:
        """The flow tells what has to be done."""
        self.steps.append(name)
        self.add("step", name, detail, session_id=session_id)

    def refund(self, text: str, detail: str, session_id: str) -> None:
        """Money went back, by a refund or by a chargeback."""
        self.refunds.append(f"{text} {detail}")
        self.add("refund", text, detail, session_id=session_id)

    def ended(self, outcome: str, session_id: str) -> None:
        """The flow has its outcome."""
        self.outcome = outcome
        self.steps.append("payment_finished")
        self.add("outcome", "payment_finished", outcome, session_id=session_id)

    def handled(self, webhook: str) -> None:
        """A webhook has been verified, journaled and given to the handlers."""
        self.webhooks.append(webhook)
        self._heard.changed()

    async def heard(self, webhooks: Iterable[str]) -> None:
        """Wait until at least these webhooks have been handled."""
        wanted = Counter(webhooks)
        await self._heard.until(lambda: not wanted - Counter(self.webhooks))

    def close(self) -> None:
        """The story has been told: what its flow still does, such as asking once more, is not shown."""
        self._is_over = True

    def _ms(self, moment: float) -> float:
        return round((moment - self._began) * 1000, 1)


class Course:
    """Which story is on now, and which one a session belongs to: that in which it was first heard of."""

    def __init__(self, show: Show) -> None:
        self.now: Timeline = Timeline("", show)
        self._show = show
        self._by_session: dict[str, Timeline] = {}

    def begin(self, scenario: str) -> Timeline:
        """A new story is on from now on."""
        self.now = Timeline(scenario, self._show)
        return self.now

    def of(self, session_id: str | None) -> Timeline:
        """The story of a session, and the one that is on now where no session is named."""
        return self.now if session_id is None else self._by_session.setdefault(session_id, self.now)
