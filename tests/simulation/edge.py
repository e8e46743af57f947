"""The bank's edge: the sandbox's real server and courier, with the adversary between them and the bank.

- ``reset before`` / ``reset after``: the connection breaks before the bank has read the request, or after it has acted.
- ``gateway before`` / ``gateway after``: a gateway's 502 page instead of the answer; before, the key may be burnt.
- ``doubted``: the bank acts and answers ``internal_error``; ``burnt``: it notes the key down, fails and answers 500.
- ``cut``: the answer breaks off; ``limited``: 429; ``delayed``: slow both ways; ``twice``: a proxy sends it twice.
- ``late``: the request is held up and reaches the bank after the client has given up; ``stuck answer``: the answer is;
  ``slow answer``: it shows what was, and comes when much has happened.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import attrs
from aiohttp import web

from bank131_async.sandbox import OutgoingWebhook, SandboxBank
from bank131_async.sandbox.api import Answer
from bank131_async.sandbox.courier import Courier
from bank131_async.sandbox.server import SandboxServer
from tests.simulation.network import client_session

if TYPE_CHECKING:
    from tests.simulation.adversary import Adversary
    from tests.simulation.referee import Referee

BANK = ("127.0.0.1", 8131)
MERCHANT_URL = "http://127.0.0.1:9000/webhooks/bank131"
_DOUBT = b'{"status":"error","error":{"code":"internal_error","description":"try later"}}'


@attrs.frozen
class Call:
    """A request as the bank's edge sees it."""

    method: str
    key: str
    body: bytes
    session_id: str | None

    @property
    def name(self) -> str:
        """``confirm`` for ``session/confirm``."""
        return self.method.removeprefix("session/")


def call_of(request: web.Request, body: bytes) -> Call:
    """What was asked."""
    told = json.loads(body or b"{}")
    return Call(
        request.path.split("/", 3)[3],
        request.headers.get("X-PARTNER-IDEMPOTENCY-KEY", ""),
        body,
        told.get("session_id"),
    )


class Edge(SandboxServer):
    """The sandbox bank on the simulated network."""

    def __init__(self, bank: SandboxBank, adversary: Adversary, referee: Referee) -> None:
        super().__init__(bank, host=BANK[0], port=BANK[1])
        self._adversary = adversary
        self._referee = referee
        self._courier = Deliveries(bank, adversary, referee)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        call = call_of(request, body)
        fault = self._adversary.on_request(call)
        match fault:
            case None:
                return _response(self._handle(request, call))
            case "reset before":
                return _aborted(request)
            case "gateway before":
                if self._adversary.burns_on_5xx:
                    self._burn(call)
                return web.Response(status=502, text="<html>bad gateway</html>")
            case "limited":
                return web.Response(status=429, headers={"Retry-After": "3"}, text="slow down")
            case "burnt":
                self._burn(call)
                return web.Response(status=500)
            case "delayed" | "late" | "stuck answer" | "slow answer":
                return await self._slowly(request, call, fault)
            case _:
                return await self._unheard(request, call, fault)

    async def _slowly(self, request: web.Request, call: Call, fault: str) -> web.StreamResponse:
        before_s = {"delayed": 4.0, "late": 100.0}.get(fault, 0.0)
        await asyncio.sleep(before_s)
        answer = self._handle(request, call)
        await asyncio.sleep({"delayed": 4.0, "slow answer": 7.0, "stuck answer": 100.0}.get(fault, 0.0))
        return _response(answer)

    async def _unheard(self, request: web.Request, call: Call, fault: str) -> web.StreamResponse:
        """The bank acts, and its answer does not come through as it was given."""
        answer = self._handle(request, call)
        match fault:
            case "gateway after":
                return web.Response(status=502, text="<html>bad gateway</html>")
            case "doubted":
                return web.Response(body=_DOUBT, content_type="application/json")
            case "twice":
                return _response(self._handle(request, call))
            case "cut":
                half = web.StreamResponse(headers={"Content-Length": str(len(answer.body))})
                await half.prepare(request)
                await half.write(answer.body[: len(answer.body) // 2])
        return _aborted(request)

    def _handle(self, request: web.Request, call: Call) -> Answer:
        self._referee.arrives(call)
        answer = self.bank.handle(request.method, request.raw_path, request.headers, call.body)
        self._referee.answers(call, answer.status, json.loads(answer.body))
        self._courier.send(self.bank.take_outbox())
        return answer

    def _burn(self, call: Call) -> None:
        """Note the key down and do nothing, as a crash of the bank after its first write would."""
        if call.key and call.name != "status":
            self.bank.handle("POST", "/api/v2/session/create", self.bank.sign(b"{}", idempotency_key=call.key), b"{}")


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, headers=answer.headers, body=answer.body)


def _aborted(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


class Deliveries(Courier):
    """The sandbox's courier: webhooks are lost, doubled, delayed, and their answers do not come back."""

    def __init__(self, bank: SandboxBank, adversary: Adversary, referee: Referee) -> None:
        super().__init__(bank)
        self._session = client_session()
        self._adversary = adversary
        self._referee = referee

    async def _deliver(self, webhook: OutgoingWebhook) -> None:
        sent_at = self._bank.now()
        fate, delay_s = self._adversary.on_webhook(webhook)
        if fate == "lost":
            self._bank.delivered(webhook, 200, sent_at=sent_at)
            return
        if fate == "doubled":
            again = asyncio.create_task(self._once(webhook, delay_s))
            self._tasks.add(again)
            again.add_done_callback(self._tasks.discard)
        status = await self._once(webhook, delay_s if fate == "delayed" else 0.0)
        if fate == "answer lost":
            status = None
        self._bank.delivered(webhook, status, error="no answer" if status is None else None, sent_at=sent_at)

    async def _once(self, webhook: OutgoingWebhook, delay_s: float) -> int | None:
        await asyncio.sleep(delay_s)
        status, _, _ = await self._post(webhook, str(webhook.url))
        self._referee.delivered(webhook, status)
        return status
