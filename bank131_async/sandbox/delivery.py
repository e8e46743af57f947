"""Webhooks on their way: what is to be sent when, what was answered, and when to try again.

Pure: nothing is sent here. A delivery is handed out through the outbox, whoever carries it reports the answer, and the
schedule decides (reference: webhooks): anything but HTTP 200 is tried again, at growing intervals, until the end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime

from attrs import define, evolve, field, frozen

from bank131_async.core.signing import Signer
from bank131_async.sandbox.clock import Agenda, Clock
from bank131_async.sandbox.faults import FaultRule, Faults
from bank131_async.sandbox.faults.skew import skewed
from bank131_async.sandbox.history import KEPT, History
from bank131_async.sandbox.project import Project
from bank131_async.sandbox.render import dumps
from bank131_async.sandbox.settings import Settings

UNKNOWN_TYPE = "sandbox_unknown_type"


@define(eq=False)
class OutgoingWebhook:
    """One sending of one webhook: the exact bytes, and the signature over them.

    ``number`` names the webhook, ``attempt`` its sendings from 1 on. ``url`` is ``None`` when the project has none.
    A ``forged`` one looks right, but its signature is over other bytes; it is not sent again.
    """

    number: int
    type: str
    project_id: str
    session_id: str
    url: str | None
    body: bytes
    due_at: datetime
    first_due_at: datetime
    attempt: int
    signer: Signer = field(repr=False)
    forged: bool = False
    _signature: str | None = field(default=None, repr=False, init=False)

    @property
    def signature(self) -> str:
        """Base64 of the bank's signature over ``body``. Made when first asked for, so that no API call waits for it."""
        if self._signature is None:
            self._signature = self.signer.sign(self.body + b" " if self.forged else self.body)
        return self._signature

    @property
    def headers(self) -> dict[str, str]:
        """The headers the bank sends."""
        return {"Content-Type": "application/json", "X-PARTNER-SIGN": self.signature}


@frozen
class Delivery:
    """The record of one sending: ``status`` is the HTTP status, or ``None`` with ``error`` when no answer came."""

    webhook: OutgoingWebhook
    sent_at: datetime
    answered_at: datetime
    status: int | None
    error: str | None = None
    answer: bytes = b""


class Post:
    """The bank's post office: the outbox, the log, and the schedule of repetitions.

    ``keep`` is told of every new webhook.
    """

    def __init__(
        self, clock: Clock, agenda: Agenda, signer: Signer, faults: Faults, keep: Callable[[OutgoingWebhook], None]
    ) -> None:
        self._clock = clock
        self._agenda = agenda
        self._signer = signer
        self._faults = faults
        self._keep = keep
        self._held: dict[str, list[OutgoingWebhook]] = {}
        self._posted = 0
        self.outbox: list[OutgoingWebhook] = []
        self.log: History[Delivery] = History()
        self.sent: dict[int, OutgoingWebhook] = {}

    def post(self, project: Project, session_id: str, type_: str, body: bytes) -> None:
        """Put a new webhook into the outbox, or do with it what a fault wants."""
        rule = self._faults.strike("webhook", type_, session_id)
        if rule is not None and rule.name == "webhook_unknown_type":
            self._put(self._new(project, session_id, UNKNOWN_TYPE, _retyped(body, UNKNOWN_TYPE)))
        if rule is not None and rule.name == "clock_skew":
            body = skewed(body, rule.seconds or 0.0)
        webhook = self._new(project, session_id, type_, body)
        if rule is None or not self._spoil(webhook, rule, project.settings):
            self._put(webhook)
        if rule is None or rule.name != "webhook_reordered":
            self._release(session_id)

    def post_by_hand(self, project: Project, session_id: str, type_: str, body: bytes, *, forged: bool) -> int:
        """Put a webhook into the outbox that no event asked for; returns its number. No fault strikes it."""
        webhook = self._new(project, session_id, type_, body)
        self._put(evolve(webhook, forged=forged))
        return webhook.number

    def take(self) -> list[OutgoingWebhook]:
        """Empty the outbox: what is due now, in the order of the events."""
        taken, self.outbox = self.outbox, []
        return taken

    def answered(self, delivery: Delivery, settings: Settings, fresh_body: Callable[[], bytes]) -> None:
        """Record how a sending went and, on anything but 200, plan the next one."""
        webhook = delivery.webhook
        self.log.add(webhook.session_id, delivery)
        if delivery.status == 200 or webhook.forged:
            return
        pause = pause_before(webhook.attempt + 1, settings)
        if (self._clock.now() - webhook.first_due_at).total_seconds() + pause > settings.resend_end_s:
            return

        def again() -> None:
            body = fresh_body() if settings.resend_body == "fresh" else webhook.body
            self._put(evolve(webhook, body=body, due_at=self._clock.now(), attempt=webhook.attempt + 1))

        self._agenda.after(pause, again)

    def repeat(self, numbers: Iterable[int], *, forged: bool = False) -> None:
        """Send webhooks of the past once more, in this order. Raises ``KeyError``."""
        now = self._clock.now()
        for webhook in [self.sent[number] for number in numbers]:
            self._put(evolve(webhook, due_at=now, first_due_at=now, attempt=1, forged=forged))

    def send_again(self, session_id: str | None = None) -> int:
        """Put webhooks of the past into the outbox once more, oldest first; returns how many."""
        chosen = [item.number for item in self.sent.values() if session_id in (None, item.session_id)]
        self.repeat(chosen)
        return len(chosen)

    def _new(self, project: Project, session_id: str, type_: str, body: bytes) -> OutgoingWebhook:
        self._posted += 1
        now, url = self._clock.now(), project.settings.webhook_url
        webhook = OutgoingWebhook(self._posted, type_, project.id, session_id, url, body, now, now, 1, self._signer)
        self.sent[webhook.number] = webhook
        self.sent.pop(self._posted - KEPT, None)
        self._keep(webhook)
        return webhook

    def _put(self, webhook: OutgoingWebhook) -> None:
        self.outbox.append(webhook)

    def _spoil(self, webhook: OutgoingWebhook, rule: FaultRule, settings: Settings) -> bool:
        """Do with a webhook what a rule wants; whether that is all there is to do."""
        now, seconds = self._clock.now(), rule.seconds or 0.0

        def later(attempt: int) -> Callable[[], None]:
            return lambda: self._put(evolve(webhook, due_at=self._clock.now(), attempt=attempt))

        match rule.name:
            case "webhook_lost":
                self.log.add(webhook.session_id, Delivery(webhook, now, now, None, "fault: webhook_lost"))
            case "webhook_delayed":
                self._agenda.after(seconds, later(1))
            case "webhook_reordered":
                self._held.setdefault(webhook.session_id, []).append(webhook)
                self._agenda.after(seconds, lambda: self._release(webhook.session_id))
            case "webhook_wrong_signature":
                self._put(evolve(webhook, forged=True))
                self._agenda.after(settings.resend_first_s, later(2))
            case "webhook_duplicate":
                self._put(webhook)
                return False
            case _:
                return False
        return True

    def _release(self, session_id: str) -> None:
        for webhook in self._held.pop(session_id, ()):
            self._put(webhook)


def _retyped(body: bytes, type_: str) -> bytes:
    return dumps({**json.loads(body), "type": type_})


def pause_before(attempt: int, settings: Settings) -> float:
    """Seconds between the answer to the sending before and sending number ``attempt`` (from 2)."""
    # Limited before the power is taken: a long series must not overflow.
    growth = settings.resend_factor ** min(attempt - 2, 64)
    return min(settings.resend_first_s * growth, settings.resend_cap_s)
