"""Whatever happens: no card number, code, token, hash or key in the journal, in the log, in a repr or in an error."""

from __future__ import annotations

import asyncio
import logging
import re
import traceback
from collections.abc import Awaitable, Callable

import pytest

from bank131_async.core.machine import encode_entry
from bank131_async.core.models import BankCard, Customer, EncryptedCard, PaymentOptions, TokenizedCard
from bank131_async.flow import PaymentFlow
from tests.support.merchant import (
    BUYER,
    CHALLENGE,
    PART,
    PLAIN,
    PRICE,
    Agreeable,
    Working,
    caught,
    created,
    dies,
    driven,
)
from tests.support.virtual import in_virtual_time
from tests.support.wire import FAULTS, Fault
from tests.support.world import Process, World, world

CODE, HOLDER = "7391", "IVAN SECRETOV"
TOKEN, HASH = f"tok-hidden-{CHALLENGE}", f"hash-hidden-{CHALLENGE}"
PATTERNS = [
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d)({PLAIN}|{CHALLENGE})(?!\d)",
        r"4000[ -]0000[ -]0000[ -]0010",
        rf"(?<![\d.]){CODE}(?!\d)",
        HOLDER,
        "-hidden-",
        "PRIVATE KEY",
    )
]


def cards(kind: str) -> BankCard | TokenizedCard | EncryptedCard:
    match kind:
        case "open":
            return BankCard(
                number=CHALLENGE,
                expiration_month="12",
                expiration_year="30",
                security_code=CODE,
                cardholder_name=HOLDER,
            )
        case "token":
            return TokenizedCard(token=TOKEN)
        case _:
            return EncryptedCard(
                number_hash=HASH, expiration_date_hash=HASH, security_code_hash=HASH, cardholder_name_hash=HASH
            )


class Spy:
    """Collects everything that a person could read afterwards."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        self._caplog = caplog
        self.heard: list[str] = []

    def note(self, *things: object) -> None:
        for thing in things:
            self.heard += [repr(thing), str(thing)]
            if isinstance(thing, BaseException):
                self.heard.append("".join(traceback.format_exception(thing)))

    async def look_at(self, w: World, *flows: PaymentFlow) -> None:
        for entries in w.streams().values():
            for stored in entries:
                self.note(stored)
                self.heard.append(encode_entry(stored.entry).decode())
        self.note(*flows, *(flow.facts for flow in flows), *w.processes, *(one.client for one in w.processes))
        self.note(*(one.client.config for one in w.processes))
        for flow in flows:
            self.note(*flow.facts.intents, *flow.facts.attempts, *flow.facts.refunds)
        for record in self._caplog.records:
            self.heard += [record.getMessage(), repr(record.args), record.exc_text or ""]
            if record.exc_info and record.exc_info[1]:
                self.note(record.exc_info[1])

    def check(self) -> None:
        assert len(self.heard) > 20
        for text in self.heard:
            for pattern in PATTERNS:
                found = pattern.search(text)
                assert found is None, f"{pattern.pattern}: ...{text[max(0, found.start() - 80) : found.end() + 20]}..."


@pytest.fixture
def spy(caplog: pytest.LogCaptureFixture) -> Spy:
    return Spy(caplog)


@pytest.mark.parametrize("log_bodies", [False, True])
@pytest.mark.parametrize("kind", ["open", "token", "hash"])
@in_virtual_time
async def test_a_whole_payment_with_its_refund_leaves_no_secret(spy: Spy, kind: str, log_bodies: bool) -> None:
    async with world(two_stage=True, log_bodies=log_bodies, processes=2) as w:
        first, second = w.processes
        flow = await created(first, options=PaymentOptions(recurrent=True, return_url="https://shop.example"))
        await flow.start(cards(kind))
        async with Working(second, Agreeable(w)):
            outcome = await flow
        refund = await flow.refund(PART, metadata={"card": CHALLENGE, "cvc": CODE})
        settled = await refund
        spy.note(refund, settled)
        await spy.look_at(w, flow, await second.payments.attach(flow.session_id))
        # The result holds the token, on purpose; its repr does not.
        token = outcome.payment.recurrent.token
        assert token
        spy.note(outcome)
        assert not any(token in text for text in spy.heard)
    spy.check()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", ["start", "init", "create"])
@in_virtual_time
async def test_a_card_whose_request_failed_in_any_way_is_nowhere_to_be_read(spy: Spy, fault: Fault, call: str) -> None:
    async with world(log_bodies=True) as w:
        (process,) = w.processes
        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "start": lambda: _start(process),
            "init": lambda: process.payments.init(cards("open"), amount=PRICE, customer=BUYER),
            "create": lambda: created(process, method=cards("open")),
        }
        for method in ("session/start/payment", "session/init/payment", "session/create"):
            if call in ("start", "init") and method == "session/create":
                continue
            process.wire.always[method] = fault
        working = asyncio.create_task(caught(calls[call]()))
        done, _ = await asyncio.wait([working], timeout=300)
        if done:
            spy.note(working.result())
        await dies(process, working)
        await spy.look_at(w)
    spy.check()


async def _start(process: Process) -> None:
    flow = await created(process)
    await flow.start(cards("open"))


@in_virtual_time
async def test_a_token_of_the_form_is_given_out_and_not_kept(spy: Spy) -> None:
    async with world(log_bodies=True) as w:
        flow = await created(w.processes[0])
        token = await flow.widget_token(success_return_url="https://shop.example/ok")
        w.bank.pay_form(token, CHALLENGE)
        await driven(w, flow)
        await spy.look_at(w, flow)
        assert not any(token in text for text in spy.heard)
    spy.check()


@in_virtual_time
async def test_a_card_that_the_bank_refuses_is_not_in_the_error(spy: Spy) -> None:
    async with world() as w:
        flow = await created(w.processes[0], customer=Customer("user-1"))
        bad = TokenizedCard(token="tok-hidden-nothing")
        error = await caught(flow.start(bad))
        assert error is not None
        spy.note(error)
        await spy.look_at(w, flow)
    spy.check()


@in_virtual_time
async def test_a_signed_webhook_full_of_card_data_is_kept_without_it(spy: Spy) -> None:
    async with world(log_bodies=True) as w:
        (process,) = w.processes
        flow = await created(process)
        for body in (
            b'{"type":"payment_finished","session":{"id":"%s","status":"accepted","payment_list":[{"id":"pm_1",'
            b'"status":"succeeded","payment_details":{"type":"card","card":{"type":"bank_card","bank_card":'
            b'{"number":"%s","security_code":"%s","cardholder_name":"%s"}}},"recurrent":{"token":"%s"}}]}}'
            % tuple(text.encode() for text in (flow.session_id, CHALLENGE, CODE, HOLDER, TOKEN)),
            b'{"type":"something_new","session":null,"card_number":"%s","token":"%s"}'
            % (CHALLENGE.encode(), TOKEN.encode()),
            b'{"type": "payment_finished", "session": {"id": 7, "number": "%s", broken' % CHALLENGE.encode(),
            b'{"type":{"cvc":"%s"},"session":[%s]}' % (CODE.encode(), CHALLENGE.encode()),
        ):
            reply = await process.client.receiver.handle(body, w.bank.keys.bank.sign(body))
            assert reply.status == 200
        await spy.look_at(w, flow)
    spy.check()
