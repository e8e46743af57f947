from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.client.config import Bank131Config
from bank131_async.client.rate_limit import RateLimit
from bank131_async.core.signing import Signer, Verifier
from bank131_async.errors import Bank131Error, ConfigurationError
from bank131_async.transport import Timeout
from tests.support.keys import BANK_PUBLIC_PEM, OTHER_PRIVATE_PEM, OTHER_PUBLIC_PEM

SIGNER = Signer.from_pem(OTHER_PRIVATE_PEM)


class _Hsm:
    secret = "pin 1234"

    async def sign(self, data: bytes) -> str:
        return "c2lnbmF0dXJl"


def config(**changes: Any) -> Bank131Config:
    return Bank131Config(**{"project_id": "shop", "private_key": SIGNER} | changes)


def test_the_defaults_are_the_demo_server_and_version_two() -> None:
    made = config()
    assert (made.server, made.api_version) == ("https://demo.bank131.ru", "v2")
    assert (made.rate_limit, made.submerchant, made.log_bodies) == (None, None, False)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("demo", "https://demo.bank131.ru"),
        ("live", "https://proxy.bank131.ru"),
        ("https://bank.example/131/", "https://bank.example/131"),
        ("http://127.0.0.1:8131", "http://127.0.0.1:8131"),
        ("http://[::1]:8131", "http://[::1]:8131"),
        ("http://localhost:8131/", "http://localhost:8131"),
    ],
)
def test_a_server_is_a_name_or_an_address(given: str, address: str) -> None:
    assert config(server=given).server == address


@pytest.mark.parametrize(
    "given",
    ["", "staging", "demo.bank131.ru", "ftp://bank", "http://demo.bank131.ru", "https://", "https://a:b@bank", None,
     "https://bank?x=1", "https://bank#x", "https://bank:port", "https://ba nk", "https://[::1",
     "https://bank\r\nX: y"],
)  # fmt: skip
def test_another_server_is_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^server: expected") as caught:
        config(server=given)
    assert "a:b" not in str(caught.value)


@pytest.mark.parametrize("given", ["", "  ", "проект", "a\r\nX-Evil: 1", "a b", None, 5])
def test_an_unusable_project_id_is_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^project_id: expected"):
        config(project_id=given)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("api_version", "v3"),
        ("api_version", None),
        ("submerchant", "a\nb"),
        ("private_key", None),
        ("private_key", object()),
        ("private_key", OTHER_PUBLIC_PEM),
        ("private_key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"),
        ("private_key", "/no/such/file.pem"),
        ("bank_public_keys", OTHER_PRIVATE_PEM),
        ("bank_public_keys", []),
        ("connections", 0),
        ("connections", True),
        ("connections", 1.5),
        ("max_answer_bytes", 0),
        ("max_webhook_bytes", 0),
    ],
)
def test_an_unusable_value_is_refused_by_the_name_of_its_field(field: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"^{field}: expected"):
        config(**{field: value})


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "5"])
def test_an_unusable_rate_is_refused(value: Any) -> None:
    with pytest.raises(ConfigurationError, match="per_second: expected a number above zero"):
        config(rate_limit=value)


@given(st.text(max_size=40))
def test_whatever_the_server_is_given_it_is_an_https_address_or_refused(text: str) -> None:
    try:
        address = config(server=text).server
    except ConfigurationError:
        return
    assert re.match(r"https://[!-~]|http://(localhost|[\w.-]+\.localhost|127\.|\[::1\])", address)


def test_keys_may_come_as_text_bytes_path_or_object(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text(OTHER_PRIVATE_PEM)
    for key in (OTHER_PRIVATE_PEM, OTHER_PRIVATE_PEM.encode(), path, str(path), SIGNER):
        signer = config(private_key=key).private_key
        assert isinstance(signer, Signer)
        assert signer.fingerprint == SIGNER.fingerprint
    hsm = _Hsm()
    assert config(private_key=hsm).private_key is hsm


def test_keys_of_the_bank_may_be_one_several_or_none() -> None:
    assert config(bank_public_keys=BANK_PUBLIC_PEM).verifier.fingerprints
    assert len(config(bank_public_keys=[BANK_PUBLIC_PEM, OTHER_PUBLIC_PEM]).verifier.fingerprints) == 2
    assert len(config(bank_public_keys=BANK_PUBLIC_PEM + OTHER_PUBLIC_PEM).verifier.fingerprints) == 2
    verifier = Verifier.from_pem(BANK_PUBLIC_PEM)
    assert config(bank_public_keys=verifier).verifier is verifier
    with pytest.raises(ConfigurationError, match="BANK131_PUBLIC_KEY"):
        _ = config().verifier


def test_a_rate_may_be_a_number() -> None:
    assert config(rate_limit=5).rate_limit == RateLimit(5)
    assert config(rate_limit=RateLimit(5, 10)).rate_limit == RateLimit(5, burst=10)


def test_blank_submerchant_means_none() -> None:
    assert config(submerchant="  ").submerchant is None
    assert config(submerchant=" 7700000000 ").submerchant == "7700000000"


def test_the_key_is_loaded_once_and_shared_by_changed_copies() -> None:
    made = config(private_key=OTHER_PRIVATE_PEM)
    assert attrs.evolve(made, server="live").private_key is made.private_key


def test_the_repr_shows_the_project_and_no_secret() -> None:
    shown = repr(config(private_key=OTHER_PRIVATE_PEM, bank_public_keys=BANK_PUBLIC_PEM, timeout=Timeout(total=5)))
    assert "project_id='shop'" in shown
    assert SIGNER.fingerprint in shown
    assert not set(re.findall(r"[A-Za-z0-9+/]{60,}", OTHER_PRIVATE_PEM)) & set(re.findall(r"[A-Za-z0-9+/]{60,}", shown))
    assert "PRIVATE KEY" not in shown
    assert "pin 1234" not in repr(config(private_key=_Hsm()))


def test_a_configuration_error_is_a_value_error_of_this_package() -> None:
    with pytest.raises(ValueError, match="project_id") as caught:
        config(project_id="")
    assert isinstance(caught.value, Bank131Error)
