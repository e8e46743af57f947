"""Webhooks on their way: what is to be sent when, what was answered, and when to try again.

Pure: nothing is sent here. A delivery is handed out through the outbox, whoever carries it reports the answer, and the
schedule decides (reference: webhooks): anything but HTTP 200 is tried again, at growing intervals, until the end.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from attrs import define, evolve, field, frozen

from bank131_async.core.signing import Signer
from bank131_async.sandbox.clock import Agenda, Clock
from bank131_async.sandbox.settings import Settings


@define(eq=False)
class OutgoingWebhook:
    """One sending of one webhook: the exact bytes, and the signature over them.

    ``number`` names the webhook, ``attempt`` its sendings from 1 on. ``url`` is ``None`` when the project has none.
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
    _signature: str | None = field(default=None, repr=False, init=False)

    @property
    def signature(self) -> str:
        """Base64 of the bank's signature over ``body``. Made when first asked for, so that no API call waits for it."""
        if self._signature is None:
            self._signature = self.signer.sign(self.body)
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
    """The bank's post office: the outbox, the log, and the schedule of repetitions."""

    def __init__(self, clock: Clock, agenda: Agenda, signer: Signer) -> None:
        self._clock = clock
        self._agenda = agenda
        self._signer = signer
        self.outbox: list[OutgoingWebhook] = []
        self.log: list[Delivery] = []
        self.sent: list[OutgoingWebhook] = []

    def post(self, *, type_: str, project_id: str, session_id: str, url: str | None, body: bytes) -> None:
        """Put a new webhook into the outbox."""
        now = self._clock.now()
        webhook = OutgoingWebhook(
            len(self.sent) + 1, type_, project_id, session_id, url, body, now, now, 1, self._signer
        )
        self.sent.append(webhook)
        self.outbox.append(webhook)

    def take(self) -> list[OutgoingWebhook]:
        """Empty the outbox: what is due now, in the order of the events."""
        taken, self.outbox = self.outbox, []
        return taken

    def answered(self, delivery: Delivery, settings: Settings, fresh_body: Callable[[], bytes]) -> None:
        """Record how a sending went and, on anything but 200, plan the next one."""
        self.log.append(delivery)
        if delivery.status == 200:
            return
        webhook = delivery.webhook
        pause = pause_before(webhook.attempt + 1, settings)
        if (self._clock.now() - webhook.first_due_at).total_seconds() + pause > settings.resend_end_s:
            return

        def again() -> None:
            body = fresh_body() if settings.resend_body == "fresh" else webhook.body
            self.outbox.append(evolve(webhook, body=body, due_at=self._clock.now(), attempt=webhook.attempt + 1))

        self._agenda.after(pause, again)

    def send_again(self, session_id: str | None = None) -> int:
        """Put webhooks of the past into the outbox once more, oldest first; returns how many."""
        now = self._clock.now()
        chosen = [item for item in self.sent if session_id in (None, item.session_id)]
        self.outbox.extend(evolve(item, due_at=now, first_due_at=now, attempt=1) for item in chosen)
        return len(chosen)


def pause_before(attempt: int, settings: Settings) -> float:
    """Seconds between the answer to the sending before and sending number ``attempt`` (from 2)."""
    # Limited before the power is taken: a long series must not overflow.
    growth = settings.resend_factor ** min(attempt - 2, 64)
    return min(settings.resend_first_s * growth, settings.resend_cap_s)
