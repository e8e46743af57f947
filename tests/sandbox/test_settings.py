"""The switches: each documented, each with a checked value, each readable from text."""

from __future__ import annotations

import pytest
from attrs import fields

from bank131_async.errors import ConfigurationError
from bank131_async.sandbox import Settings
from bank131_async.sandbox.settings import changed


def test_every_switch_is_documented() -> None:
    undocumented = [item.name for item in fields(Settings) if f"``{item.name}``" not in (Settings.__doc__ or "")]

    assert undocumented == []


@pytest.mark.parametrize("address", ["shop.example/webhooks", "localhost:8080", "ftp://shop.example", "http://", ""])
def test_webhooks_go_to_an_http_address_only(address: str) -> None:
    with pytest.raises(ConfigurationError, match="webhook_url: expected an address such as http://"):
        Settings(webhook_url=address)
    with pytest.raises(ConfigurationError, match="webhook_url: expected an address such as http://"):
        Settings().with_switches([f"webhook_url={address}"])


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("two_stage", "yes", "two_stage: expected true or false"),
        ("two_stage", 1, "two_stage: expected true or false"),
        ("opening_balance", 1.5, "opening_balance: expected a whole number of minor units"),
        ("opening_balance", True, "opening_balance: expected a whole number of minor units"),
        ("opening_balance", -1, "opening_balance: a value does not fit, or is out of its range"),
        ("no_funds_code", 5, "no_funds_code: expected a text"),
        ("hold_s", None, "hold_s: expected a number"),
        ("created_limit_s", "60", "created_limit_s: expected a number"),
        ("resend_factor", 1e300, "resend_factor: a value does not fit, or is out of its range"),
        ("webhook_url", 5, "webhook_url: expected a text"),
        ("hold_end", "never", "hold_end: expected one of release, debit"),
    ],
)
def test_a_value_of_another_kind_is_refused(name: str, value: object, expected: str) -> None:
    with pytest.raises(ConfigurationError, match=expected):
        changed(Settings(), **{name: value})


def test_switches_are_read_from_text() -> None:
    settings = Settings().with_switches(
        ["two_stage=true", "auto_confirm=false", "hold_s=60", "key_lifetime_s=none", "updated_at=coarse",
         "webhook_url=http://127.0.0.1/x?a=b", "created_limit_s=1.5", "opening_balance=500", "no_funds_code=none_left"]
    )  # fmt: skip

    assert settings == Settings(
        two_stage=True,
        hold_s=60,
        key_lifetime_s=None,
        updated_at="coarse",
        webhook_url="http://127.0.0.1/x?a=b",
        created_limit_s=1.5,
        opening_balance=500,
        no_funds_code="none_left",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two_stage", "expected name=value"),
        ("two_stag=true", "is it two_stage"),
        ("zzzzzzzz=1", "no such switch"),
        ("two_stage=yes", "two_stage: expected true or false"),
        ("hold_s=long", "hold_s: expected a number of seconds"),
        ("hold_s=-1", "hold_s: expected seconds, from 0"),
        ("hold_s=inf", "hold_s: expected seconds, from 0"),
        ("hold_s=nan", "hold_s: expected seconds, from 0"),
        ("created_limit_s=-1", "created_limit_s: expected seconds, from 0"),
        ("error_resolves_after_s=1e12", "error_resolves_after_s: expected seconds, from 0"),
        ("opening_balance=1.5", "opening_balance: expected a whole number"),
        ("opening_balance=-5", "opening_balance: expected a whole number"),
        ("updated_at=never", "updated_at: expected one of fine, coarse"),
    ],
)
def test_a_switch_that_does_not_fit_says_what_was_expected(text: str, expected: str) -> None:
    with pytest.raises(ConfigurationError, match=expected):
        Settings().with_switches([text])
