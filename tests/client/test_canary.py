"""Secrets must not come out anywhere: not in an error or its chain, not in a repr, not in a log record at DEBUG.

Every way in which a call can end is taken with secrets in the request, and with secrets thrown back by the bank.
"""

from __future__ import annotations

import base64
import logging
import re
import traceback
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import attrs
import pytest

from bank131_async.client.api import ApiClient
from bank131_async.client.config import Bank131Config
from bank131_async.core import codec
from bank131_async.core.models import (
    BankCard,
    EncryptedCard,
    PaymentDetails,
    Recurrent,
    TokenizedCard,
    WebhookBody,
)
from bank131_async.core.operations import InitPayment, Operation, StartPayment
from bank131_async.core.signing import Signer
from bank131_async.core.webhook import read_webhook
from bank131_async.core.wire import HttpRequest, HttpResponse, build_request
from bank131_async.errors import Bank131Error, CodecError, ConfigurationError, WebhookPayloadError
from tests.support.keys import OTHER_PRIVATE_PEM
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
from tests.support.webhooks import BANK, VERIFIER

Serve = Callable[..., Awaitable[RawServer]]
ClientOf = Callable[..., ApiClient]

PAN, CVC, HASH, TOKEN, RECURRENT = "4242424242424242", "98713", "canary-hash-1", "canary-token-2", "canary-token-3"
PASSPHRASE = "canary-passphrase-4"
_KEY_LINES = re.findall(r"^[A-Za-z0-9+/=]{40,}$", OTHER_PRIVATE_PEM, re.MULTILINE)
SECRETS = [PAN, "4242 4242 4242 4242", HASH, TOKEN, RECURRENT, PASSPHRASE, *_KEY_LINES]
# Standing alone, or short and quoted: so few digits are in a time, an address or a line number now and then.
CODES = re.compile(rf"(?<![\w.]){CVC}(?![\w.])|(['\"]){CVC[:3]}\1")

METHODS = [
    BankCard(number=PAN, expiration_month="12", expiration_year="30", security_code=CVC[:3]),
    EncryptedCard(number_hash=HASH, security_code_hash=HASH),
    TokenizedCard(token=TOKEN),
    Recurrent(token=RECURRENT),
]
OPERATIONS: list[Operation[Any]] = [
    StartPayment(session_id="ps_1", payment_details=PaymentDetails.of(method)) for method in METHODS
]

_THROWN_BACK = (
    f'"number":"{PAN}","note":"4242 4242 4242 4242","security_code":"{CVC}","number_hash":"{HASH}","token":"{TOKEN}",'
    f'"recurrent":{{"token":"{RECURRENT}"}}'
).encode()
_BACK_WITH_A_SESSION = _THROWN_BACK.replace(b'"recurrent"', b'"x"')
ENDINGS = {
    "answered": answer(200, b'{"status":"ok","session":{"id":"ps_1",%s}}' % _BACK_WITH_A_SESSION),
    "refused": answer(400, b'{"status":"error","error":{"code":"invalid_request"},%s}' % _THROWN_BACK),
    "rate limited": answer(429, b"{%s}" % _THROWN_BACK, headers={"Retry-After": "3600"}),
    "no envelope": answer(500, b"{%s}" % _THROWN_BACK),
    "not JSON": answer(200, b"<html>%s" % _THROWN_BACK),
    "wrong shape": answer(200, b'{"status":"ok","session":{"id":{%s}}}' % _THROWN_BACK),
    "secret as a key": answer(200, b'{"status":"ok","session":{"id":"ps_1","payment_list":{"%s":5}}}' % PAN.encode()),
    "not HTTP": b"HTTP/1.1 %s\r\n\r\n" % PAN.encode(),
    "bad header": b"HTTP/1.1 200 OK\r\n%s\x00: x\r\n\r\n" % PAN.encode(),
    "bad length": b"HTTP/1.1 200 OK\r\nContent-Length: %s-%s\r\n\r\n" % (PAN.encode(), TOKEN.encode()),
    "bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n" % TOKEN.encode(),
}
STEPS: dict[str, Step] = {name: reply(data, then="close") for name, data in ENDINGS.items()} | {
    "truncated": reply(answer(200, b"{%s}" % _THROWN_BACK, length=10_000), then="close"),
    "stalls": reply(answer(200, b"{%s}" % _THROWN_BACK, length=10_000), then="stall"),
    "never answers": never_answer,
    "reset": reset_after_reading,
    "closed": close_after_reading,
}


