"""A shop to click through in a browser: two ways of paying by card, and a QR code.

    python examples/checkout_aiohttp.py                 # then open http://127.0.0.1:8080
    python examples/checkout_aiohttp.py --self-test     # clicks through all ways by itself and ends

- The bank's form: card data never reach the shop. What most shops want.
- The shop's own form: card data go through the shop, which needs PCI DSS for it.
- A QR code of the Faster Payment System: the payer scans it, or follows its link on a phone.

The rule of the whole file: nothing is shipped because a payer came back to a page. Only the flow's outcome counts.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import re
import secrets
from dataclasses import dataclass
from html import escape

import aiohttp
from aiohttp import web

from bank131_async import (
    ActionRequired,
    Amount,
    Bank131Client,
    Bank131Error,
    BankCard,
    BankRefusedError,
    Cancelled,
    CommandInDoubtError,
    CommandNotAllowedError,
    ConfigurationError,
    Customer,
    Failed,
    FasterPaymentSystem,
    Inform,
    OutcomeUnknown,
    PaymentFlow,
    PaymentOptions,
    ReadyToConfirm,
    Redirect,
    Succeeded,
)
from bank131_async.integrations.aiohttp import webhook_handler
from bank131_async.testing import Sandbox

PRICE = Amount.rub("150.00")
PATIENCE_S = 3.0  # how long the result page waits by itself: most payments end meanwhile
STYLE = """
body { font: 1.1em/1.5 system-ui, sans-serif; color: #1a2230; background: #fff; margin: 0 }
main { max-width: 28em; margin: 0 auto; padding: 2em 1em }
input, button { font: inherit; padding: .5em .8em; border: 1px solid #7b8698; border-radius: 6px }
input { display: block; width: 100%; box-sizing: border-box }
button { display: block; width: 100%; margin: .6em 0; color: #fff; background: #1d4f91; cursor: pointer }
"""
CARD_FIELDS = ("number", "expiration_month", "expiration_year", "security_code")


@dataclass
class Order:
    """A row of the shop's database: it keeps ``flow.session_id``, from which ``attach`` gives the flow back."""

    flow: PaymentFlow
    state: str = "Waiting for the payment"
    shown: Inform | None = None  # what the payer scans
    work: asyncio.Task[None] | None = None


class Shop:
    """The shop's pages. ``widgets`` is the address of the bank's form script."""

    def __init__(self, bank: Bank131Client, widgets: str) -> None:
        self.url = ""
        self._bank = bank
        self._widgets = widgets
        self._orders: dict[str, Order] = {}

    def application(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [
                web.get("/", self.cart),
                web.post("/orders", self.place_order),
                web.post("/orders/{id}/card", self.take_card),
                web.get("/orders/{id}", self.result),
                web.post("/webhooks/bank131", webhook_handler(self._bank)),
            ]
        )
        return application

    async def cart(self, _: web.Request) -> web.Response:
        """The order's number is made with the page: a double click on a button then places one order, not two."""
        order_id = secrets.token_hex(8)
        return _page(
            "Your cart",
            f"""<p>One teapot: <strong>{PRICE}</strong></p>
            <form method="post" action="/orders"><input type="hidden" name="order" value="{order_id}">
            <button name="way" value="form">Pay in the bank's form</button>
            <button name="way" value="card">Pay by card here</button>
            <button name="way" value="qr">Pay by QR code</button></form>""",
        )

    async def place_order(self, request: web.Request) -> web.Response:
        """Open the payment. ``order=`` makes this safe to repeat: the same order gives the same flow."""
        sent = await request.post()
        order_id = str(sent["order"])
        if not re.fullmatch("[0-9a-f]{16}", order_id):  # it will stand in pages and addresses
            raise web.HTTPBadRequest
        flow = await self._bank.payments.create(
            amount=PRICE,
            customer=Customer("user-1"),
            order=order_id,
            options=PaymentOptions(return_url=f"{self.url}/orders/{order_id}"),
        )
        order = self._orders.setdefault(order_id, Order(flow))
        if order.work is None:
            # The payer may close the browser at any moment, so the order goes on without it. With a durable store
            # this belongs into a worker that outlives the web process: see worker_awaiting.py.
            order.work = asyncio.create_task(self._serve(order))
        if sent["way"] == "card":
            return _page("Pay by card", _card_form(order_id))
        if sent["way"] == "qr":
            with contextlib.suppress(CommandNotAllowedError, CommandInDoubtError, TimeoutError):
                await flow.start(FasterPaymentSystem())
                match await asyncio.wait_for(_payers_turn(flow), timeout=30):
                    case Inform() as inform:
                        order.shown = inform
                    case _:
                        pass
            raise web.HTTPSeeOther(f"/orders/{order_id}")
        return _page("Pay in the bank's form", self._bank_form(order_id, await flow.widget_token()))

    async def take_card(self, request: web.Request) -> web.Response:
        """Start the payment and send the payer where the bank wants them."""
        order_id, order, sent = request.match_info["id"], self._order(request), await request.post()
        try:
            card = BankCard(
                number=str(sent["number"]),
                expiration_month=str(sent["expiration_month"]),
                expiration_year=str(sent["expiration_year"]),
                security_code=str(sent["security_code"]),
            )
            # Sent twice: the first one counts. In doubt: it is sent, and the flow finds out what became of it.
            with contextlib.suppress(CommandNotAllowedError, CommandInDoubtError):
                await order.flow.start(card)
        except (ConfigurationError, BankRefusedError) as error:  # neither ever quotes what was typed
            return _page("Pay by card", f"<p role=alert>{escape(str(error))}</p>{_card_form(order_id)}")
        with contextlib.suppress(TimeoutError):
            match await asyncio.wait_for(_payers_turn(order.flow), timeout=30):
                case Redirect(url) if url:
                    raise web.HTTPSeeOther(url)
                case _:
                    pass
        raise web.HTTPSeeOther(f"/orders/{order_id}")

    async def result(self, request: web.Request) -> web.Response:
        """What the flow knows. That the payer came back from the bank proves nothing, so nothing is decided here."""
        order = self._order(request)
        if order.work is not None and order.shown is None:
            await asyncio.wait([order.work], timeout=PATIENCE_S)
        over = order.work is None or order.work.done()
        code = "" if over or order.shown is None else _qr_code(order.shown)
        return _page("Your order", f"<p role=status>{escape(order.state)}</p>{code}", reload_s=None if over else 1)

    async def _serve(self, order: Order) -> None:
        """Bring the payment to its end, and ship if it was paid."""
        try:
            async for step in order.flow:
                match step:
                    case ReadyToConfirm():
                        # The last moment to say no: reserve the goods here, or call flow.cancel() if there are none.
                        # confirm() refuses by itself if the bank is about to take another amount than was ordered.
                        await order.flow.confirm()
                    case OutcomeUnknown():
                        order.state = "The bank is still checking. Please do not pay again."
                    case _:  # the payer's move
                        pass
            match await order.flow:
                case Succeeded():
                    order.state = "Paid. We are packing."  # here, and nowhere else, goods are shipped
                case Failed(error):
                    order.state = f"Not paid: {error.code if error else 'declined'}"
                case Cancelled():
                    order.state = "Cancelled"
        except Bank131Error:
            order.state = "We are looking into your payment. Please do not pay again."
            logging.exception("order %s needs a person", order.flow.order)

    def _order(self, request: web.Request) -> Order:
        order = self._orders.get(request.match_info["id"])
        if order is None:
            raise web.HTTPNotFound
        return order

    def _bank_form(self, order_id: str, token: str) -> str:
        """The container and the script of the bank's form; the form itself leads to 3-D Secure."""
        return f"""<link rel="stylesheet" href="{self._widgets}/payment-form.css">
            <div id="bank131-payment-form"></div>
            <script src="{self._widgets}/payment-form.js"></script>
            <script>
              const done = () => location.assign("/orders/{order_id}");
              new Bank131PaymentForm({json.dumps(token)}, {{
                isCvcMasked: true, customerInteractionRedirect: {{target: "_self"}},
                onPaymentSuccess: done, onPaymentFail: done,
              }}).render();
            </script>"""


async def _payers_turn(flow: PaymentFlow) -> object:
    """What the payer has to be shown, or ``None`` if the payment ends without them."""
    async for step in flow:
        match step:
            case ActionRequired(interaction):
                return interaction
            case _:
                pass
    return None


def _qr_code(inform: Inform) -> str:
    """A picture for those who pay with another device, a link for those who hold it in their hand."""
    picture, link = (inform.qr.img or "", inform.qr.content or "") if inform.qr else ("", "")
    return f"""<img src="{escape(picture)}" alt="QR code for your bank's app" width="240" height="240">
        <p><a href="{escape(link)}" target="_blank" rel="noopener">Open your bank's app</a></p>"""


def _card_form(order_id: str) -> str:
    labels = {"number": "Number", "expiration_month": "Month", "expiration_year": "Year", "security_code": "CVC"}
    inputs = "".join(
        f'<p><label>{label} <input name="{name}" inputmode="numeric" required></label></p>'
        for name, label in labels.items()
    )
    return f'<form method="post" action="/orders/{escape(order_id)}/card">{inputs}<button>Pay {PRICE}</button></form>'


def _page(title: str, body: str, *, reload_s: int | None = None) -> web.Response:
    reload = "" if reload_s is None else f'<meta http-equiv="refresh" content="{reload_s}">'
    viewport = '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
    head = f'<meta charset="utf-8">{viewport}{reload}<title>{title}</title><style>{STYLE}</style>'
    text = f'<!doctype html><html lang="en"><head>{head}</head><body><main><h1>{title}</h1>{body}</main></body></html>'
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})


async def self_test(shop: str, bank: str) -> None:
    """Go all ways as a browser would, without a person and without scripts."""
    card = dict(zip(CARD_FIELDS, ("4000000000000010", "12", "30", "123"), strict=True))
    async with aiohttp.ClientSession(raise_for_status=True) as browser:
        for way in ("form", "card", "qr"):
            cart = await (await browser.get(shop)).text()
            order_id = re.findall(r'name="order" value="(\w+)"', cart)[0]
            order = f"{shop}/orders/{order_id}"
            checkout = await (await browser.post(f"{shop}/orders", data={"order": order_id, "way": way})).text()
            if way == "form":
                token = re.findall(r'Bank131PaymentForm\("(\w+)"', checkout)[0]
                challenge = await browser.post(f"{bank}/widget/form?public_token={token}", data=card)
            elif way == "card":
                challenge = await browser.post(f"{order}/card", data=card)
            if way == "qr":
                await browser.post(re.findall(r'<a href="([^"]+)"', checkout)[0], data={"result": "pay"})
                result = await browser.get(order)
                while "Waiting" in await result.text():
                    await asyncio.sleep(0.05)
                    result = await browser.get(order)
            else:
                # Redirects have led to 3-D Secure; the answer there leads back to the shop.
                result = await browser.post(challenge.url, data={"result": "pass"})
            if str(result.url) != order or "Paid" not in await result.text():
                raise SystemExit(f"{way}: expected to be back at the shop with the order paid, not at {result.url}")
            print(f"{way}: paid")


async def main(port: int, *, test: bool) -> None:
    # Against the bank: async with Bank131Client.from_env() as bank; keys and project come from the environment.
    async with Sandbox() as sandbox, sandbox.client() as bank:
        shop = Shop(bank, widgets=f"{sandbox.url}/widget")
        runner = web.AppRunner(shop.application())
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0 if test else port).start()
            shop.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            # Against the bank: its manager is told the https address of your webhooks.
            sandbox.bank.configure(webhook_url=f"{shop.url}/webhooks/bank131")
            if test:
                await self_test(shop.url, sandbox.url)
                return
            print(f"The shop is open: {shop.url}")
            print(f"The bank's dashboard: {sandbox.server.dashboard_url}")
            print("Cards: 4000 0000 0000 0010 asks for 3-D Secure, 4242 4242 4242 4242 does not, 12/30, 123.")
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--self-test", action="store_true", help="click through all ways and end")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(arguments.port, test=arguments.self_test))
