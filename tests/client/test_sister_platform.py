"""The same protocol at another host (Smart Glocal) is one setting and a key; its bodies are taken as they are."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest

from bank131_async.client import ApiClient, Bank131Config
from bank131_async.core import codec
from bank131_async.core.models import AcquiringWidget, NextAction, Payment, SessionStatus
from bank131_async.core.signing import Signer, Verifier
from bank131_async.core.webhook import read_webhook
from tests.support.bodies import PAYLOADS, meaning_of
from tests.support.keys import OTHER_PRIVATE_PEM
from tests.support.raw_server import RawServer, answer, reply
from tests.support.webhooks import BANK, VERIFIER

Serve = Callable[..., Awaitable[RawServer]]

PLATFORM = {path.stem.removeprefix("platform-"): path for path in PAYLOADS if path.stem.startswith("platform-")}


def sister(server: RawServer) -> ApiClient:
    """A client of the platform from nothing but its address, a project and a key."""
    environ = {
        "BANK131_SERVER": server.url,
        "BANK131_PROJECT_ID": "shop",
        "BANK131_PRIVATE_KEY": OTHER_PRIVATE_PEM,
        "BANK131_API_VERSION": "v1",
    }
    return ApiClient(Bank131Config.from_env(environ))


def recorded(name: str) -> bytes:
    return PLATFORM[name].read_bytes()


def test_the_platforms_own_bodies_are_there() -> None:
    assert len(PLATFORM) == 11


@pytest.mark.asyncio
async def test_its_sessions_are_read_and_acted_on(serve: Serve) -> None:
    names = ["response-session_create-2", "response-session_status-1", "response-session_cancel-1"]
    server = await serve(*[reply(answer(200, recorded(name))) for name in names])
    async with sister(server) as bank:
        created = (await bank.sessions.create()).session
        asked = (await bank.sessions.status("3230")).session
        cancelled = (await bank.sessions.cancel("ps_3230")).session
    assert created is not None
    assert created.status is SessionStatus.created
    # a conversion: unknown here, kept, floats and a time in seconds included
    assert created.extra["exchange_amounts"] == json.loads(recorded(names[0]))["session"]["exchange_amounts"]
    assert asked is not None
    assert (asked.id, asked.next_action) == ("3230", NextAction.confirm)  # an id without a prefix
    assert asked.payout_list[0].amount_details is not None
    assert asked.payout_list[0].amount_details.currency == "usd"
    assert cancelled is not None
    assert cancelled.status is SessionStatus.in_progress  # the answer to cancel is not the end
    signer = Verifier.from_pem(Signer.from_pem(OTHER_PRIVATE_PEM).public_pem())
    for request in server.requests:
        signer.verify(request.body, request.headers["x-partner-sign"])
        assert request.headers["x-partner-project"] == "shop"
        assert request.path.startswith("/api/v1/session/")


@pytest.mark.asyncio
async def test_its_tokens_take_a_language_and_a_checkbox_as_text(serve: Serve) -> None:
    server = await serve(*[reply(answer(200, recorded("response-token-1")))] * 2)
    async with sister(server) as bank:
        for checkbox in (None, "true"):
            widget = AcquiringWidget(session_id="ps_123456", locale="en", show_recurrent_checkbox=checkbox)
            assert (await bank.tokens.create(acquiring_widget=widget)).public_token
    sent = [request.body for request in server.requests]
    assert [meaning_of(body) for body in sent] == [
        meaning_of(recorded("request-token-2")),
        meaning_of(recorded("request-token-3")),
    ]


def test_its_webhooks_are_read() -> None:
    body = recorded("webhook-ready_to_confirm-2")
    event = read_webhook(body, BANK.sign(body), VERIFIER)
    assert event.type == "ready_to_confirm"
    assert event.session is not None
    assert event.session.payout_list[0].status == "pending"


@pytest.mark.parametrize(
    "text",
    [
        '{"amounts":{}}',
        '{"payment_options":{"return_url":"https://shop.example.com"}}',
        '{"recurrent":{"token":"t","created_at":"2020-07-14T13:17:11+03:00","is_active":false,"type":"recurrent_token"}}',
        '{"payment_details":{"type":"card","card":{"brand":"visa","last4":"4242","bin":"424242"}}}',
        '{"customer_interaction":{"type":"inform","inform":{"qr":{"content":"https://qr.example"}}}}',
    ],
)
def test_its_differences_from_bank_131_are_tolerated(text: str) -> None:
    read = codec.decode(Payment, text.encode())
    assert read.extra == {}
    assert json.loads(codec.encode(read)) == json.loads(text)
