"""What a story has at hand: the shop's client, the payer and the bank."""

from __future__ import annotations

from bank131_async import (
    ActionRequired,
    Amount,
    Bank131Client,
    BankCard,
    Cancel,
    Capture,
    Confirm,
    Customer,
    PaymentFlow,
    PaymentOptions,
    ReadyToCapture,
    ReadyToConfirm,
    Redirect,
)
from bank131_async.cli.demo.browser import Browser, Page
from bank131_async.cli.demo.describe import outcome_text, step_text
from bank131_async.cli.demo.shop import Shop
from bank131_async.cli.demo.timeline import Timeline
from bank131_async.core.machine import FlowStep, RefundFacts
from bank131_async.sandbox.bank import SandboxBank
from bank131_async.sandbox.cards import card_with
from bank131_async.testing import Sandbox

PRICE = Amount.rub("150.00")
CONFIRM, CAPTURE = Confirm(), Capture()


def card(outcome: str) -> BankCard:
    """A test card of the sandbox with this outcome."""
    return BankCard(number=card_with(outcome).number, expiration_month="12", expiration_year="30", security_code="123")


class Stage:
    """One story's stage."""

    def __init__(
        self, name: str, project: str, *, shop: Shop, sandbox: Sandbox, payer: Browser, timeline: Timeline
    ) -> None:
        self.bank: Bank131Client = shop.client(project)
        self.sandbox: SandboxBank = sandbox.bank
        self.payer = payer
        self.timeline = timeline
        self.customer: Customer = Customer("payer-1")
        self.order = name
        self.options: PaymentOptions = PaymentOptions(return_url=shop.return_url(name))
        self._shop = shop
        self._form_url = f"{sandbox.url}/widget/form"

    async def open_order(self) -> PaymentFlow:
        """The payer has put something into the cart: the shop opens a payment."""
        flow = await self.bank.payments.create(
            amount=PRICE, customer=self.customer, options=self.options, order=self.order
        )
        return self.known(flow)

    def known(self, flow: PaymentFlow) -> PaymentFlow:
        """Let the page to which the payer returns know the flow."""
        self._shop.flows[self.order] = flow
        return flow

    async def lead(
        self,
        flow: PaymentFlow,
        *,
        at_confirm: Confirm | Cancel = CONFIRM,
        at_capture: Capture | Cancel = CAPTURE,
        payer_says: str = "pass",
        payer_sees: Page | None = None,
    ) -> None:
        """Go with the payment to its end, as a shop does.

        ``payer_says`` is the button on the 3-D Secure page; ``payer_sees`` that page if the bank's form led there.
        """
        async for step in flow:
            self._tell(flow, step)
            match step:
                case ReadyToConfirm():
                    await (flow.cancel() if isinstance(at_confirm, Cancel) else flow.confirm())
                case ReadyToCapture():
                    await (flow.cancel() if isinstance(at_capture, Cancel) else flow.capture(at_capture.amount))
                case ActionRequired(Redirect(url)) if url is not None:
                    page = payer_sees or await self.payer.open(url)
                    await self.payer.submit(page, f"presses {payer_says!r}", result=payer_says)
                case _:
                    pass
        self.timeline.ended(outcome_text(await flow), flow.session_id)

    async def fill_form(self, flow: PaymentFlow, paying_with: BankCard) -> Page:
        """The payer opens the bank's form with a fresh token and sends it; returns the page that comes next."""
        token = await flow.widget_token()
        form = await self.payer.open(f"{self._form_url}?public_token={token}")
        return await self.payer.submit(
            form,
            "fills in the card",
            number=paying_with.number or "",
            expiration_month=paying_with.expiration_month or "",
            expiration_year=paying_with.expiration_year or "",
            security_code=paying_with.security_code or "",
        )

    def booked(self, flow: PaymentFlow, refund: RefundFacts) -> None:
        """The shop books money that went back."""
        kind = "chargeback" if refund.is_chargeback else "refund"
        amount = Amount.minor(refund.amount or 0, refund.currency or "")
        self.timeline.refund(f"{kind} {refund.status}", str(amount), flow.session_id)

    def _tell(self, flow: PaymentFlow, step: FlowStep) -> None:
        self.timeline.step(*step_text(step), flow.session_id)
