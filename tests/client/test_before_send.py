"""The caller's last word before a request goes out, and the bytes that go out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bank131_async.client.api import ApiClient
from bank131_async.client.config import Bank131Config
from bank131_async.client.rate_limit import RateLimit
from bank131_async.core.models import Amount, PaymentOptions
from bank131_async.core.operations import CreateSession, RefundSession
from bank131_async.core.retry import RetryPolicy
from bank131_async.core.signing import Signer
from bank131_async.core.wire import HttpRequest, HttpResponse
from bank131_async.errors import AnswerLostError, Bank131Error, NotSentError, RateLimitedError, StoreUnavailableError
from bank131_async.transport import Timeout
from tests.support.bank_answers import StubbornTransport

pytestmark = pytest.mark.asyncio

REFUND = RefundSession(session_id="ps_1", amount_details=Amount.rub("1.00"))


class _Told(StubbornTransport):
    """Writes down what goes out, in one list with what else happens."""

    def __init__(self, *failures: Exception) -> None:
        super().__init__(*failures)
        self.happened: list[str] = []

    async def send(self, request: HttpRequest, *, timeout: Timeout | None = None) -> HttpResponse:
        self.happened.append("sent")
        return await super().send(request, timeout=timeout)

    async def before_send(self) -> None:
        self.happened.append("asked")


def _client(signer: Any, transport: StubbornTransport, **settings: Any) -> ApiClient:
    quick = RetryPolicy(attempts=3, first_pause_s=0.001)
    defaults = {"project_id": "shop", "private_key": signer, "retry": quick}
    return ApiClient(Bank131Config(**defaults | settings), transport)


async def test_the_caller_is_asked_before_each_attempt(signer: Signer) -> None:
    transport = _Told(NotSentError("no"), NotSentError("no"))
    async with _client(signer, transport) as client:
        await client.execute(REFUND, before_send=transport.before_send)
    assert transport.happened == ["asked", "sent"] * 3


async def test_the_caller_is_asked_after_all_waiting(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hsm:
        async def sign(self, data: bytes) -> str:
            transport.happened.append("signed")
            return signer.sign(data)

    async def wait(_: object) -> None:
        transport.happened.append("waited")

    monkeypatch.setattr("bank131_async.client.rate_limit.RateLimiter.wait", wait)
    transport = _Told()
    async with _client(Hsm(), transport, rate_limit=RateLimit(per_second=1)) as client:
        await client.execute(REFUND, before_send=transport.before_send)
    assert transport.happened == ["signed", "waited", "asked", "sent"]


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("settled meanwhile"),
        StoreUnavailableError("the disk is full"),
        NotSentError("not by the transport"),
        AnswerLostError("not by the transport"),
        RateLimitedError("not by the bank", code="rate_limited"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_the_caller_raises_is_raised_as_it_is_and_nothing_is_sent(signer: Signer, error: Exception) -> None:
    async def refuse() -> None:
        raise error

    transport = _Told()
    async with _client(signer, transport) as client:
        with pytest.raises(type(error)) as caught:
            await client.execute(REFUND, before_send=refuse)
    assert caught.value is error
    assert transport.sent == []
    assert not isinstance(error, Bank131Error) or error.idempotency_key is None


async def test_a_caller_who_refuses_a_repetition_ends_the_call(signer: Signer) -> None:
    transport = _Told(NotSentError("no"))

    async def once() -> None:
        if transport.sent:
            raise RuntimeError("settled meanwhile")

    async with _client(signer, transport) as client:
        with pytest.raises(RuntimeError, match="settled meanwhile"):
            await client.execute(REFUND, before_send=once)
    assert len(transport.sent) == 1


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_the_body_of_an_operation_is_what_a_call_sends(signer: Signer, version: str) -> None:
    until = datetime(2026, 1, 1, tzinfo=UTC)
    operation = CreateSession(payment_options=PaymentOptions(expiration_at=until))
    transport = StubbornTransport()
    zone = timezone(timedelta(hours=5))
    async with _client(signer, transport, api_version=version, expiration_zone=zone) as client:
        body = client.body_of(operation)
        await client.execute(operation)
    assert [request.body for request in transport.sent] == [body]
    assert b"2026-01-01 05:00:00" in body
