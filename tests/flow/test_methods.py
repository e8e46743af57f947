"""Every way to pay and to be paid, as a flow: created and started, or begun at once, with all that a call can say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bank131_async.core.machine import ActionRequired, Failed, Succeeded, encode_entry
from bank131_async.core.models import (
    Alipay,
    AlipayHk,
    ApplePay,
    ChinaUnionPay,
    CountryEwallet,
    CustomRouting,
    Dana,
    EncryptedCard,
    FasterPaymentSystem,
    FasterPaymentSystemBinding,
    FpsAccount,
    GCash,
    GooglePay,
    IbanAccount,
    IdentityDocument,
    Inform,
    KakaoPay,
    Moneta,
    Participant,
    ParticipantDetails,
    PaymentDetails,
    PaymentOptions,
    PayoutDetails,
    PhoneIdent,
    Pix,
    PlatformDetails,
    Qiwi,
    Recurrent,
    RecurrentInitiator,
    Redirect,
    RevenueSplit,
    RoutingTag,
    RuBankAccount,
    SberPay,
    Steam,
    Subscription,
    Tax,
    TaxDetails,
    TaxPayee,
    TaxPayer,
    TaxPeriod,
    TokenizedCard,
    TonWallet,
    TPay,
    Upi,
    WeChatPay,
    YooMoney,
)
from bank131_async.core.models.codes import facts_of
from bank131_async.core.wire import HttpResponse
from bank131_async.errors import BankRefusedError, CommandNotAllowedError
from bank131_async.flow import PaymentFlow
from tests.support.merchant import BUYER, PRICE, card, driven
from tests.support.virtual import in_virtual_time
from tests.support.world import Process, world

BACK = "https://shop.example/back"
OPTIONS = PaymentOptions(return_url=BACK, platform_details=PlatformDetails(type="mobile"))
TO_IVAN = ParticipantDetails(recipient=Participant(full_name="Ivan Ivanov"))

PAYING: dict[str, Any] = {
    "card": card(),
    "encrypted card": EncryptedCard(number_hash="hash-4242424242424242", security_code_hash="hash"),
    "tokenized card": TokenizedCard(token="kept-4242424242424242"),
    "FPS": FasterPaymentSystem(description="Order 7"),
    "FPS binding": FasterPaymentSystemBinding(),
    "SberPay": SberPay(channel="mobile_web", phone="79161234567"),
    "T-Pay": TPay(),
    "Alipay": Alipay(),
    "Alipay HK": AlipayHk(),
    "Dana": Dana(),
    "GCash": GCash(),
    "KakaoPay": KakaoPay(),
    "WeChat Pay": WeChatPay(),
    "UnionPay": ChinaUnionPay(),
    "phone": PhoneIdent("79313255172"),
    "Pix": Pix(document="1", name="N", email="a@b.example"),
    "e-wallet": CountryEwallet("IN"),
    "Google Pay": GooglePay("token"),
    "Apple Pay": ApplePay("token"),
    "TON": TonWallet(address="EQA", product_id="1", product_name="Ticket"),
    "UPI": Upi(),
    "YooMoney": YooMoney(account="4100100000000"),
}
DELIVERIES: dict[str, Any] = {
    "card": card(),
    "encrypted card": EncryptedCard(number_hash="hash-4242424242424242"),
    "tokenized card": TokenizedCard(token="kept-4242424242424242"),
    "account": RuBankAccount(
        bik="044525974", account="40817810400000000001", full_name="Ivan Ivanov", description="Agreement 7"
    ),
    "fast account": RuBankAccount(
        bik="044525974", account="40702810400000000001", full_name="Works", description="Agreement 7",
        is_fast=True, inn="7700000000", kpp="770001001",
    ),
    "FPS": FpsAccount(phone="79161234567", bank_id="100000000008", description="Salary"),
    "IBAN": IbanAccount(account="DE89370400440532013000"),
    "UPI": Upi(),
    "Qiwi": Qiwi(account="79000000001"),
    "YooMoney": YooMoney(account="4100100000000"),
    "Moneta": Moneta(account="41001000000001"),
    "Steam": Steam(account="player"),
    "tax, short": Tax.short(period=TaxPeriod(type="quarter", number=1, year="2026")),
    "tax, full": Tax.full(
        description="Tax for June",
        uin="0",
        tax_details=TaxDetails(
            kbk="18210101011011000110", oktmo="45382000", payment_reason="TP", document_number="0", document_date="0",
            period=TaxPeriod(type="month", number=6, year="2026"),
        ),
        payer=TaxPayer(inn="7700000000", kpp="770001001"),
        payee=TaxPayee(
            bik="017003983", account="03100643000000018500", account_eks="40102810445370000059", name="Treasury",
            inn="7727406020", kpp="770801001",
        ),
    ),
}  # fmt: skip


def sent(process: Process, path: str) -> dict[str, Any]:
    """The body of the newest request of that path."""
    body: dict[str, Any] = json.loads(process.wire.bodies[path][-1])
    return body


async def paid(process: Process, method: Any, at_once: bool, **more: Any) -> PaymentFlow:
    """A payment that has begun."""
    if at_once:
        begun: PaymentFlow = await process.payments.init(method, amount=PRICE, customer=BUYER, **more)
        return begun
    flow: PaymentFlow = await process.payments.create(amount=PRICE, customer=BUYER, **more)
    await flow.start(method)
    return flow


@pytest.mark.parametrize("at_once", [False, True], ids=["start", "init"])
@pytest.mark.parametrize("method", PAYING)
@in_virtual_time
async def test_a_payment_by_any_method_succeeds_as_a_flow(method: str, at_once: bool) -> None:
    async with world(unknown_request_fields="refuse") as w:
        flow = await paid(w.processes[0], PAYING[method], at_once, options=OPTIONS)
        outcome = await driven(w, flow)
        assert isinstance(outcome, Succeeded)
        assert outcome.payment is not None
        assert outcome.payment.payment_details is not None
        assert type(outcome.payment.payment_details.method) is type(PaymentDetails.of(PAYING[method]).method)


@pytest.mark.parametrize("at_once", [False, True], ids=["start", "init"])
@pytest.mark.parametrize("method", DELIVERIES)
@in_virtual_time
async def test_a_payout_by_any_method_succeeds_as_a_flow(method: str, at_once: bool) -> None:
    async with world(unknown_request_fields="refuse") as w:
        payouts = w.processes[0].client.payouts
        given: dict[str, Any] = {"order": "salary-7", "amount": PRICE, "participants": TO_IVAN}
        if at_once:
            flow = await payouts.init(DELIVERIES[method], **given)
        else:
            flow = await payouts.create(**given)
            await flow.start(DELIVERIES[method])
        outcome = await driven(w, flow)
        assert isinstance(outcome, Succeeded)
        assert outcome.payout is not None
        assert outcome.payout.payout_details is not None
        assert type(outcome.payout.payout_details.method) is type(PayoutDetails.of(DELIVERIES[method]).method)


@in_virtual_time
async def test_the_payer_of_an_fps_payment_is_shown_a_code_and_of_a_bank_app_a_page() -> None:
    async with world() as w:
        shown: list[object] = []
        for method in (FasterPaymentSystem(), TPay()):
            flow = await paid(w.processes[0], method, at_once=False, options=OPTIONS)
            async for step in flow:
                if isinstance(step, ActionRequired):
                    shown.append(step.interaction)
                    w.bank.payer_pass(flow.session_id)
                else:
                    await flow.confirm()
        code, page = shown
        assert isinstance(code, Inform)
        assert code.qr is not None
        assert code.qr.content
        assert isinstance(page, Redirect)


@pytest.mark.parametrize("way", [FasterPaymentSystemBinding(), card()], ids=["FPS binding", "card"])
@pytest.mark.parametrize("initiator", list(RecurrentInitiator))
@in_virtual_time
async def test_a_saved_means_is_charged_again_by_either_side_until_it_is_switched_off(
    way: Any, initiator: RecurrentInitiator
) -> None:
    async with world(unknown_request_fields="refuse") as w:
        (process,) = w.processes
        first = await driven(
            w, await paid(process, way, at_once=False, options=PaymentOptions(recurrent=True, return_url=BACK))
        )
        assert isinstance(first, Succeeded)
        assert first.payment is not None
        assert first.payment.recurrent is not None
        token = first.payment.recurrent.token
        assert token is not None
        again = Recurrent(token=token, initiator=initiator)
        back = PaymentOptions(return_url=BACK)
        assert isinstance(await driven(w, await paid(process, again, at_once=False, options=back)), Succeeded)
        assert isinstance(await driven(w, await paid(process, again, at_once=True, options=back)), Succeeded)
        journaled = [encode_entry(stored.entry) for stream in w.streams().values() for stored in stream]
        assert not any(token in str(entry) for entry in journaled), "no journal ever sees a token"
        await process.client.recurrents.disable(token)
        refused = await driven(w, await paid(process, again, at_once=False, options=back))
        assert isinstance(refused, Failed)
        assert refused.error is not None
        assert (refused.error.code, refused.error.who) == ("binding_is_deactivated", "issuer")


TERMS: dict[str, Any] = {
    "options": PaymentOptions(
        return_url=BACK,
        recurrent=True,
        subscription=Subscription(period="P1M"),
        platform_details=PlatformDetails(type="mobile", os="ios", browser="chrome"),
    ),
    "participants": ParticipantDetails(
        sender=Participant(
            full_name="Petr Petrov",
            identity_document=IdentityDocument(id_type="passport", id_number="4509 123456", division_code="770-001"),
        )
    ),
    "metadata": {"order": 7},
    "payment_metadata": {"device_session_id": "d-1"},
    "custom_routing": CustomRouting(tags=(RoutingTag(root_tag="route", values=("a", "b")),)),
    "revenue_split": [
        RevenueSplit(contractor_alias="shop", percent="70"),
        RevenueSplit(contractor_alias="courier", remains=True),
    ],
}
TERMS_BODY: dict[str, Any] = {
    "payment_options": {
        "return_url": BACK,
        "recurrent": True,
        "subscription": {"period": "P1M"},
        "platform_details": {"type": "mobile", "os": "ios", "browser": "chrome"},
    },
    "participant_details": {
        "sender": {
            "full_name": "Petr Petrov",
            "identity_document": {"id_type": "passport", "id_number": "4509 123456", "division_code": "770-001"},
        }
    },
    "metadata": {"order": 7},
    "payment_metadata": {"device_session_id": "d-1"},
    "custom_routing": {"tags": [{"root_tag": "route", "values": ["a", "b"]}]},
    "revenue_split_info": [
        {"contractor_alias": "shop", "percent": "70"},
        {"contractor_alias": "courier", "remains": True},
    ],
}


def without_tag(body: dict[str, Any]) -> dict[str, Any]:
    """The body without the tag of ours that an init carries."""
    body["metadata"].pop("_b131", None)
    return body


@pytest.mark.parametrize("call", ["session/create", "session/start/payment", "session/init/payment"])
@in_virtual_time
async def test_a_payment_can_say_all_that_the_bank_takes(call: str) -> None:
    async with world(unknown_request_fields="refuse") as w:
        (process,) = w.processes
        if call == "session/init/payment":
            flow = await process.payments.init(card(), amount=PRICE, customer=BUYER, **TERMS)
        elif call == "session/create":
            flow = await process.payments.create(amount=PRICE, customer=BUYER, **TERMS)
            await flow.start(card())
        else:
            flow = await process.payments.create(amount=PRICE, customer=BUYER)
            await flow.start(card(), amount=PRICE, customer=BUYER, **TERMS)
        body = without_tag(sent(process, call))
        assert {name: body[name] for name in TERMS_BODY} == TERMS_BODY
        outcome = await driven(w, flow)
        assert isinstance(outcome, Succeeded)
        assert outcome.payment is not None
        shares = [(one.contractor_alias, one.amount.amount) for one in outcome.payment.revenue_split_info if one.amount]
        assert shares == [("shop", 10_500), ("courier", 4_500)]
        assert outcome.payment.metadata == {"order": 7}


@pytest.mark.parametrize("call", ["session/create", "session/start/payout", "session/init/payout"])
@in_virtual_time
async def test_a_payout_can_say_all_that_the_bank_takes(call: str) -> None:
    terms: dict[str, Any] = {
        "participants": ParticipantDetails(
            sender=TERMS["participants"].sender, recipient=Participant(full_name="Ivan Ivanov")
        ),
        "customer": BUYER,
        "metadata": {"order": 7},
        "custom_routing": TERMS["custom_routing"],
    }
    async with world(unknown_request_fields="refuse") as w:
        (process,) = w.processes
        payouts = process.client.payouts
        given: dict[str, Any] = {"order": "salary-7", "amount": PRICE}
        if call == "session/init/payout":
            flow = await payouts.init(DELIVERIES["FPS"], **given, **terms)
        elif call == "session/create":
            flow = await payouts.create(**given, **terms)
            await flow.start(DELIVERIES["FPS"])
        else:
            flow = await payouts.create(**given)
            await flow.start(DELIVERIES["FPS"], amount=PRICE, **terms)
        body = without_tag(sent(process, call))
        assert body["custom_routing"] == TERMS_BODY["custom_routing"]
        assert body["metadata"] == {"order": 7}
        assert body["customer"] == {"reference": "user-1"}
        assert body["participant_details"] == {
            **TERMS_BODY["participant_details"],
            "recipient": {"full_name": "Ivan Ivanov"},
        }
        assert isinstance(await driven(w, flow), Succeeded)


@in_virtual_time
async def test_other_terms_under_the_same_name_are_refused() -> None:
    async with world() as w:
        (process,) = w.processes
        await process.payments.create(amount=PRICE, customer=BUYER, order="7", **TERMS)
        other = {**TERMS, "revenue_split": TERMS["revenue_split"][1:]}
        with pytest.raises(CommandNotAllowedError, match="other parameters"):
            await process.payments.create(amount=PRICE, customer=BUYER, order="7", **other)


@pytest.mark.parametrize("code", ["account_not_found", "card_number_does_not_exist", "a_code_of_tomorrow"])
@in_virtual_time
async def test_a_refused_command_says_all_that_is_known_of_the_code(code: str) -> None:
    async with world() as w:
        (process,) = w.processes
        flow = await process.payments.create(amount=PRICE, customer=BUYER)
        refusal = {"status": "error", "error": {"code": code, "description": "as the bank words it"}}
        process.wire.answers["session/start/payment"] = [HttpResponse(400, {}, json.dumps(refusal).encode())]
        with pytest.raises(BankRefusedError) as caught_error:
            await flow.start(card())
        error, known = caught_error.value, facts_of(code)
        assert type(error) is known.error
        assert (error.code, error.description) == (code, "as the bank words it")
        assert (error.who, error.may_repeat) == (known.who, known.may_repeat)
        assert (error.payer_message, error.merchant_message) == (known.payer_message, known.merchant_message)
