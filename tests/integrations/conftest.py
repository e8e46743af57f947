"""What a bank's side of a webhook looks like to a web application."""

from __future__ import annotations

import pytest

from bank131_async.webhooks import WebhookReceiver
from tests.support.webhooks import VERIFIER, RememberingSink

MAX_BYTES = 2_000


@pytest.fixture
def sink() -> RememberingSink:
    return RememberingSink()


class Bank:
    """Stands in for the client: has a receiver once it is opened."""

    def __init__(self, sink: RememberingSink) -> None:
        self.sink = sink

    @property
    def receiver(self) -> WebhookReceiver:
        return self._receiver

    def open(self) -> None:
        self._receiver = WebhookReceiver(VERIFIER, self.sink, max_bytes=MAX_BYTES)


@pytest.fixture
def bank(sink: RememberingSink) -> Bank:
    return Bank(sink)
