"""The receiver checks in one order, answers 200 for what is kept and never raises."""

from __future__ import annotations

import asyncio
import json
import logging
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.core.models import WebhookType
from bank131_async.core.webhook import WebhookEvent
from bank131_async.errors import ConfigurationError, StoreUnavailableError
from bank131_async.webhooks import Reply, Responder, WebhookReceiver
from tests.support.webhooks import BANK, VERIFIER, RememberingSink, webhook_body

BODY = webhook_body()
UNREADABLE = b'{"type": "payment_finished", "session": {"id": "ps_1", "status": "4242424242424242"'


@pytest.fixture
def sink() -> RememberingSink:
    return RememberingSink()


def receiver(sink: RememberingSink, **settings: int) -> WebhookReceiver:
    return WebhookReceiver(VERIFIER, sink, **settings)  # type: ignore[arg-type]


async def signed(target: WebhookReceiver, body: bytes) -> Reply:
    return await target.handle(body, BANK.sign(body))


@pytest.mark.asyncio
async def test_a_signed_webhook_is_recorded_and_then_answered_with_200(sink: RememberingSink) -> None:
    target = receiver(sink)
    reply = await signed(target, BODY)
    assert (reply.status, reply.body) == (200, b'{"status":"ok"}')
    assert [event.session_id for event in sink.events] == ["ps_3230"]
    assert target.counts == {"accepted": 1}


@pytest.mark.asyncio
@pytest.mark.parametrize("signature", [None, "", "é", "not base64", "AAAA", BANK.sign(b"something else")])
@pytest.mark.parametrize("body", [BODY, UNREADABLE, b""])
async def test_a_bad_signature_is_401_whatever_the_body(
    sink: RememberingSink, body: bytes, signature: str | None
) -> None:
    target = receiver(sink)
    assert (await target.handle(body, signature)).status == 401
    assert not sink.events
    assert not sink.unreadables
    assert target.counts == {"bad_signature": 1}


@pytest.mark.asyncio
@pytest.mark.parametrize("signature", [None, BANK.sign(BODY)])
async def test_a_body_over_the_limit_is_413_before_its_signature_is_looked_at(
    sink: RememberingSink, signature: str | None
) -> None:
    target = receiver(sink, max_bytes=len(BODY) - 1)
    assert (await target.handle(BODY, signature)).status == 413
    assert not sink.events
    assert target.counts == {"too_big": 1}


@pytest.mark.asyncio
async def test_a_body_at_the_limit_is_taken(sink: RememberingSink) -> None:
    assert (await signed(receiver(sink, max_bytes=len(BODY)), BODY)).status == 200


@pytest.mark.asyncio
async def test_what_is_signed_but_unreadable_is_kept_reported_and_answered_with_200(
    sink: RememberingSink, caplog: pytest.LogCaptureFixture
) -> None:
    target = receiver(sink)
    assert (await signed(target, UNREADABLE)).status == 200
    [(digest, size, reason, body)] = sink.unreadables
    assert (digest, size, body) == (sha256(UNREADABLE).digest(), len(UNREADABLE), UNREADABLE)
    assert "4242" not in reason
    assert not sink.events
    [record] = caplog.records
    assert (record.name, record.levelno) == ("bank131.webhooks", logging.ERROR)
    assert digest.hex() in record.getMessage()
    assert f"{size} bytes" in record.getMessage()
    assert "4242" not in caplog.text
    assert target.counts == {"unreadable": 1}


