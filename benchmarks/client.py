"""The client: CPU of a signed request against bare aiohttp plus one signature, and how long signing holds the loop up.

The server answers from a process of its own, so that the thread's CPU time is the client's alone.
"""

from __future__ import annotations

import asyncio
import functools
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp

from bank131_async.client.api import ApiClient
from bank131_async.client.config import Bank131Config
from bank131_async.core.models import Amount, BankCard, Customer, PaymentDetails, PaymentOptions
from bank131_async.core.operations import StartPayment
from bank131_async.core.signing import Signer, new_private_key_pem
from bank131_async.core.wire import body_of
from benchmarks.harness import Case, Ratio, Value

AT_ONCE = 50
_BEAT_S = 0.001

_ANSWER = (
    b'{"status":"ok","session":{"id":"ps_3230","status":"in_progress","created_at":"2018-05-27T02:03:00.000000Z",'
    b'"updated_at":"2018-05-27T02:03:00.000000Z","next_action":"confirm","payment_list":[{"id":"pm_2705",'
    b'"status":"in_progress","created_at":"2018-05-27T02:03:00.000000Z","updated_at":"2018-05-27T02:03:01.000000Z",'
    b'"customer":{"reference":"user123","contacts":[{"email":"user@gmail.com"}]},"payment_details":{"type":"card",'
    b'"card":{"brand":"visa","last4":"4242","bin":"424242","country_iso3":"RUS","card_id":"card_1"}},'
    b'"amount_details":{"amount":10000,"currency":"rub"},"amounts":{"gross":{"amount":10000,"currency":"rub"},'
    b'"net":{"amount":9000,"currency":"rub"},"fee":{"merchant_fee":{"amount":1000,"currency":"rub"}}},'
    b'"payment_options":{"return_url":"http://bank131.ru"},"metadata":"good"}],"actions":'
    b'{"confirm":"2018-05-27T02:03:00.000000Z"}}}'
)


class _FixedAnswer(asyncio.Protocol):
    """The least server there is: every request of one known size gets the same answer."""

    _REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_ANSWER) + _ANSWER

    def __init__(self) -> None:
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        head, found, body = self._rest.partition(b"\r\n\r\n")
        if found and len(body) >= int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]):
            self._rest = b""
            self._transport.write(self._REPLY)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_FixedAnswer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _operation() -> StartPayment:
    card = BankCard(
        number="4242424242424242",
        expiration_month="12",
        expiration_year="30",
        security_code="123",
        cardholder_name="IVAN IVANOV",
    )
    return StartPayment(
        session_id="ps_3230",
        payment_details=PaymentDetails.of(card),
        amount_details=Amount.rub("100.00"),
        customer=Customer("user123"),
        payment_options=PaymentOptions(return_url="https://shop.example/return?order=7"),
    )


async def _share(at_once: int, call: Callable[[], Awaitable[object]], count: int) -> None:
    """``count`` calls by ``at_once`` workers."""

    async def worker(calls: int) -> None:
        for _ in range(calls):
            await call()

    await asyncio.gather(*(worker(count // at_once) for _ in range(at_once)))


class _Heart:
    """Beats every millisecond and notes by how many seconds the latest beat was late.

    Between beats the loop may sleep, as it does in a program. A probe that keeps it turning takes a core from the
    signing threads and the server, and then measures the slices in which the system shares out that core.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.late = 0.0
        self._timer = self._loop.call_later(_BEAT_S, self._beat)

    def _beat(self) -> None:
        self.late = max(self.late, self._loop.time() - self._timer.when())
        self._timer = self._loop.call_later(_BEAT_S, self._beat)

    def stop(self) -> None:
        self.late = max(self.late, self._loop.time() - self._timer.when())
        self._timer.cancel()


async def _longest_delay(work: Awaitable[object]) -> float:
    """By how many milliseconds a timer of 1 ms comes late, at worst, while ``work`` runs."""
    heart = _Heart()
    await work
    heart.stop()
    return heart.late * 1000


def _start_server() -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True)


async def cases(quick: bool) -> AsyncIterator[Case]:
    """CPU at 1 and at 50 in flight; loop delay of 50 at once with keys of 2048 and 4096 bits."""
    server = _start_server()
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        async for case in _cases(url, calls=400 if quick else 1000):
            yield case
    finally:
        server.kill()
        server.wait()


async def _cases(url: str, calls: int) -> AsyncIterator[Case]:
    signer = Signer.from_pem(new_private_key_pem(2048))
    operation = _operation()
    body = body_of(operation, "v2")
    headers = {"Content-Type": "application/json", "X-PARTNER-PROJECT": "shop"}
    path = f"{url}/api/v2/session/start/payment"
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
        ApiClient(Bank131Config(project_id="shop", private_key=signer, server=url)) as client,
    ):

        async def bare() -> None:
            signed = headers | {"X-PARTNER-SIGN": signer.sign(body)}
            async with session.post(path, data=body, headers=signed) as answer:
                await answer.read()

        async def ours() -> None:
            await client.execute(operation)

        for at_once in (1, AT_ONCE):
            name = f"signed request, RSA-2048, {at_once} in flight, CPU of bare aiohttp and a signature"
            subject, floor = (functools.partial(_share, at_once, call) for call in (ours, bare))
            yield Ratio(name, subject, floor, calls, cost_at_most=1.12)
    for bits, limit_ms in ((2048, 5.0), (4096, 10.0)):
        config = Bank131Config(project_id="shop", private_key=Signer.from_pem(new_private_key_pem(bits)), server=url)
        async with ApiClient(config) as client:
            await client.execute(operation)

            async def burst(client: ApiClient = client) -> float:
                return await _longest_delay(asyncio.gather(*(client.execute(operation) for _ in range(AT_ONCE))))

            name = f"{AT_ONCE} signed requests at once, RSA-{bits}, longest delay of a timer"
            yield Value(name, burst, "ms", at_most=limit_ms, rounds=15)


if __name__ == "__main__":
    asyncio.run(_serve())
