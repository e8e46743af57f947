"""What all models share."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from bank131_async.core import codec, models
from bank131_async.core.models import (
    ERROR_CODES,
    AcquiringWidget,
    Amount,
    BankError,
    Customer,
    Model,
    Payment,
    PaymentOptions,
    Redirect,
    SelfEmployedWidget,
    SessionAnswer,
)
from bank131_async.errors import BankRefusedError, ConfigurationError
from tests.support.bodies import PAYLOADS, class_of

CLASSES = sorted(
    (cls for name in dir(models) if isinstance(cls := getattr(models, name), type) and issubclass(cls, Model)),
    key=lambda cls: cls.__name__,
)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_a_model_is_frozen_slotted_and_documented(cls: type[Model]) -> None:
    assert not hasattr(cls, "__dict__") or "__dict__" not in dir(cls.__new__(cls))
    assert cls.__doc__
    assert cls.__setattr__ is not object.__setattr__
    assert "extra" in attrs.fields_dict(cls)


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_what_was_read_is_frozen_and_survives_pickle_and_copy(path: Path) -> None:
    cls = class_of(path)
    for _ in range(4):
        read = codec.decode(cls, path.read_bytes())
    assert type(read) is cls
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        read.extra = {}
    for same in (pickle.loads(pickle.dumps(read)), copy.deepcopy(read)):
        assert same == read
        assert codec.encode(same) == codec.encode(read)


def test_reprs_leave_out_what_is_absent() -> None:
    assert repr(Payment(id="pm_1", amount_details=Amount(5, "rub"))) == (
        "Payment(id='pm_1', amount_details=Amount(amount=5, currency='rub'))"
    )


def test_a_redirect_matches_by_its_url() -> None:
    match Redirect("https://acs.example"):
        case Redirect(url):
            matched = url
    assert matched == "https://acs.example"


@pytest.mark.parametrize("reference", ["", " ", None, 5])
def test_a_customer_needs_a_reference(reference: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^Customer\.reference: expected a non-empty string$"):
        Customer(reference)


@pytest.mark.parametrize("url", ["shop.example", "https://", "https://a b", "", 5])
def test_a_return_url_must_be_one(url: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^PaymentOptions\.return_url: expected a URL"):
        PaymentOptions(return_url=url)


def test_a_return_url_may_lead_into_an_app() -> None:
    assert PaymentOptions(return_url="myshop://paid?order=7").return_url == "myshop://paid?order=7"


def test_expiry_needs_a_zone() -> None:
    from datetime import datetime

    with pytest.raises(ConfigurationError, match=r"^PaymentOptions\.expiration_at: expected a datetime with a zone"):
        PaymentOptions(expiration_at=datetime(2030, 1, 1))  # noqa: DTZ001


def test_widgets_are_checked() -> None:
    with pytest.raises(ConfigurationError, match="tax_reference: expected 12 digits"):
        SelfEmployedWidget(tax_reference="50010073225")
    with pytest.raises(ConfigurationError, match="session_id"):
        AcquiringWidget(session_id="")


def test_an_error_tells_whose_move_it_is() -> None:
    assert BankError("bank_card_expired").who == "payer"
    assert BankError("bank_card_expired").may_repeat == "new_attempt"
    assert BankError("bank_card_expired").definite_decline
    assert BankError("brand_new").who == "merchant"
    assert BankError("brand_new").may_repeat == "after_status"
    assert not BankError("brand_new").definite_decline


def test_an_error_has_words_for_people_that_are_not_the_banks() -> None:
    error = BankError("bank_card_expired", description="card 4242424242424242 expired")
    assert error.payer_message == "The card has expired. Please use another card."
    assert error.merchant_message == "The card has expired: ask for another one."
    assert "before you pay" in BankError("brand_new").payer_message
    assert "does not know" in BankError("brand_new").merchant_message


@pytest.mark.parametrize("code", [code for code, facts in ERROR_CODES.items() if facts.in_doubt])
def test_nobody_is_told_to_pay_again_while_the_outcome_is_not_known(code: str) -> None:
    assert "do not pay again" in BankError(code).payer_message
    assert BankError(code).may_repeat == "after_status"


def test_the_table_of_codes_is_sound() -> None:
    assert len(ERROR_CODES) >= 24
    for facts in ERROR_CODES.values():
        assert issubclass(facts.error, BankRefusedError)
        assert facts.who in {"developer", "merchant", "payer", "recipient", "issuer", "bank"}
        assert not (facts.definite_decline and facts.in_doubt)
        assert facts.may_repeat in {"no", "after_fix", "later", "new_attempt", "after_status"}
        for sentence in (facts.payer_message, facts.merchant_message):
            assert sentence[0].isupper()
            assert sentence.endswith(".")
    doubtful = {code for code, facts in ERROR_CODES.items() if facts.in_doubt}
    assert doubtful == {"internal_error", "provider_timeout", "idempotency_key_already_exists"}


def test_every_name_is_listed_where_it_is_defined() -> None:
    for name in dir(models):
        assert getattr(models, name) is not None
    with pytest.raises(AttributeError, match="Nonsense"):
        models.Nonsense  # noqa: B018


def loaded_by(code: str) -> set[str]:
    """The modules of models and operations that a fresh interpreter has loaded after the code, and none that do I/O."""
    program = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    modules = set(json.loads(told.stdout))
    assert not modules & {"asyncio", "aiohttp", "socket"}
    start = "bank131_async.core."
    return {name.removeprefix(start) for name in modules if name.startswith((f"{start}models.", f"{start}operations."))}


READ = "from bank131_async.core.codec import decode\nfrom bank131_async.core.models import {0}\ndecode({0}, {1!r})"
ENVELOPE = b'{"session":{"id":"ps","payment_list":[{"id":"pm"}]}}'
BY_CARD = b'{"session":{"payment_list":[{"payment_details":{"type":"card","card":{"last4":"4242"}}}]}}'


@pytest.mark.parametrize(
    ("code", "there", "not_there"),
    [
        ("from bank131_async.core.models import SessionAnswer", {"answer"}, {"session", "payment", "payout", "card"}),
        (READ.format("SessionAnswer", ENVELOPE), {"payment"}, {"payout", "payment_details", "card", "tax", "widget"}),
        (
            READ.format("SessionAnswer", BY_CARD),
            {"payment_details", "card"},
            {"internet_banking", "secured_card", "crypto_wallet", "wallet", "bank_account", "internal_transfer", "tax"},
        ),
        ("from bank131_async.core.models import TPay", {"internet_banking"}, {"card", "bank_account", "payment"}),
        ("from bank131_async.core.models import RuBankAccount", {"bank_account"}, {"card", "wallet", "tax", "payout"}),
        ("from bank131_async.core.operations import CreateToken", {"token_info"}, {"card", "bank_account", "payment"}),
    ],
    ids=["an envelope", "a bare payment", "a payment by card", "a way to pay", "a way to be paid", "a call"],
)
def test_a_family_is_loaded_without_the_others(code: str, there: set[str], not_there: set[str]) -> None:
    modules = loaded_by(code)
    assert {f"models.{name}" for name in there} <= modules
    assert modules & {f"models.{name}" for name in not_there} == set()


@pytest.mark.parametrize(
    ("name", "home"), [("GetFpsBanks", "fps"), ("StartPayout", "payout"), ("InitEscrowPayout", "escrow")]
)
def test_a_call_is_loaded_without_the_others(name: str, home: str) -> None:
    modules = {module for module in loaded_by(f"from bank131_async.core.operations import {name}") if "oper" in module}
    assert f"operations.{home}" in modules
    assert "operations.settlement" not in modules
    assert "operations.token" not in modules


def test_a_confirmed_transfer_can_be_sent_back_as_it_came() -> None:
    path = next(path for path in PAYLOADS if "confirm-nominal-v1" in path.name)
    information = json.loads(path.read_bytes())["confirm_information"]
    answer = codec.structure(SessionAnswer, {"status": "ok", "confirm_information": information})
    assert answer.confirm_information is not None
    assert codec.unstructure(answer.confirm_information, "v1") == information
    assert "card_token" not in repr(answer)
