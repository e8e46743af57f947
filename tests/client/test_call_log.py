from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bank131_async.client.api import ApiClient
from bank131_async.core.models import BankCard, PaymentDetails
from bank131_async.core.operations import GetSessionStatus, RefundSession, StartPayment
from bank131_async.errors import AnswerLostError, AuthenticationError
from tests.support.raw_server import RawServer, answer, close_after_reading, reply

pytestmark = pytest.mark.asyncio

Serve = Callable[..., Awaitable[RawServer]]
ClientOf = Callable[..., ApiClient]

SESSION = b'{"status":"ok","session":{"id":"ps_1","status":"in_progress"}}'
START = StartPayment(
    session_id="ps_1",
    payment_details=PaymentDetails.of(
        BankCard(number="4242424242424242", expiration_month="12", expiration_year="30", security_code="987")
    ),
)


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    facts: dict[str, Any] = record.__dict__["bank131"]
    return facts


async def test_an_answer_is_told_with_its_ids_and_duration(
    serve: Serve, client_of: ClientOf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bank131")
    await client_of(await serve(reply(answer(body=SESSION)))).execute(START)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("bank131.client", logging.INFO)
    facts = _facts(record)
    assert facts.pop("duration_ms") >= 0
    assert facts == {
        "project_id": "shop",
        "method": "POST",
        "path": "session/start/payment",
        "session_id": "ps_1",
        "idempotency_key": "key-1",
        "http_status": 200,
    }
    assert "POST session/start/payment: HTTP 200" in record.getMessage()


async def test_nothing_is_told_of_an_answer_by_default(
    serve: Serve, client_of: ClientOf, caplog: pytest.LogCaptureFixture
) -> None:
    await client_of(await serve(reply(answer(body=SESSION)))).execute(GetSessionStatus(session_id="ps_1"))
    assert caplog.records == []


async def test_a_lost_answer_warns_and_a_refusal_informs(
    serve: Serve, client_of: ClientOf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bank131")
    refused = answer(400, b'{"status":"error","error":{"code":"authentication_error","description":"no"}}')
    client = client_of(await serve(close_after_reading, reply(refused)))
    with pytest.raises(AnswerLostError):
        await client.execute(RefundSession(session_id="ps_1"))
    with pytest.raises(AuthenticationError):
        await client.execute(RefundSession(session_id="ps_1"))
    told = [(record.levelno, _facts(record).get("error")) for record in caplog.records]
    assert told == [
        (logging.WARNING, "AnswerLostError"),
        (logging.INFO, None),
        (logging.INFO, "AuthenticationError"),
    ]


async def test_repetitions_are_told(serve: Serve, client_of: ClientOf, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bank131.client")
    client = client_of(await serve(close_after_reading, reply(answer(body=SESSION))))
    await client.execute(GetSessionStatus(session_id="ps_1"))
    assert [_facts(record).get("attempt") for record in caplog.records] == [None, 2, None]


async def test_bodies_are_told_only_if_asked_for_and_masked_even_then(
    serve: Serve, client_of: ClientOf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bank131")
    with_token = SESSION.replace(b'"in_progress"', b'"in_progress","note":"card 4242 4242 4242 4242"')
    await client_of(await serve(reply(answer(body=with_token)))).execute(START)
    assert "security_code" not in caplog.text
    await client_of(await serve(reply(answer(body=with_token))), log_bodies=True).execute(START)
    assert '"security_code":"***"' in caplog.text
    assert "424242******4242" in caplog.text
    assert "4242 4242 4242 4242" not in caplog.text
    assert "4242424242424242" not in caplog.text
    assert "987" not in caplog.text
