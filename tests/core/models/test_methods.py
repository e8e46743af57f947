"""Ways to pay and to be paid: one class each, checked when made, told apart by tag."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from bank131_async.core import codec, models
from bank131_async.core import models as m
from bank131_async.core._plan import ModelKind
from bank131_async.core.models import Method, Model, PaymentDetails, PayoutDetails, Tagged
from bank131_async.errors import ConfigurationError

NUMBER = "4242424242424242"
SHORT_TAX = m.Tax.short(period=m.TaxPeriod(type="month", number=12, year="2026"))
FULL_TAX = m.Tax.full(
    description="VAT",
    uin="0",
    tax_details=m.TaxDetails(kbk="18210102010011000110", oktmo="45379000"),
    payer=m.TaxPayer(inn="7707083893"),
    payee=m.TaxPayee(bik="017003983", account="03100643000000018500", name="Treasury"),
)
CARDS: list[Method] = [
    m.BankCard(number=NUMBER),
    m.EncryptedCard(number_hash="hash"),
    m.TokenizedCard(token="token"),
]
PAYMENTS: list[Method] = [
    *CARDS,
    m.Recurrent(token="token", initiator="client", security_code="123"),
    m.FasterPaymentSystem(),
    m.FasterPaymentSystemBinding(),
    m.SberPay(channel="web", phone="79161234567"),
    m.TPay(),
    m.Alipay(),
    m.AlipayHk(),
    m.Dana(),
    m.GCash(),
    m.KakaoPay(),
    m.WeChatPay(),
    m.ChinaUnionPay(),
    m.PhoneIdent("79161234567"),
    m.Pix(document="12345678909", name="Ivan Ivanov", email="payer@shop.example"),
    m.CountryEwallet("PH"),
    m.GooglePay("token"),
    m.ApplePay("token"),
    m.TonWallet(address="address", product_id="1", product_name="Game"),
    m.Upi(),
    m.YooMoney(account="41001234567890"),
    m.TransferFromNominalAccount("Offer 7"),
    m.TransferFromBankAccount("Offer 7"),
]
PAYOUTS: list[Method] = [
    *CARDS,
    m.Recurrent(token="token"),
    m.FasterPaymentSystem(),
    m.RuBankAccount(bik="044525974", account="40817810400000000001", is_fast=True, inn="7707083893", kpp="773601001"),
    m.RuBankAccount(token="token"),
    m.FpsAccount(phone="79161234567", bank_id="100000000004"),
    m.FpsVerification(phone="79161234567", bank_id="100000000004"),
    m.IbanAccount("DE89370400440532013000"),
    m.Upi(),
    m.Qiwi(account="79161234567"),
    m.YooMoney(account="41001234567890", description="Fee"),
    m.Moneta(account="1"),
    m.Steam("player"),
    SHORT_TAX,
    FULL_TAX,
]


def innermost(details: Tagged[Any]) -> object:
    """What is left when all unions are taken off."""
    method = details.method
    return innermost(method) if isinstance(method, Tagged) and method.method is not None else method


@pytest.mark.parametrize(
    ("union", "method"),
    [*((PaymentDetails, method) for method in PAYMENTS), *((PayoutDetails, method) for method in PAYOUTS)],
    ids=lambda part: part.__name__ if isinstance(part, type) else type(part).__name__,
)
def test_a_bare_method_is_wrapped_and_comes_back(union: type[Tagged[Any]], method: Method) -> None:
    details = union.of(method)
    assert innermost(details) == method
    group = method.GROUP or type(method)
    assert details.type == (group.TAG if issubclass(group, Method) else None)
    read = codec.decode(union, codec.encode(details))
    assert read == details
    assert type(innermost(read)) is type(method)
    assert union.of(details.method) == details  # in its group it may be given as well


def test_every_method_of_the_unions_is_tried() -> None:
    for union, tried in ((m.PayingWith, PAYMENTS), (m.PayingTo, PAYOUTS)):
        assert leaves(union) == {type(method) for method in tried}


def leaves(annotation: Any) -> set[type]:
    """The classes of a union that are no unions themselves, by the names in it."""
    if isinstance(annotation, type):
        return set() if issubclass(annotation, Tagged) else {annotation}
    inner = get_args(annotation)
    if not inner:
        return leaves(getattr(models, getattr(annotation, "__forward_arg__", annotation)))
    return {leaf for one in inner for leaf in leaves(one)}


@pytest.mark.parametrize(
    "union", [m.Card, m.InternetBanking, m.SecuredCard, m.CryptoWallet, m.BankAccount, m.Wallet, m.InternalTransfer]
)
def test_a_union_knows_a_class_for_each_of_its_tags(union: type[Tagged[Any]]) -> None:
    plan = codec._plans.of(union)
    tags = [field.name for field in plan.wire if isinstance(plan.kind(field.name), ModelKind)]
    made = [codec.structure(union, {union.TAG_FIELD: tag, tag: {}}).method for tag in tags]
    assert tags
    assert [(method.TAG, method.GROUP) for method in made if isinstance(method, Method)] == [
        (tag, union) for tag in tags
    ]


@pytest.mark.parametrize("tag", ["brand_new", "method", "type", "extra", "brand", "of", "__class__", ""])
def test_an_unknown_tag_names_nothing(tag: str) -> None:
    assert codec.structure(m.Card, {"type": tag, "brand": "visa"}).method is None


def test_a_tag_without_its_object_names_nothing_and_an_object_without_a_tag_is_there() -> None:
    assert codec.decode(m.InternetBanking, b'{"type":"tpay"}').method is None
    assert codec.decode(m.InternetBanking, b'{"tpay":{}}').tpay == m.TPay()


def test_a_short_tax_order_is_the_period_alone() -> None:
    assert json.loads(codec.encode(SHORT_TAX)) == {
        "type": "tax_short",
        "tax_details": {"period": {"type": "month", "number": 12, "year": "2026"}},
    }


def test_a_full_tax_order_has_everything() -> None:
    assert set(json.loads(codec.encode(FULL_TAX))) == {
        "type", "description", "uin", "tax_details", "payer", "payee"
    }  # fmt: skip


SERVICE = m.FiscalService(name="Delivery", amount_details=m.Amount.rub(1))
LIMITS: list[tuple[type[Model], dict[str, Any], str]] = [
    (m.RuBankAccount, {"bik": "04452597X", "account": "4"}, "bik: expected digits"),
    (m.RuBankAccount, {"bik": "044525974", "account": "secret"}, "account: expected digits"),
    (m.RuBankAccount, {"bik": "044525974"}, "account: expected bik and account, or a token"),
    (m.RuBankAccount, {"token": "secret", "description": "x" * 211}, "description: expected at most 210 characters"),
    (m.RuBankAccount, {"token": "secret", "description": "paid?"}, "description: expected at most 210 characters"),
    (m.RuBankAccount, {"token": "secret", "inn": "7707-083893"}, "inn: expected digits"),
    (m.FpsAccount, {"phone": "+79161234567", "bank_id": "1"}, "phone: expected digits"),
    (m.FpsAccount, {"phone": "79161234567", "bank_id": ""}, "bank_id: expected a non-empty string"),
    (m.FpsVerification, {"phone": "8 916", "bank_id": "1"}, "phone: expected digits"),
    (m.IbanAccount, {"account": " "}, "account: expected a non-empty string"),
    (m.YooMoney, {"account": "4100123456"}, "account: expected 11 to 20 digits"),
    (m.YooMoney, {"account": "4" * 21}, "account: expected 11 to 20 digits"),
    (m.YooMoney, {"account": "4" * 11, "description": "x" * 129}, "description: expected at most 128 characters"),
    (m.Qiwi, {"account": None}, "account: expected a non-empty string"),
    (m.Moneta, {"account": ""}, "account: expected a non-empty string"),
    (m.Steam, {"account": ""}, "account: expected a non-empty string"),
    (m.SberPay, {"channel": ""}, "channel: expected a non-empty string"),
    (m.SberPay, {"channel": "app", "phone": "+7916"}, "phone: expected digits"),
    (m.PhoneIdent, {"phone": "+7916"}, "phone: expected digits"),
    (m.Pix, {"document": "1", "name": "", "email": "e"}, "name: expected a non-empty string"),
    (m.CountryEwallet, {"country_iso2": "PHL"}, "country_iso2: expected two letters"),
    (m.GooglePay, {"token": ""}, "token: expected a non-empty string"),
    (m.ApplePay, {"token": None}, "token: expected a non-empty string"),
    (m.TonWallet, {"address": "", "product_id": "1", "product_name": "n"}, "address: expected a non-empty string"),
    (m.TransferFromNominalAccount, {"description": ""}, "description: expected a non-empty string"),
    (m.Recurrent, {"token": "secret", "security_code": "12"}, "security_code: expected 3 or 4 digits"),
    (m.TaxPeriod, {"number": 13}, "number: expected a whole number from 1 to 12"),
    (m.TaxPeriod, {"number": True}, "number: expected a whole number from 1 to 12"),
    (m.TaxPeriod, {"year": "26"}, "year: expected four digits"),
    (m.TaxPeriod, {"year": 2026}, "year: expected four digits"),
    (m.IdentityDocument, {"id_type": "passport", "id_number": ""}, "id_number: expected a non-empty string"),
    (m.IdentityDocument, {"id_type": "p", "id_number": "1", "issue_date": "02.03.2026"}, "issue_date: expected a date"),
    (m.Participant, {"date_of_birth": "1990-13-01"}, "date_of_birth: expected a date as YYYY-MM-DD"),
    (m.PlatformDetails, {"type": ""}, "type: expected a non-empty string"),
    (m.FiscalService, {"name": ""}, "name: expected a non-empty string"),
    (m.FiscalService, {"name": "n", "quantity": 0}, "quantity: expected a whole number from 1"),
    (m.ProfessionalIncomeTaxpayer, {"services": (), "tax_reference": "1" * 12}, "services: expected 1 to 6 services"),
    (m.ProfessionalIncomeTaxpayer, {"services": (SERVICE,) * 7, "tax_reference": "1"}, "services: expected 1 to 6"),
    (m.ProfessionalIncomeTaxpayer, {"services": (SERVICE,), "tax_reference": "1" * 11}, "tax_reference: expected 12"),
    (
        m.ProfessionalIncomeTaxpayer,
        {"services": (SERVICE,), "tax_reference": "1" * 12, "payer_type": "legal"},
        "payer_tax_number: expected the INN of the company",
    ),
    (m.CardElement, {"ref": "n", "type": "t", "card_number": "4242424242424241"}, "card_number: expected a"),
    (m.PublicToken, {"token": ""}, "token: expected a non-empty string"),
    (m.SavedToken, {"token": None}, "token: expected a non-empty string"),
]  # fmt: skip


@pytest.mark.parametrize(("cls", "fields", "told"), LIMITS, ids=lambda part: getattr(part, "__name__", None))
def test_what_the_bank_would_refuse_is_refused_by_field_without_being_quoted(
    cls: type[Model], fields: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        cls(**fields)
    assert isinstance(caught.value, ValueError)
    message = str(caught.value)
    assert message.startswith(f"{cls.__name__}.{told}")
    assert not any(str(value) in message for value in fields.values() if isinstance(value, str) and len(value) > 8)


@pytest.mark.parametrize(("cls", "fields", "told"), LIMITS, ids=lambda part: getattr(part, "__name__", None))
def test_what_the_bank_sends_is_read_all_the_same(cls: type[Model], fields: dict[str, Any], told: str) -> None:
    text = {name: value for name, value in fields.items() if isinstance(value, str)}
    assert codec.unstructure(codec.structure(cls, text)) == text


def test_limits_include_their_ends() -> None:
    assert m.RuBankAccount(token="t", description="x" * 210).description == "x" * 210
    assert m.YooMoney(account="1" * 11, description="x" * 128).account == "1" * 11
    assert m.YooMoney(account="1" * 20).account == "1" * 20
    services = (SERVICE,) * 6
    assert m.ProfessionalIncomeTaxpayer(services=services, tax_reference="1" * 12).services == services
    assert m.TaxPeriod(type="month", number=1, year="2026").type == "month"


@pytest.mark.parametrize(
    "cls",
    [
        cls
        for name in dir(models)
        if isinstance(cls := getattr(models, name), type) and issubclass(cls, Method) and cls is not Method
    ],
)
def test_methods_with_several_fields_are_made_by_name_only(cls: type[Method]) -> None:
    fields = [field for field in cls.__attrs_attrs__ if field.name != "extra" and field.init]
    assert len(fields) <= 1 or all(field.kw_only for field in fields)


def test_a_token_of_an_account_is_hidden() -> None:
    assert "s3cret" not in repr(PayoutDetails.of(m.RuBankAccount(token="s3cret")))
    assert NUMBER not in repr(m.CardElement.of(NUMBER, ref="n"))
