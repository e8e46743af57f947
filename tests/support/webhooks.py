"""Signed webhooks and a sink that remembers them."""

from __future__ import annotations

import json

from bank131_async.core.signing import Signer, Verifier
from bank131_async.core.webhook import WebhookEvent, read_webhook
from tests.support.keys import BANK_PRIVATE_PEM, BANK_PUBLIC_PEM

BANK = Signer.from_pem(BANK_PRIVATE_PEM)
VERIFIER = Verifier.from_pem(BANK_PUBLIC_PEM)


def webhook_body(type_: str = "payment_finished", session_id: str = "ps_3230", **fields: object) -> bytes:
    session = {"id": session_id, "status": "accepted"}
    return json.dumps({"type": type_, "session": session, **fields}, ensure_ascii=False).encode()


def webhook_event(type_: str = "payment_finished", session_id: str = "ps_3230", **fields: object) -> WebhookEvent:
    body = webhook_body(type_, session_id, **fields)
    return read_webhook(body, BANK.sign(body), VERIFIER)


class RememberingSink:
    """Keeps what it is given; raises ``failure`` instead if there is one."""

    def __init__(self, failure: BaseException | None = None) -> None:
        self.events: list[WebhookEvent] = []
        self.unreadables: list[tuple[bytes, int, str, bytes]] = []
        self.failure = failure

    async def accept(self, event: WebhookEvent) -> None:
        if self.failure is not None:
            raise self.failure
        self.events.append(event)

    async def unreadable(self, *, digest: bytes, size: int, reason: str, body: bytes) -> None:
        if self.failure is not None:
            raise self.failure
        self.unreadables.append((digest, size, reason, body))
