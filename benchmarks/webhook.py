"""A webhook of 1.3 KB in process: what it costs beside the least that any receiver must do.

The floor verifies the signature and parses the JSON. Reading alone: 0.65 of its rate with a key of 2048 bits, and with
4096 bits, where the signature weighs more, 0.78. The whole way, from the bytes to the task that waited: 0.50.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from itertools import count

from bank131_async import Amount, Bank131Client, Bank131Config, Customer, Phase
from bank131_async.core.webhook import read_webhook
from bank131_async.core.wire import HttpRequest, HttpResponse
from bank131_async.transport import Timeout
from benchmarks._news import Keys, News, finished, least_work
from benchmarks.harness import Case, Ratio

_DIFFERENT = 100


async def cases(quick: bool) -> AsyncIterator[Case]:
    """Bytes to a strict typed event, for both usual sizes of the bank's key; then the whole way."""
    del quick
    yield _reading(2048, 0.65)
    yield _reading(4096, 0.78)
    keys = Keys.new(2048)
    config = Bank131Config(project_id="benchmark", private_key=keys.signer, bank_public_keys=keys.verifier)
    async with Bank131Client(config, transport=_Creating()) as bank:
        yield _whole_way(bank, keys)


def _reading(bits: int, target: float) -> Case:
    keys = Keys.new(bits)
    news = [finished(f"ps_{number}", keys.signer) for number in range(_DIFFERENT)]

    def read(number: int) -> None:
        for index in range(number):
            one = news[index % _DIFFERENT]
            read_webhook(one.body, one.signature, keys.verifier)

    return Ratio(f"read_webhook / verify and parse, RSA-{bits}", read, _floor(keys, news), 1000, rate_at_least=target)


def _whole_way(bank: Bank131Client, keys: Keys) -> Case:
    async def handle(number: int) -> float:
        """As many flows wait as webhooks come, each in a turn of its own; opening and signing are not counted."""
        flows = [
            await bank.payments.create(amount=Amount.rub("1500.00"), customer=Customer("user-48151623"))
            for _ in range(number)
        ]
        news = [finished(flow.session_id, keys.signer) for flow in flows]
        waiting = [asyncio.create_task(flow.wait_for(Phase.PAYMENT_FINISHED)) for flow in flows]
        await asyncio.sleep(0)
        before = time.thread_time()
        for one in news:
            reply = await bank.receiver.handle(one.body, one.signature)
            assert reply.status == 200
            await asyncio.sleep(0)
        await asyncio.gather(*waiting)
        return time.thread_time() - before

    some = [finished(f"ps_{number}", keys.signer) for number in range(_DIFFERENT)]
    name = "bytes to event, journal, facts and waiter / verify and parse, RSA-2048"
    return Ratio(name, handle, _floor(keys, some), 500, rate_at_least=0.50)


def _floor(keys: Keys, news: list[News]) -> Callable[[int], None]:
    verify_and_parse = least_work(keys.public_pem)

    def floor(number: int) -> None:
        for index in range(number):
            verify_and_parse(news[index % len(news)])

    return floor


class _Creating:
    """A transport that answers ``session/create`` with a new session each time."""

    def __init__(self) -> None:
        self._numbers = count(1)

    async def send(self, request: HttpRequest, *, timeout: Timeout | None = None) -> HttpResponse:
        """The answer, at once."""
        del request, timeout
        body = f'{{"status":"ok","session":{{"id":"ps_{next(self._numbers)}","status":"created"}}}}'
        return HttpResponse(200, {"Content-Type": "application/json"}, body.encode())

    async def aclose(self) -> None:
        """Nothing to release."""