_THE_CHAIN = {"__cause__", "__context__", "__traceback__"}


def everything_told(error: BaseException) -> Iterator[str]:
    """All texts that an error gives away, with those of its causes and contexts."""
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        link = left.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        left += [link.__cause__, link.__context__]
        # An attribute of the C level, such as a parser's `doc` or a UnicodeError's `object`, may not be in vars.
        kept = [getattr(link, name, None) for name in dir(link) if name not in _THE_CHAIN]
        yield from (str(link), repr(link), repr(link.args), repr(vars(link)), repr(kept))
        yield "".join(traceback.format_exception(link))


def everything_logged(records: list[logging.LogRecord]) -> Iterator[str]:
    for record in records:
        yield record.getMessage()
        yield repr(record.__dict__)


def assert_no_secret(texts: Iterator[str], *, signature: str | None = None) -> None:
    for text in texts:
        for secret in [*SECRETS, *([signature] if signature else [])]:
            assert secret not in text, f"{secret[:6]}... came out in: {text[:300]}"
        assert not CODES.search(text), f"a security code came out in: {text[:300]}"


@pytest.mark.asyncio
@pytest.mark.parametrize("log_bodies", [False, True])
@pytest.mark.parametrize("ending", STEPS)
async def test_no_ending_of_a_call_lets_a_secret_out(
    serve: Serve, client_of: ClientOf, caplog: pytest.LogCaptureFixture, ending: str, log_bodies: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    server = await serve(*[STEPS[ending]] * len(OPERATIONS))
    client = client_of(server, log_bodies=log_bodies)
    for operation in OPERATIONS:
        try:
            got = await client.execute(operation, timeout=SHORT if ending in {"stalls", "never answers"} else None)
        except Bank131Error as error:
            assert_no_secret(everything_told(error), signature=server.requests[-1].headers["x-partner-sign"])
        else:
            assert_no_secret(iter([repr(got), str(got)]))
    assert len(server.requests) == len(OPERATIONS)
    assert_no_secret(everything_logged(caplog.records))


@pytest.mark.asyncio
async def test_a_request_that_is_not_sent_lets_no_secret_out(
    client_of: ClientOf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = client_of("http://127.0.0.1:1", log_bodies=True)
    for operation in OPERATIONS:
        with pytest.raises(Bank131Error) as caught:
            await client.execute(operation)
        assert_no_secret(everything_told(caught.value))
    assert_no_secret(everything_logged(caplog.records))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_values_on_the_way_show_no_secret(operation: Operation[Any]) -> None:
    body = f'{{"number":"{PAN}","security_code":"{CVC}"}}'.encode()
    request = build_request(
        operation, body, server="https://x", project_id="shop", signature="c2lnbmF0dXJl", version="v2"
    )
    response = HttpResponse(200, {"X-Note": TOKEN}, body)
    texts = [f"{value!r} {value}" for value in (operation, request, response, attrs.evolve(operation))]
    assert_no_secret(iter(texts), signature="c2lnbmF0dXJl")
    assert isinstance(request, HttpRequest)


UNREADABLE = {
    "not JSON": b"{%s" % _THROWN_BACK,
    "invalid UTF-8": b'{%s,"a":"\xff"}' % _THROWN_BACK,
    "followed by more": b"{%s}{}" % _THROWN_BACK,
    "number too long": b'{%s,"a":%s}' % (_THROWN_BACK, b"9" * 5000),
    "nested too deeply": b'{%s,"a":%s%s}' % (_THROWN_BACK, b"[" * 300, b"]" * 300),
    "text for an object": b'{"type":"payment_finished","session":"%s"}' % PAN.encode(),
    "object for a text": b'{"type":"payment_finished","session":{"id":{%s}}}' % _THROWN_BACK,
    "text for a time": b'{"type":"payment_finished","session":{"id":"ps_1","created_at":"%s"}}' % TOKEN.encode(),
    "text for a number": b'{"session":{"id":"p","payment_list":[{"amount_details":{"amount":"%s","currency":"rub"}}]}}'
    % PAN.encode(),
    "secret as a key": b'{"type":"payment_finished","session":{"id":"ps_1","payment_list":{"%s":5}}}' % PAN.encode(),
    "no type": b"{%s}" % _THROWN_BACK,
    "type not a text": b'{"type":{%s}}' % _THROWN_BACK,
    "no session": b'{"type":"payment_finished",%s}' % _THROWN_BACK,
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_webhook_lets_no_secret_out(body: bytes) -> None:
    with pytest.raises(WebhookPayloadError) as caught:
        read_webhook(body, BANK.sign(body), VERIFIER)
    assert_no_secret(told_elsewhere(caught.value))


@pytest.mark.parametrize("name", sorted(UNREADABLE.keys() - {"no type", "no session"}))  # a webhook must have these
def test_a_body_that_the_codec_refuses_is_in_no_error_of_the_chain(name: str) -> None:
    for read in (codec.decode, lambda cls, data: codec.structure(cls, codec.loads(data))):
        with pytest.raises(CodecError) as caught:
            read(WebhookBody, UNREADABLE[name])
        assert_no_secret(told_elsewhere(caught.value))


@pytest.mark.parametrize("value", [TOKEN + "\ud800", [TOKEN, float("nan")], {TOKEN: object()}], ids=range(3))
def test_a_value_that_cannot_be_written_is_in_no_error_of_the_chain(value: Any) -> None:
    with pytest.raises(CodecError) as caught:
        codec.dumps(value)
    assert_no_secret(told_elsewhere(caught.value))


def told_elsewhere(error: BaseException) -> Iterator[str]:
    """All that an error gives away, but for the source lines of this test."""
    return (text for text in everything_told(error) if "test_canary" not in text)


def test_a_client_and_its_config_show_no_secret(signer: Signer) -> None:
    config = Bank131Config(project_id="shop", private_key=OTHER_PRIVATE_PEM)
    client = ApiClient(config)
    assert_no_secret(iter([repr(config), str(config), repr(client), repr(vars(client)), repr(signer)]))


@pytest.mark.parametrize(
    "environ",
    [
        {"BANK131_PRIVATE_KEY": OTHER_PRIVATE_PEM.replace("BEGIN", "BEGUN")},
        {"BANK131_PRIVATE_KEY": OTHER_PRIVATE_PEM[:800]},
        {"BANK131_PRIVATE_KEY": OTHER_PRIVATE_PEM.replace("A", "!")},
        {"BANK131_PRIVATE_KEY": base64.b64encode(OTHER_PRIVATE_PEM.encode()).decode()},
        {"BANK131_PRIVATE_KEY_PATH": OTHER_PRIVATE_PEM[100:]},
        {"BANK131_PRIVATE_KEY": OTHER_PRIVATE_PEM, "BANK131_PRIVATE_KEY_PASSPHRASE": PASSPHRASE},
        {"BANK131_PRIVATE_KEY": OTHER_PRIVATE_PEM, "BANK131_PUBLIC_KEY": OTHER_PRIVATE_PEM},
        {"BANK131_PRIVATE_KEY": OTHER_PRIVATE_PEM, "BANK131_SERVER": f"https://user:{PASSPHRASE}@bank"},
        {"BANK131_PRIVATE_KEY": OTHER_PRIVATE_PEM, "BANK131_SERVER": PASSPHRASE},
        {"BANK131_PRIVATE_KEY": OTHER_PRIVATE_PEM, "BANK131_SUBMERCHANT": OTHER_PRIVATE_PEM},
        {"BANK131_PRIVATE_KEY": OTHER_PRIVATE_PEM, "BANK131_PROJECT_ID": OTHER_PRIVATE_PEM},
        {"BANK131_PRIVATE_KEY": OTHER_PRIVATE_PEM, "BANK131_TIMEOUT": PASSPHRASE},
    ],
)
def test_a_wrong_setting_is_not_quoted(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Bank131Config.from_env({"BANK131_PROJECT_ID": "shop"} | environ)
    assert_no_secret(everything_told(caught.value))


@pytest.mark.parametrize(
    "make",
    [
        lambda: BankCard(number=PAN + "1", expiration_month="12", expiration_year="30", security_code=CVC[:3]),
        lambda: BankCard(number=PAN, expiration_month="13", expiration_year="30", security_code=CVC[:3]),
        lambda: BankCard(number=PAN, expiration_month="12", expiration_year="30", security_code=CVC),
        lambda: InitPayment(payment_details=PaymentDetails.of(METHODS[0]), amount_details=None, customer=None),
    ],
)
def test_a_wrong_value_is_not_quoted(make: Callable[[], object]) -> None:
    with pytest.raises((ConfigurationError, ValueError)) as caught:
        make()
    assert_no_secret(told_elsewhere(caught.value))
