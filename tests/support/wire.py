"""A wire between a merchant process and the bank that fails as it is told, in virtual time."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from typing import Literal

import attrs

from bank131_async.core.wire import HttpRequest, HttpResponse
from bank131_async.errors import AnswerLostError, NotSentError
from bank131_async.sandbox import SandboxBank
from bank131_async.transport import Timeout

#: not_sent       no connection
#: lost_before    reset before the bank has read it; lost_after: after it has carried it out
#: html_before    a gateway's 502 without the bank having seen anything; html_after: having carried it out
#: burnt          the bank stores the key, does nothing and answers 500
#: doubted        the bank's own envelope ``internal_error``, after it has carried it out
#: cut            the answer of a request that was carried out breaks off in the middle
#: crossed        a proxy gives us the answer about another session; the bank has not seen anything
#: limited        429 with Retry-After: 3; limited_long: with Retry-After: 120
#: late           the client's timeout passes; the request reaches the bank later all the same (``late_s``)
#: slow           as late, and the bank has noted the key down at once
Fault = Literal[
    "not_sent",
    "lost_before",
    "lost_after",
    "html_before",
    "html_after",
    "burnt",
    "doubted",
    "cut",
    "crossed",
    "limited",
    "limited_long",
    "late",
    "slow",
]
#: Those that any call can come out of: that the answer to a create is somebody else's cannot be seen.
FAULTS: tuple[Fault, ...] = (
    "not_sent", "lost_before", "lost_after", "html_before", "html_after", "burnt", "doubted", "cut", "limited",
    "limited_long", "late", "slow",
)  # fmt: skip
#: Faults after which the bank has carried the request out, or is going to.
WITH_EFFECT: frozenset[Fault] = frozenset({"lost_after", "html_after", "doubted", "cut", "late", "slow"})
#: The answer about a payment that is not ours: paid, and refunded.
SOMEBODY_ELSES = {
    "status": "ok",
    "session": {
        "id": "ps_of_somebody_else",
        "status": "accepted",
        "updated_at": "2040-01-01T00:00:00.000000Z",
        "payment_list": [
            {
                "id": "pm_of_somebody_else",
                "status": "succeeded",
                "amount_details": {"amount": 15000, "currency": "RUB"},
                "refunds": [
                    {"id": "rf_1", "status": "accepted", "amount_details": {"amount": 5000, "currency": "RUB"}}
                ],
            }
        ],
    },
}
_MONEY = ("confirm", "cancel", "capture", "refund")
_BEGINNINGS = ("start/", "init/", "multi/init", "multi/start/")


@attrs.frozen
class Effect:
    """A request that moves money and that the bank accepted."""

    method: str
    session_id: str | None
    amount: int | None


class Wire:
    """Carries one process's requests.

    ``faults`` maps a method (``session/confirm``) to faults that happen once each, in order; ``always`` to one that
    happens every time. ``holding`` stops requests on their way to the bank until the event is set,
    ``holding_answers`` the answers on their way back. ``answers`` are given, in order, in place of the bank's.
    ``stuck_s`` maps a method to the seconds that pass before its next request leaves, if it may leave so late.
    ``effects`` is what the bank accepted, shared by all wires of a world. A ``dead`` wire never returns.
    """

    def __init__(self, bank: SandboxBank, effects: list[Effect], *, latency_s: float = 0.05) -> None:
        self.bank = bank
        self.effects = effects
        self.latency_s = latency_s
        self.late_s = 45.0
        self.timeout_s = 30.0
        self.faults: dict[str, list[Fault]] = {}
        self.always: dict[str, Fault] = {}
        self.stuck_s: dict[str, float] = {}
        self.holding: dict[str, asyncio.Event] = {}
        self.holding_answers: dict[str, asyncio.Event] = {}
        self.calls: Counter[str] = Counter()
        self.called: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.keys: dict[str, list[str]] = {}
        self.times: dict[str, list[float]] = {}
        self.bodies: dict[str, list[bytes]] = {}
        self.answers: dict[str, list[HttpResponse]] = {}
        self.dead = False
        self.stragglers: set[asyncio.Task[None]] = set()

    async def send(self, request: HttpRequest, *, timeout: Timeout | None = None) -> HttpResponse:
        """Send, or fail."""
        del timeout
        method = method_of(request)
        fault = self._fault(method)
        if fault == "not_sent":
            raise NotSentError("refused")
        await self._pause(self.stuck_s.pop(method, 0.0))
        if request.leave_by is not None and asyncio.get_running_loop().time() > request.leave_by:
            raise NotSentError("too late")
        self._count(method, request)
        await self._pause(self.latency_s)
        if (gate := self.holding.get(method)) is not None:
            await gate.wait()
        if fault is not None:
            return await self._fail(fault, request)
        scripted = self.answers.get(method)
        answer = scripted.pop(0) if scripted else self._handle(request)
        if (gate := self.holding_answers.get(method)) is not None:
            await gate.wait()
        await self._pause(self.latency_s)
        return answer

    async def aclose(self) -> None:
        """Nothing is held."""

    def _count(self, method: str, request: HttpRequest) -> None:
        self.calls[method] += 1
        self.called[method].set()
        self.keys.setdefault(method, []).append(request.headers.get("X-PARTNER-IDEMPOTENCY-KEY", ""))
        self.times.setdefault(method, []).append(asyncio.get_running_loop().time())
        self.bodies.setdefault(method, []).append(request.body)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self.dead:
            await asyncio.Event().wait()

    async def _fail(self, fault: Fault, request: HttpRequest) -> HttpResponse:
        match fault:
            case "lost_before":
                raise AnswerLostError("reset")
            case "html_before":
                return HttpResponse(502, {}, b"<html>bad gateway</html>")
            case "crossed":
                return HttpResponse(200, {}, json.dumps(SOMEBODY_ELSES).encode())
            case "limited" | "limited_long":
                pause = "3" if fault == "limited" else "120"
                return HttpResponse(429, {"Retry-After": pause}, b"slow down")
            case "burnt":
                return self._burn(request) or HttpResponse(500, {}, b"")
            case "late" | "slow":
                refusal = self._burn(request) if fault == "slow" else None
                if refusal is not None:
                    return refusal
                task = asyncio.get_running_loop().create_task(self._arrive_late(request, fault), name="straggler")
                self.stragglers.add(task)
                task.add_done_callback(self.stragglers.discard)
                await self._pause(self.timeout_s)
                raise AnswerLostError("no answer in time")
            case _:
                answer = self._handle(request)
                await self._pause(self.latency_s)
        if fault == "lost_after":
            raise AnswerLostError("reset")
        if fault == "html_after":
            return HttpResponse(502, {}, b"<html>bad gateway</html>")
        if fault == "doubted":
            return HttpResponse(200, {}, b'{"status":"error","error":{"code":"internal_error","description":"oops"}}')
        return HttpResponse(answer.status, answer.headers, answer.body[: len(answer.body) // 2])

    async def _arrive_late(self, request: HttpRequest, fault: Fault) -> None:
        await asyncio.sleep(self.late_s)
        # A slow request's key is taken already, by itself: it is carried out under another that nobody knows.
        key = f"slow-{len(self.effects)}-{asyncio.get_running_loop().time()}" if fault == "slow" else None
        self._handle(request, key)

    def _burn(self, request: HttpRequest) -> HttpResponse | None:
        """Note the key down and do nothing, as a crash of the bank after its first write would.

        Returns the bank's refusal if the key was noted down before.
        """
        spent = self.bank.sign(b"{}", idempotency_key=request.headers["X-PARTNER-IDEMPOTENCY-KEY"])
        answer = self.bank.handle("POST", "/api/v2/session/create", spent, b"{}")
        is_new = json.loads(answer.body)["status"] == "ok"
        return None if is_new else HttpResponse(answer.status, answer.headers, answer.body)

    def _handle(self, request: HttpRequest, key: str | None = None) -> HttpResponse:
        path = "/" + request.url.split("/", 3)[3]
        headers = request.headers if key is None else self.bank.sign(request.body, idempotency_key=key)
        answer = self.bank.handle(request.method, path, headers, request.body)
        method = method_of(request)
        told = json.loads(answer.body)
        call = method.removeprefix("session/")
        if told.get("status") == "ok" and (call in _MONEY or call.startswith(_BEGINNINGS)):
            asked = json.loads(request.body)
            amount = (asked.get("amount_details") or {}).get("amount")
            self.effects.append(Effect(method, told.get("session", {}).get("id"), amount))
        return HttpResponse(answer.status, answer.headers, answer.body)

    def _fault(self, method: str) -> Fault | None:
        waiting = self.faults.get(method)
        return waiting.pop(0) if waiting else self.always.get(method)


def method_of(request: HttpRequest) -> str:
    """``session/confirm`` of ``http://host/api/v2/session/confirm``."""
    return request.url.split("/", 5)[5]
