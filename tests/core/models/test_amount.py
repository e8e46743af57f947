"""Money as users make it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.core.models import Amount
from bank131_async.core.models.currency import EXPONENTS
from bank131_async.errors import ConfigurationError


@pytest.mark.parametrize(
    ("made", "minor", "shown"),
    [
        (Amount.rub("150.00"), 15000, "150.00 RUB"),
        (Amount.rub(150), 15000, "150.00 RUB"),
        (Amount.rub("0.01"), 1, "0.01 RUB"),
        (Amount.rub(Decimal("1E+2")), 10000, "100.00 RUB"),
        (Amount.of("10.5", "usd"), 1050, "10.50 USD"),
        (Amount.of("7", "JPY"), 7, "7 JPY"),
        (Amount.of("1.234", "kwd"), 1234, "1.234 KWD"),
        (Amount.minor(5, "tonc"), 5, "5 minor units of TONC"),
    ],
)
def test_amounts_are_whole_minor_units_and_print_as_people_write_them(made: Amount, minor: int, shown: str) -> None:
    assert made.amount == minor
    assert str(made) == shown


@pytest.mark.parametrize(
    "value",
    ["0", "0.00", "-1", "+1", "1.234", "1e2", " 1", "1,5", "", ".5", "1.", "١", "NaN", 0, -5, 1.5, True, None, b"1"],
)
def test_what_is_no_sum_of_money_is_refused_before_anything_is_sent(value: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^Amount\.amount: "):
        Amount.rub(value)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal(-1), Decimal("0.001")])
def test_decimals_are_held_to_the_same_rules(value: Decimal) -> None:
    with pytest.raises(ConfigurationError, match=r"^Amount\.amount: "):
        Amount.rub(value)


@pytest.mark.parametrize("amount", [0, -1, 1.0, True, "100", None])
def test_minor_units_are_whole_and_above_zero(amount: object) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^Amount\.amount: expected a whole number of minor units above zero$"
    ):
        Amount(amount, "rub")


@pytest.mark.parametrize("currency", ["", "ru", "toolong", "r1b", "руб", " rub", 643, None])
def test_an_impossible_currency_is_refused(currency: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^Amount\.currency: expected a code of 3 to 5 letters$"):
        Amount.minor(1, currency)


def test_an_unknown_currency_is_refused_where_decimals_must_be_known_with_a_hint() -> None:
    with pytest.raises(ConfigurationError, match=r"Amount\.minor"):
        Amount.of("1.5", "tonc")


def test_currencies_compare_without_case() -> None:
    assert Amount(5, "rub").same_as(Amount(5, "RUB"))
    assert not Amount(5, "rub").same_as(Amount(6, "rub"))
    assert not Amount(5, "rub").same_as(Amount(5, "usd"))


def test_an_amount_matches_by_position_and_can_be_a_key() -> None:
    match Amount(5, "rub"):
        case Amount(amount, currency):
            assert (amount, currency) == (5, "rub")
    assert {Amount(5, "rub"): 1}[Amount(5, "rub")] == 1


@given(st.integers(1, 10**15), st.sampled_from(sorted(EXPONENTS)))
def test_printing_and_reading_are_inverse(minor: int, currency: str) -> None:
    number, _, code = str(Amount.minor(minor, currency)).partition(" ")
    assert Amount.of(number, code) == Amount(minor, currency)
