"""Journals by hand: entries with versions and times, for the machine's tests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from bank131_async.core.machine import (
    Command,
    Entry,
    Facts,
    Intended,
    MachineSettings,
    Observed,
    Opened,
    Step,
    StoredEntry,
    Tick,
    Verdict,
    Wish,
    fold,
    plan,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SETTINGS = MachineSettings()


def webhook(event_type: str, body: bytes) -> Observed:
    """A webhook as the receiver journals it."""
    return Observed(source="webhook", event_type=event_type, digest=sha256(body).digest(), body=body)


def status(body: bytes, asked: int) -> Observed:
    """A status answer to a question sent when the journal stood at ``asked``."""
    return Observed(source="status", asked=asked, body=body)


def stored(entries: Iterable[Entry], first: int = 1) -> list[StoredEntry]:
    """Entries with versions from ``first``, a second apart."""
    return [StoredEntry(at, NOON + timedelta(seconds=at), entry) for at, entry in enumerate(entries, first)]


def folded(*entries: Entry, settings: MachineSettings = SETTINGS) -> Facts:
    """The facts of a stream."""
    return fold(stored(entries), settings)


def session(
    status: str | None = "in_progress",
    *items: dict[str, Any],
    t: int | None = None,
    next_action: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A session's JSON; ``t`` is ``updated_at`` in seconds after ten o'clock."""
    made: dict[str, Any] = {"id": "ps_1", **more}
    if status is not None:
        made["status"] = status
    if t is not None:
        made["updated_at"] = f"2026-11-22T10:{t // 60:02}:{t % 60:02}.000000Z"
    if next_action is not None:
        made["next_action"] = next_action
    if items:
        made["payment_list"] = list(items)
    return made


def item(status: str = "pending", ident: str | None = "pm_1", **more: Any) -> dict[str, Any]:
    """A payment's JSON."""
    made: dict[str, Any] = {"status": status, "amount_details": {"amount": 10_000, "currency": "RUB"}, **more}
    return made if ident is None else {"id": ident, **made}


def redirect(url: str = "https://acs.example/1") -> dict[str, Any]:
    """A customer_interaction that sends the payer somewhere."""
    return {"type": "redirect", "redirect": {"url": url}}


def refund(ident: str, status: str = "accepted", amount: int = 5_000, **more: Any) -> dict[str, Any]:
    """A refund's JSON."""
    return {"id": ident, "status": status, "amount_details": {"amount": amount, "currency": "rub"}, **more}


def hook(event_type: str, made: dict[str, Any]) -> Observed:
    """A webhook about this session."""
    return webhook(event_type, json.dumps({"type": event_type, "session": made}).encode())


def told(made: dict[str, Any], asked: int) -> Observed:
    """A status answer showing this session."""
    return status(json.dumps({"status": "ok", "session": made}).encode(), asked)


class Stream:
    """A stream that grows entry by entry, with a clock that the test moves."""

    def __init__(self, *entries: Entry, settings: MachineSettings = SETTINGS) -> None:
        self.settings = settings
        self.entries: list[StoredEntry] = []
        self.now = NOON
        self.facts = folded()
        self.verdict: Verdict | None = None
        for entry in entries:
            self.add(entry)

    @property
    def version(self) -> int:
        return len(self.entries)

    def add(self, entry: Entry) -> Step:
        one = StoredEntry(self.version + 1, self.now, entry)
        self.entries.append(one)
        step = plan(self.facts, one, self.now, self.settings)
        self.facts, self.verdict = step.facts, step.verdict
        return step

    def status(self, made: dict[str, Any], asked: int | None = None) -> Step:
        """A status answer, asked just now unless told otherwise."""
        return self.add(told(made, self.version if asked is None else asked))

    def intend(self, command: Command, ident: str = "i1", **more: Any) -> Step:
        more.setdefault("attempt", self.facts.attempt)
        more.setdefault("body", b"{}")
        return self.add(Intended(intent=ident, command=command, key=f"key-{ident}", **more))

    def wish(self, command: Command, **more: Any) -> Verdict:
        return plan(self.facts, Wish(command=command, **more), self.now, self.settings).verdict

    def orders(self, holds: Sequence[str] = ()) -> tuple[object, ...]:
        return plan(self.facts, Tick(holds), self.now, self.settings).orders

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


OPENED = Opened(amount=10_000, currency="rub")