@pytest.mark.asyncio
@pytest.mark.parametrize("body", [BODY, UNREADABLE])
@pytest.mark.parametrize(
    ("failure", "status", "outcome"),
    [
        (StoreUnavailableError("disk full"), 503, "store_unavailable"),
        (RuntimeError("a bug"), 500, "failed"),
        (TimeoutError(), 500, "failed"),
    ],
)
async def test_what_could_not_be_recorded_is_not_answered_with_200(
    body: bytes, failure: Exception, status: int, outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    target = receiver(RememberingSink(failure))
    assert (await signed(target, body)).status == status
    assert target.counts == {outcome: 1}
    assert any(record.levelno == logging.ERROR for record in caplog.records)


@pytest.mark.asyncio
async def test_an_outage_of_the_store_is_told_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    sink = RememberingSink(StoreUnavailableError("disk full"))
    target = receiver(sink)
    for _ in range(3):
        assert (await signed(target, BODY)).status == 503
    sink.failure = None
    for _ in range(2):
        assert (await signed(target, BODY)).status == 200
    told = [record.getMessage() for record in caplog.records if "recorded" in record.getMessage()]
    assert [message.split(" (")[0] for message in told] == [
        "webhooks cannot be recorded and are answered 503",
        "webhooks are recorded again",
    ]


@pytest.mark.asyncio
async def test_cancelling_the_request_is_not_swallowed() -> None:
    with pytest.raises(asyncio.CancelledError):
        await signed(receiver(RememberingSink(asyncio.CancelledError())), BODY)


@pytest.mark.asyncio
async def test_unknown_types_are_events_like_others_and_told_once(
    sink: RememberingSink, caplog: pytest.LogCaptureFixture
) -> None:
    target = receiver(sink)
    for number in range(3):
        assert (await signed(target, webhook_body("planet_aligned", f"ps_{number}"))).status == 200
    assert [event.type for event in sink.events] == ["planet_aligned"] * 3
    assert target.types == {"planet_aligned": 3}
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "planet_aligned" in caplog.text


def responding(sink: RememberingSink, responder: Responder, timeout_s: float = 5.0) -> WebhookReceiver:
    responders = {WebhookType.transaction_registration: responder}
    return WebhookReceiver(VERIFIER, sink, responders=responders, responder_timeout_s=timeout_s)


REGISTRATION = webhook_body("transaction_registration", session_payment_id="ps_1")


@pytest.mark.asyncio
async def test_a_responder_gives_the_body_of_the_answer_after_the_event_is_recorded(sink: RememberingSink) -> None:
    async def respond(event: WebhookEvent) -> dict[str, str]:
        assert sink.events == [event]
        return {"parent": str(event.extra["session_payment_id"])}

    target = WebhookReceiver(VERIFIER, sink, responders={"transaction_registration": respond})
    reply = await signed(target, REGISTRATION)
    assert (reply.status, json.loads(reply.body)) == (200, {"parent": "ps_1"})
    assert json.loads((await signed(target, BODY)).body) == {"status": "ok"}


@pytest.mark.asyncio
async def test_a_responder_may_be_a_plain_function(sink: RememberingSink) -> None:
    assert (await signed(responding(sink, lambda _: ["ok"]), REGISTRATION)).body == b'["ok"]'


async def never(_: WebhookEvent) -> None:
    await asyncio.Event().wait()


def fail(_: WebhookEvent) -> None:
    raise ValueError("no such transfer")


@pytest.mark.asyncio
@pytest.mark.parametrize("responder", [never, fail, lambda _: object()], ids=["late", "failing", "no JSON"])
async def test_without_the_responders_answer_the_bank_is_told_to_come_again(
    sink: RememberingSink, responder: Responder
) -> None:
    target = responding(sink, responder, timeout_s=0.01)
    assert (await signed(target, REGISTRATION)).status == 500
    assert target.counts == {"failed": 1}
    assert len(sink.events) == 1


def test_a_limit_of_nothing_is_refused(sink: RememberingSink) -> None:
    with pytest.raises(ConfigurationError, match="max_webhook_bytes"):
        receiver(sink, max_bytes=0)


@given(st.binary() | st.just(BODY), st.none() | st.text() | st.just(BANK.sign(BODY)))
def test_a_stranger_gets_401_and_changes_nothing(body: bytes, signature: str | None) -> None:
    sink = RememberingSink()
    status = asyncio.run(receiver(sink).handle(body, signature)).status
    assert status == (200 if (body, signature) == (BODY, BANK.sign(BODY)) else 401)
    assert len(sink.events) == (status == 200)
