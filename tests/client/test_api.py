"""The client against a real server of raw sockets: what is sent, what is repeated, and what an error carries."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bank131_async.client.api import ApiClient
from bank131_async.client.config import Bank131Config
from bank131_async.client.rate_limit import RateLimit
from bank131_async.core.models import AcquiringWidget, Amount, SessionStatus
from bank131_async.core.operations import (
    CancelSession,
    CaptureSession,
    ConfirmSession,
    CreateSession,
    CreateToken,
    GetSessionStatus,
    Operation,
    RefundSession,
    StartPayment,
)
from bank131_async.core.retry import RetryPolicy
from bank131_async.core.signing import Signer, Verifier, new_private_key_pem
from bank131_async.errors import (
    AnswerLostError,
    AuthenticationError,
    BankUnavailableError,
    ConfigurationError,
    DuplicateKeyError,
    NotSentError,
    RateLimitedError,
)
from bank131_async.transport import Timeout
from tests.support.bank_answers import TOKEN, StubbornTransport, refusal, session
from tests.support.keys import OTHER_PUBLIC_PEM
from tests.support.raw_server import (
    RawServer,
    Step,
    answer,
    close_after_reading,
    never_answer,
    reply,
    reset_after_reading,
)
from tests.support.requests import SHORT

pytestmark = pytest.mark.asyncio

Serve = Callable[..., Awaitable[RawServer]]
ClientOf = Callable[..., ApiClient]

VERIFIER = Verifier.from_pem(OTHER_PUBLIC_PEM)

STATUS = GetSessionStatus(session_id="ps_1")
CONFIRM = ConfirmSession(session_id="ps_1")
REFUND = RefundSession(session_id="ps_1", amount_details=Amount.rub("1.00"))
CREATE_TOKEN = CreateToken(acquiring_widget=AcquiringWidget(session_id="ps_1"))
MOVING: list[Operation[Any]] = [
    CONFIRM,
    REFUND,
    StartPayment(session_id="ps_1"),
    CaptureSession(session_id="ps_1"),
    CancelSession(session_id="ps_1"),
]


# --- what is sent -----------------------------------------------------------------------------------------------------


async def test_a_call_is_signed_over_the_very_bytes_that_are_sent(serve: Serve, client_of: ClientOf) -> None:
    server = await serve(session())
    got = await client_of(server).execute(REFUND)
    (request,) = server.requests
    VERIFIER.verify(request.body, request.headers["x-partner-sign"])
    assert json.loads(request.body) == {"session_id": "ps_1", "amount_details": {"amount": 100, "currency": "rub"}}
    assert (request.method, request.path) == ("POST", "/api/v2/session/refund")
    assert request.headers["x-partner-project"] == "shop"
    assert request.headers["x-partner-idempotency-key"] == "key-1"
    assert request.headers["x-sdk-version"].startswith("bank131-async:")
    assert request.headers["user-agent"].startswith("bank131-async/")
    assert request.headers["content-type"] == request.headers["accept"] == "application/json"
    assert "x-partner-submerchant" not in request.headers
    assert got.session is not None
    assert (got.session.id, got.session.status) == ("ps_1", SessionStatus.in_progress)


async def test_given_bytes_are_sent_under_the_given_key_in_place_of_the_operations_own(
    serve: Serve, client_of: ClientOf
) -> None:
    server = await serve(session())
    body = b'{ "session_id" : "ps_1" }'
    await client_of(server).execute(REFUND, body=body, idempotency_key="mine")
    (request,) = server.requests
    assert (request.body, request.headers["x-partner-idempotency-key"]) == (body, "mine")
    VERIFIER.verify(body, request.headers["x-partner-sign"])


@pytest.mark.parametrize("key", ["", "a\r\nX: y", "ключ"])
async def test_a_key_that_cannot_be_a_header_is_refused(serve: Serve, client_of: ClientOf, key: str) -> None:
    server = await serve()
    with pytest.raises(ConfigurationError):
        await client_of(server).execute(REFUND, idempotency_key=key)
    assert server.requests == []


async def test_the_version_is_the_configured_one_where_the_call_has_it(serve: Serve, client_of: ClientOf) -> None:
    server = await serve(session(), session(), session(body=TOKEN), session(body=TOKEN))
    old, new = client_of(server, api_version="v1"), client_of(server)
    await old.execute(STATUS)
    await new.execute(STATUS)
    await old.execute(CREATE_TOKEN)
    await new.execute(CREATE_TOKEN)
    assert [request.path for request in server.requests] == [
        "/api/v1/session/status",
        "/api/v2/session/status",
        "/api/v1/token",
        "/api/v1/token",
    ]


async def test_every_call_that_leaves_something_behind_has_a_key_of_its_own(serve: Serve, client_of: ClientOf) -> None:
    server = await serve(*[session()] * 8)
    client = client_of(server)
    for operation in (CreateSession(), *MOVING, STATUS):
        await client.execute(operation)
    keys = [request.headers.get("x-partner-idempotency-key") for request in server.requests]
    assert keys == [*(f"key-{number}" for number in range(1, 7)), None]


async def test_keys_made_by_default_are_unguessable_and_unlike(signer: Signer) -> None:
    server = RawServer(session(), session())
    async with server, ApiClient(Bank131Config(project_id="p", private_key=signer, server=server.url)) as client:
        await client.execute(CONFIRM)
        await client.execute(CONFIRM)
    first, second = (request.headers["x-partner-idempotency-key"] for request in server.requests)
    assert first != second
    assert len(first) == len(second) == 32


async def test_the_submerchant_is_the_clients_unless_the_call_names_another_or_none(
    serve: Serve, client_of: ClientOf
) -> None:
    server = await serve(*[session()] * 3)
    client = client_of(server, submerchant="7700000000")
    await client.execute(STATUS)
    await client.execute(STATUS, submerchant="7800000000")
    await client.execute(STATUS, submerchant="")
    sent = [request.headers.get("x-partner-submerchant") for request in server.requests]
    assert sent == ["7700000000", "7800000000", None]


async def test_a_signer_of_the_users_own_signs(serve: Serve, client_of: ClientOf) -> None:
    class Hsm:
        async def sign(self, data: bytes) -> str:
            await asyncio.sleep(0)
            return f"signed-{len(data)}"

    server = await serve(session())
    await client_of(server, private_key=Hsm()).execute(STATUS)
    (request,) = server.requests
    assert request.headers["x-partner-sign"] == f"signed-{len(request.body)}"


async def test_a_signer_that_fails_means_that_nothing_was_sent(serve: Serve, client_of: ClientOf) -> None:
    class Broken:
        async def sign(self, data: bytes) -> str:
            raise OSError("token removed")

    server = await serve()
    with pytest.raises(NotSentError, match="signer failed") as caught:
        await client_of(server, private_key=Broken()).execute(REFUND)
    assert isinstance(caught.value.__cause__, OSError)
    assert server.requests == []


async def test_a_large_key_signs_in_its_pool(serve: Serve, client_of: ClientOf) -> None:
    large = Signer.from_pem(new_private_key_pem(3072))
    server = await serve(session(), session())
    client = client_of(server, private_key=large)
    await asyncio.gather(client.execute(STATUS), client.execute(CONFIRM))
    verifier = Verifier.from_pem(large.public_pem())
    signed_by = [verifier.verify(request.body, request.headers["x-partner-sign"]) for request in server.requests]
    assert signed_by == [large.fingerprint] * 2


# --- what an error carries --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 400])
async def test_a_refusal_carries_code_session_and_key(serve: Serve, client_of: ClientOf, status: int) -> None:
    server = await serve(refusal("authentication_error", status))
    with pytest.raises(AuthenticationError) as caught:
        await client_of(server).execute(REFUND)
    error = caught.value
    assert (error.code, error.http_status, error.session_id, error.idempotency_key) == (
        "authentication_error",
        status,
        "ps_1",
        "key-1",
    )
    assert not error.money_may_have_moved
    assert len(server.requests) == 1


_UNUSABLE = [
    pytest.param(reset_after_reading, id="reset"),
    pytest.param(close_after_reading, id="closed"),
    pytest.param(never_answer, id="silence"),
    pytest.param(session(500, b""), id="5xx without envelope"),
    pytest.param(session(502, b"<html>"), id="HTML"),
    pytest.param(session(200, b""), id="empty"),
    pytest.param(session(200, b"[" * 100_000), id="not JSON"),
    pytest.param(session(200, b'{"status":"ok"}'), id="no session"),
    pytest.param(session(200, b'{"status":"ok","session":{"id":5}}'), id="wrong shape"),
    pytest.param(reply(answer(length=99), then="close"), id="truncated"),
    pytest.param(session(302, b"", Location="/"), id="redirect"),
]


def _patience(step: Step) -> Timeout | None:
    return SHORT if step is never_answer else None


@pytest.mark.parametrize("step", _UNUSABLE)
async def test_a_lost_answer_to_a_call_that_moves_money_is_unknown_and_never_repeated(
    serve: Serve, client_of: ClientOf, step: Step
) -> None:
    server = await serve(step)
    with pytest.raises(AnswerLostError) as caught:
        await client_of(server).execute(REFUND, timeout=_patience(step))
    error = caught.value
    assert (error.idempotency_key, error.session_id, error.money_may_have_moved) == ("key-1", "ps_1", True)
    assert len(server.requests) == 1


@pytest.mark.parametrize("operation", MOVING, ids=lambda operation: operation.path)
async def test_no_call_that_moves_money_is_repeated_after_a_lost_answer(
    serve: Serve, client_of: ClientOf, operation: Operation[Any]
) -> None:
    server = await serve(close_after_reading)
    with pytest.raises(AnswerLostError):
        await client_of(server).execute(operation)
    assert len(server.requests) == 1


@pytest.mark.parametrize("step", _UNUSABLE)
async def test_a_lost_answer_to_a_question_is_asked_again(serve: Serve, client_of: ClientOf, step: Step) -> None:
    server = await serve(step, session())
    got = await client_of(server).execute(STATUS, timeout=_patience(step))
    assert got.session is not None
    assert len(server.requests) == 2


async def test_a_question_is_asked_a_limited_number_of_times(serve: Serve, client_of: ClientOf) -> None:
    server = await serve(*[close_after_reading] * 5)
    with pytest.raises(AnswerLostError) as caught:
        await client_of(server).execute(STATUS)
    assert not caught.value.money_may_have_moved
    assert len(server.requests) == 3


async def test_a_doubtful_refusal_is_final_where_money_moves_and_repeated_where_it_does_not(
    serve: Serve, client_of: ClientOf
) -> None:
    server = await serve(refusal("internal_error", 500), refusal("internal_error", 500), session())
    client = client_of(server)
    with pytest.raises(BankUnavailableError) as caught:
        await client.execute(REFUND)
    assert caught.value.money_may_have_moved
    assert (await client.execute(STATUS)).session is not None
    assert len(server.requests) == 3


async def test_a_lost_create_is_sent_anew_under_a_new_key(serve: Serve, client_of: ClientOf) -> None:
    server = await serve(close_after_reading, session())
    await client_of(server).execute(CreateSession())
    first, second = server.requests
    assert first.body == second.body
    assert [request.headers["x-partner-idempotency-key"] for request in server.requests] == ["key-1", "key-2"]


async def test_a_key_of_the_callers_own_is_never_replaced(serve: Serve, client_of: ClientOf) -> None:
    server = await serve(close_after_reading)
    with pytest.raises(AnswerLostError) as caught:
        await client_of(server).execute(CreateSession(), idempotency_key="mine")
    assert caught.value.idempotency_key == "mine"
    assert len(server.requests) == 1


async def test_a_used_key_is_told_and_not_repeated(serve: Serve, client_of: ClientOf) -> None:
    server = await serve(refusal("idempotency_key_already_exists"))
    with pytest.raises(DuplicateKeyError) as caught:
        await client_of(server).execute(REFUND)
    assert caught.value.money_may_have_moved
    assert len(server.requests) == 1


# --- what is certainly not carried out --------------------------------------------------------------------------------


async def test_too_many_requests_is_repeated_with_the_same_bytes_and_key(serve: Serve, client_of: ClientOf) -> None:
    server = await serve(session(429, b"", Retry_After="0"), session())
    await client_of(server).execute(REFUND)
    first, second = server.requests
    assert (first.body, first.headers) == (second.body, second.headers)


async def test_too_many_requests_in_a_row_are_the_callers(serve: Serve, client_of: ClientOf) -> None:
    server = await serve(*[session(429, b"")] * 5)
    with pytest.raises(RateLimitedError) as caught:
        await client_of(server).execute(REFUND)
    assert (caught.value.idempotency_key, caught.value.session_id) == ("key-1", "ps_1")
    assert len(server.requests) == 3


async def test_a_longer_pause_than_the_policy_accepts_is_the_callers(serve: Serve, client_of: ClientOf) -> None:
    server = await serve(session(429, b"", Retry_After="6"))
    with pytest.raises(RateLimitedError) as caught:
        await client_of(server).execute(STATUS)
    assert caught.value.retry_after == 6
    assert len(server.requests) == 1


def _config(signer: Signer, **settings: Any) -> Bank131Config:
    quick = RetryPolicy(attempts=3, first_pause_s=0.001)
    return Bank131Config(**{"project_id": "shop", "private_key": signer, "retry": quick} | settings)


async def test_what_was_not_sent_is_repeated_with_the_same_bytes_and_key(signer: Signer) -> None:
    transport = StubbornTransport(NotSentError("refused"), NotSentError("refused"))
    async with ApiClient(_config(signer), transport) as client:
        await client.execute(REFUND)
    assert len(transport.sent) == 3
    assert transport.sent[0] == transport.sent[1] == transport.sent[2]


async def test_what_cannot_be_sent_is_told_after_the_last_attempt(signer: Signer) -> None:
    transport = StubbornTransport(*(NotSentError("refused") for _ in range(5)))
    async with ApiClient(_config(signer, retry=RetryPolicy(attempts=1)), transport) as client:
        with pytest.raises(NotSentError) as caught:
            await client.execute(REFUND)
    assert caught.value.session_id == "ps_1"
    assert caught.value.idempotency_key == transport.sent[0].headers["X-PARTNER-IDEMPOTENCY-KEY"]
    assert not caught.value.money_may_have_moved
    assert len(transport.sent) == 1


async def test_a_body_is_signed_once_however_often_it_is_sent() -> None:
    class Counting:
        signed = 0

        async def sign(self, data: bytes) -> str:
            self.signed += 1
            return "c2ln"

    signer = Counting()
    config = Bank131Config(project_id="p", private_key=signer, retry=RetryPolicy(attempts=3, first_pause_s=0.001))
    async with ApiClient(config, StubbornTransport(NotSentError("no"), NotSentError("no"))) as client:
        await client.execute(REFUND)
    assert signer.signed == 1


async def test_the_timeout_of_a_call_reaches_the_transport(signer: Signer) -> None:
    transport = StubbornTransport()
    async with ApiClient(_config(signer), transport) as client:
        await client.execute(STATUS, timeout=SHORT)
        await client.execute(STATUS)
    assert transport.timeouts == [SHORT, None]


async def test_a_rate_limit_spreads_requests(signer: Signer) -> None:
    transport, loop = StubbornTransport(), asyncio.get_running_loop()
    async with ApiClient(_config(signer, rate_limit=RateLimit(100, burst=1)), transport) as client:
        begin = loop.time()
        await asyncio.gather(*(client.execute(STATUS) for _ in range(4)))
    assert loop.time() - begin >= 0.03
