"""Every call, made by its method, is taken by the sandbox bank, and its answer has no field that the models lack.

The sandbox is the referee: it was written from the bank's documents without the models and operations of this package.
It refuses request fields that it does not know.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import date
from typing import Any

import pytest

from bank131_async.client.resources import Resources
from bank131_async.client.resources.account_payouts import AccountPayoutsResource
from bank131_async.core import codec
from bank131_async.core import operations as ops
from bank131_async.core.models import (
    Amount,
    BankCard,
    CardElement,
    ConfirmInformation,
    Customer,
    FasterPaymentSystem,
    FiscalizationDetails,
    FiscalService,
    FpsAccount,
    FpsVerification,
    Model,
    Participant,
    ParticipantDetails,
    PaymentDetails,
    PaymentOptions,
    PayoutDetails,
    ProfessionalIncomeTaxpayer,
    PublicToken,
    RuBankAccount,
    SavedToken,
    SberPay,
    SelfEmployedWidget,
    Session,
    SessionAnswer,
    Subscription,
    Tax,
    TaxPeriod,
    TransferFromBankAccount,
    TransferFromNominalAccount,
    WebhookBody,
    YooMoney,
)
from bank131_async.core.wire import HttpResponse, body_of, read_response
from bank131_async.sandbox import SandboxBank
from tests.support.calls import OPERATIONS

RUB = Amount.rub("100.00")
PAYER = Customer("payer-1")
BACK = PaymentOptions(return_url="https://shop.example/back")
CARD = BankCard(number="4000000000000010", expiration_month="12", expiration_year="39", security_code="123")
IVAN = Participant(full_name="Ivan Ivanov", first_name="Ivan", last_name="Ivanov")
TO_IVAN = ParticipantDetails(recipient=IVAN)
ACCOUNT = RuBankAccount(
    bik="044525974", account="40817810400000000001", full_name="Ivan Ivanov", description="Agreement 7, no VAT"
)
RECEIPT = FiscalizationDetails(
    professional_income_taxpayer=ProfessionalIncomeTaxpayer(
        services=(FiscalService(name="Delivery", amount_details=RUB, quantity=1),), tax_reference="123456789012"
    )
)


def unknown_names(value: object) -> list[str]:
    """Fields that the models do not have, anywhere inside."""
    if isinstance(value, tuple):
        return [name for item in value for name in unknown_names(item)]
    if not isinstance(value, Model):
        return []
    inner = [name for field in value.__attrs_attrs__ for name in unknown_names(getattr(value, field.name))]
    return [*value.extra, *inner]


class AtTheSandbox:
    """Executes operations at a sandbox bank, with the names of the given version."""

    def __init__(self, version: codec.Version) -> None:
        self.bank = SandboxBank(unknown_request_fields="refuse")
        self.version = version
        self.called: set[type[Model]] = set()

    async def execute(self, operation: Any, **_: Any) -> Any:
        body = body_of(operation, self.version)
        path = f"/api/{operation.version_for(self.version)}/{operation.path}"
        given = self.bank.handle(operation.http_method, path, self.bank.sign(body), body)
        answer = read_response(operation, HttpResponse(given.status, given.headers, given.body))
        assert unknown_names(answer) == []
        self.called.add(type(operation))
        return answer


class Journeys:
    """Each takes some calls; together they take all."""

    def __init__(self, at: AtTheSandbox) -> None:
        self.at, self.bank = at, Resources(at)

    async def payment(self) -> None:
        session = await self.created()
        await self.bank.tokens.acquiring_widget(session)
        started = await self.bank.sessions.start_payment(session, payment_details=PaymentDetails.of(CARD))
        assert self.of(started).payment_list[0].payment_details is not None
        await self.bank.sessions.confirm(session)
        self.at.bank.payer_pass(session)
        paid = await self.bank.sessions.status(session)
        assert self.of(paid).payment_list[0].status == "succeeded"
        refunded = await self.bank.sessions.refund(session, Amount.rub(1), metadata={"return": 1})
        assert self.of(refunded).payment_list[0].refunds

    async def other_ends(self) -> None:
        held = AtTheSandbox(self.at.version)
        held.bank = SandboxBank(two_stage=True, auto_confirm=True, unknown_request_fields="refuse")
        bank = Resources(held)
        answer = await bank.sessions.init_payment(PaymentDetails.of(CARD), RUB, PAYER, payment_options=BACK)
        held.bank.payer_pass(self.id_of(answer))
        await bank.sessions.capture(self.id_of(answer), RUB)
        await bank.sessions.chargeback(self.id_of(answer))
        await bank.sessions.cancel(self.id_of(await bank.sessions.create(customer=PAYER)))
        self.at.called |= held.called

    async def at_once(self) -> None:
        done = await self.bank.sessions.init_payment_sync(PaymentDetails.of(CARD), RUB, PAYER, payment_options=BACK)
        assert self.of(done).payment_list[0].status in ("succeeded", "pending")

    async def sberpay(self) -> None:
        session = await self.created()
        details = PaymentDetails.of(SberPay(channel="web", phone="79161234567"))
        await self.bank.sessions.start_payment(session, payment_details=details, payment_options=BACK)
        await self.bank.sessions.confirm(session)
        assert (await self.bank.sberpay.push(session, "79161234567")).status == "ok"

    async def saved(self) -> None:
        options = PaymentOptions(
            return_url="https://shop.example/back", recurrent=True, subscription=Subscription(period="month")
        )
        answer = await self.bank.sessions.init_payment(PaymentDetails.of(CARD), RUB, PAYER, payment_options=options)
        session = self.id_of(answer)
        await self.bank.sessions.confirm(session)
        self.at.bank.payer_pass(session)
        payment = self.of(await self.bank.sessions.status(session)).payment_list[0]
        assert payment.recurrent is not None
        assert payment.recurrent.token is not None
        assert payment.payment_options is not None
        subscription = payment.payment_options.subscription
        assert subscription is not None
        assert subscription.id is not None
        info = (await self.bank.tokens.info(SavedToken(payment.recurrent.token))).info
        assert info is not None
        assert info.is_active
        await self.bank.recurrents.status(payment.recurrent.token)
        disabled = await self.bank.recurrents.disable(payment.recurrent.token)
        assert disabled.recurrent is not None
        assert disabled.recurrent.is_active is False
        await self.bank.subscriptions.cancel(subscription.id)
        await self.bank.subscriptions.restore(subscription.id)

    async def payouts(self) -> None:
        for method in (
            CARD,
            ACCOUNT,
            FpsAccount(phone="79161234567", bank_id="100000000004"),
            YooMoney(account="4" * 11),
        ):
            session = self.id_of(await self.bank.sessions.create())
            details = PayoutDetails.of(method)
            await self.bank.sessions.start_payout(
                session, payout_details=details, amount_details=RUB, participant_details=TO_IVAN
            )
            await self.bank.sessions.confirm(session)
            paid = self.of(await self.bank.sessions.status(session)).payout_list[0]
            assert paid.status == "succeeded"
            assert paid.payout_details is not None
            assert type(paid.payout_details.method) is type(details.method)
        taxes = PayoutDetails.of(Tax.short(period=TaxPeriod(type="quarter", number=1, year="2026")))
        await self.bank.sessions.init_payout(taxes, RUB)

    async def receipts(self) -> None:
        details = PayoutDetails.of(CARD)
        checked = await self.bank.self_employed.check("123456789012")
        assert checked.request_id is not None
        assert (await self.bank.self_employed.status(checked.request_id)).is_professional_income_taxpayer
        await self.bank.sessions.init_payout_with_fiscalization(details, RUB, RECEIPT, participant_details=TO_IVAN)
        session = self.id_of(await self.bank.sessions.create())
        await self.bank.sessions.start_payout_with_fiscalization(
            session, RECEIPT, payout_details=details, amount_details=RUB, participant_details=TO_IVAN
        )
        alone = self.id_of(await self.bank.sessions.create())
        told = self.of(await self.bank.self_employed.fiscalize(alone, RECEIPT)).payout_list[0]
        assert told.fiscalization_details is not None
        widget = SelfEmployedWidget(tax_reference="123456789012")
        token = (await self.bank.tokens.create(self_employed_widget=widget)).public_token
        assert token is not None
        await self.bank.tokens.info(PublicToken(token))

    async def escrow(self) -> None:
        sides = ParticipantDetails(sender=Participant(beneficiary_id="7707083893"), recipient=IVAN)
        await self.bank.escrow.init_payout(PayoutDetails.of(ACCOUNT), RUB, participant_details=sides)
        session = self.id_of(await self.bank.escrow.create(metadata="m"))
        await self.bank.escrow.start_payout(
            session, payout_details=PayoutDetails.of(ACCOUNT), amount_details=RUB, participant_details=sides
        )
        await self.bank.sessions.confirm(session, self.asked(session))
        paid = self.of(await self.bank.sessions.status(session))
        assert paid.payout_list[0].status == "succeeded"
        await self.to_a_card(self.bank.escrow, TransferFromNominalAccount("Offer 7"), sides)

    async def settlement(self) -> None:
        sides = ParticipantDetails(sender=Participant(account="40702810600000000002"), recipient=IVAN)
        await self.bank.settlement.init_payout(PayoutDetails.of(ACCOUNT), RUB, participant_details=sides)
        session = self.id_of(await self.bank.settlement.create())
        await self.bank.settlement.start_payout(
            session, payout_details=PayoutDetails.of(ACCOUNT), amount_details=RUB, participant_details=sides
        )
        await self.to_a_card(self.bank.settlement, TransferFromBankAccount("Offer 7"), sides)

    async def to_a_card(
        self,
        account: AccountPayoutsResource,
        transfer: TransferFromBankAccount | TransferFromNominalAccount,
        sides: ParticipantDetails,
    ) -> None:
        payment, payout = PaymentDetails.of(transfer), PayoutDetails.of(CARD)
        await account.init_multi_payment(payment, payout, RUB, participant_details=sides, customer=PAYER)
        begun = await account.start_multi_payment(
            self.id_of(await account.create_multi()),
            payment_details=payment,
            payout_details=payout,
            amount_details=RUB,
            participant_details=sides,
            customer=PAYER,
        )
        session = self.of(begun)
        assert (len(session.payment_list), len(session.payout_list)) == (1, 1)

    async def several(self) -> None:
        payment = ops.InitPayment(
            payment_details=PaymentDetails.of(FasterPaymentSystem()),
            amount_details=RUB,
            customer=PAYER,
            payment_options=BACK,
        )
        payout = ops.InitPayout(payout_details=PayoutDetails.of(CARD), amount_details=RUB, participant_details=TO_IVAN)
        begun = self.of(await self.bank.sessions.init_multi([payment], [payout, payout]))
        assert (len(begun.payment_list), len(begun.payout_list)) == (1, 2)

    async def the_rest(self) -> None:
        kept = await self.bank.tokens.tokenize(RuBankAccount(bik="049205131", account="40702810200000000025"))
        assert kept.data is not None
        assert kept.data.masked_account == "40702***0025"
        cards = await self.bank.tokens.tokenize_elements([CardElement.of("4242424242424242", ref="a")])
        assert cards.data is not None
        assert cards.data["a"].token is not None
        assert (await self.bank.wallets.balance()).wallets
        assert (await self.bank.accounts.balance("40702810600000000002")).balance is not None
        assert (await self.bank.accounts.statement("40702810600000000002", date(2026, 3, 2))).status == "ok"
        assert (await self.bank.fps.banks()).banks
        account = FpsVerification(phone="79261234567", bank_id="100000000069")
        asked = await self.bank.fps.verify_customer(account, IVAN)
        details = self.of(asked).payout_list[0].payout_details
        assert details is not None
        assert details.method == PayoutDetails.of(account).method

    async def created(self) -> str:
        return self.id_of(await self.bank.sessions.create(amount_details=RUB, customer=PAYER, payment_options=BACK))

    @staticmethod
    def of(answer: SessionAnswer) -> Session:
        assert answer.session is not None
        return answer.session

    def id_of(self, answer: SessionAnswer) -> str:
        session = self.of(answer)
        assert session.id is not None
        return session.id

    def asked(self, session_id: str) -> ConfirmInformation:
        """What the last ``ready_to_confirm`` of the session brought."""
        bodies = [codec.decode(WebhookBody, webhook.body) for webhook in self.at.bank.take_outbox()]
        told = [body for body in bodies if body.session is not None and body.session.id == session_id]
        assert told[-1].confirm_information is not None
        return told[-1].confirm_information


PARTS = ("created", "to_a_card")
JOURNEYS = [
    name for name, member in vars(Journeys).items() if asyncio.iscoroutinefunction(member) and name not in PARTS
]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_every_call_is_taken_and_every_answer_is_known(version: codec.Version) -> None:
    called: set[type[Model]] = set()
    for name in JOURNEYS:
        at = AtTheSandbox(version)
        journey: Coroutine[Any, Any, None] = getattr(Journeys(at), name)()
        asyncio.run(journey)
        for webhook in at.bank.take_outbox():
            assert unknown_names(codec.decode(WebhookBody, webhook.body)) == []
        called |= at.called
    assert called == set(OPERATIONS)
