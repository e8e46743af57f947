"""The published table of test cards."""

from __future__ import annotations

import pytest

from bank131_async.core.models.codes import ERROR_CODES
from bank131_async.sandbox.cards import CARDS, card_for, card_with
from bank131_async.sandbox.requests.cards import passes_luhn


def test_all_numbers_are_different_and_pass_luhn() -> None:
    numbers = [card.number for card in CARDS]

    assert len(set(numbers)) == len(numbers)
    assert all(passes_luhn(number) for number in numbers)


def test_the_cards_of_the_banks_own_examples_approves_without_a_challenge() -> None:
    card = card_for("4242424242424242")

    assert (card.outcome, card.challenge, card.declined) == ("approve", False, None)


def test_declines_use_documented_codes_but_for_one_that_tests_the_unknown() -> None:
    codes = {card.declined for card in CARDS if card.declined}

    assert codes - set(ERROR_CODES) == {"sandbox_undocumented_code"}
    assert len(codes) >= 10


def test_a_number_outside_the_table_does_not_exist() -> None:
    assert card_for("4111111111111111").declined == "card_number_does_not_exist"


def test_a_card_can_be_found_by_its_outcome() -> None:
    assert card_with("challenge").challenge
    with pytest.raises(KeyError):
        card_with("free money")


@pytest.mark.parametrize(("outcome", "brand"), [("approve", "visa"), ("challenge", "visa")])
def test_the_brand_follows_the_first_digits(outcome: str, brand: str) -> None:
    assert card_with(outcome).brand == brand
    assert {card.brand for card in CARDS} == {"visa", "mastercard", "mir"}


def test_the_repr_of_a_card_hides_its_number() -> None:
    assert "4242" not in repr(card_for("4242424242424242"))
