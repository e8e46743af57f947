"""Cards: checked when made, hidden when shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.core import codec
from bank131_async.core.models import (
    BankCard,
    Card,
    EncryptedCard,
    FasterPaymentSystem,
    FasterPaymentSystemBinding,
    GooglePay,
    Model,
    PaymentDetails,
    PayoutDetails,
    Recurrent,
    RecurrentToken,
    SecuredCard,
    Tax,
    TokenAnswer,
    TokenizedCard,
    TPay,
    TransactionInfo,
)
from bank131_async.errors import ConfigurationError

NUMBER = "4242424242424242"
SECRETS = {"number": NUMBER, "expiration_month": "12", "expiration_year": "39", "security_code": "737"}


def test_a_card_shows_both_ends_of_its_number_and_nothing_else() -> None:
    card = BankCard(**SECRETS, cardholder_name="IVAN IVANOV")
    assert repr(card) == (
        "BankCard(number='424242******4242', expiration_month='***', expiration_year='***', security_code='***', "
        "cardholder_name='***')"
    )
    assert repr(PaymentDetails.of(card)).count("***") == 6


@pytest.mark.parametrize(
    "model",
    [
        TokenizedCard(token="s3cret"),
        EncryptedCard(number_hash="s3cret", expiration_date_hash="s3cret", security_code_hash="s3cret"),
        Recurrent(token="s3cret"),
        RecurrentToken(token="s3cret"),
        TransactionInfo(external_subscription_token="s3cret", bank_account_ru_token="s3cret"),
        SecuredCard(type="google_pay", google_pay=GooglePay("s3cret")),
        TokenAnswer(public_token="s3cret"),
        Card(extra={"new_token": "s3cret"}),
    ],
    ids=lambda model: type(model).__name__,
)
def test_tokens_and_hashes_and_unknown_fields_are_hidden(model: Model) -> None:
    assert "s3cret" not in repr(model)
    assert "s3cret" not in str(model)


def test_a_number_too_short_to_be_a_card_is_hidden_whole() -> None:
    assert "1234" not in repr(codec.decode(BankCard, b'{"number":"1234567890123"}'))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "4242424242424241"),
        ("number", "4242 4242 4242 4242"),
        ("number", "42424242"),
        ("number", "42424242424242424242"),
        ("number", "４" * 16),
        ("number", 4242424242424242),
        ("number", None),
        ("expiration_month", "13"),
        ("expiration_month", "00"),
        ("expiration_month", "1"),
        ("expiration_month", 12),
        ("expiration_year", "2039"),
        ("expiration_year", "3"),
        ("security_code", "12"),
        ("security_code", "12345"),
        ("security_code", "12a"),
        ("security_code", 123),
    ],
)
def test_a_bad_card_is_refused_by_field_without_being_quoted(field: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=rf"^BankCard\.{field}: expected ") as caught:
        BankCard(**{**SECRETS, field: value})
    told = str(caught.value).partition("expected")[0]
    assert str(value) not in told
    assert NUMBER not in str(caught.value)


@pytest.mark.parametrize("number", ["4242424242424242", "5555555555554444", "2200000000000004", "30569309025904"])
def test_right_numbers_pass(number: str) -> None:
    assert BankCard(number=number).number == number


@given(st.integers(0, 15), st.integers(1, 9))
def test_one_mistyped_digit_is_found(at: int, off: int) -> None:
    wrong = NUMBER[:at] + str((int(NUMBER[at]) + off) % 10) + NUMBER[at + 1 :]
    with pytest.raises(ConfigurationError, match="mistyped"):
        BankCard(number=wrong)


@pytest.mark.parametrize("empty", ["", "  ", None])
def test_tokens_and_hashes_must_not_be_empty(empty: str | None) -> None:
    for cls, field in ((TokenizedCard, "token"), (EncryptedCard, "number_hash"), (Recurrent, "token")):
        with pytest.raises(ConfigurationError, match=f"{field}: expected a non-empty string"):
            cls(**{field: empty})


CARD = Card(type="bank_card", bank_card=BankCard(number=NUMBER))
METHODS = [
    (CARD, "card"),
    (Recurrent(token="t"), "recurrent"),
    (FasterPaymentSystem(), "faster_payment_system"),
    (SecuredCard(type="apple_pay"), "secured_card"),
    (FasterPaymentSystemBinding(), "faster_payment_system_binding"),
]


@pytest.mark.parametrize(("method", "type_"), METHODS)
def test_a_method_of_payment_is_wrapped_under_its_type_and_taken_out_again(method: Model, type_: str) -> None:
    details = PaymentDetails.of(method)
    assert details.type == type_
    assert getattr(details, type_) == method
    assert details.method == method
    assert codec.decode(PaymentDetails, codec.encode(details)) == details


def test_bare_cards_are_wrapped_twice() -> None:
    assert PaymentDetails.of(BankCard(number=NUMBER)).method == CARD
    assert PayoutDetails.of(BankCard(number=NUMBER)).method == CARD
    assert PaymentDetails.of(TokenizedCard(token="t")).method == Card(
        type="tokenized_card", tokenized_card=TokenizedCard(token="t")
    )


def test_what_is_no_method_is_refused() -> None:
    for wrapper, method in ((PaymentDetails, Tax()), (PayoutDetails, TPay()), (PaymentDetails, "card")):
        with pytest.raises(ConfigurationError, match=rf"^{wrapper.__name__}\.of: {type(method).__name__} cannot"):
            wrapper.of(method)


def test_details_of_an_unknown_type_have_no_method() -> None:
    assert codec.decode(PaymentDetails, b'{"type":"brand_new","brand_new":{}}').method is None
    assert PaymentDetails().method is None
