from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from bank131_async.client.config import Bank131Config
from bank131_async.client.rate_limit import RateLimit
from bank131_async.core.signing import Signer
from bank131_async.errors import ConfigurationError
from bank131_async.transport import Timeout
from tests.support.keys import BANK_PUBLIC_PEM, OTHER_PRIVATE_PEM, OTHER_PUBLIC_PEM

REQUIRED = {"BANK131_PROJECT_ID": "shop", "BANK131_PRIVATE_KEY": OTHER_PRIVATE_PEM}
FINGERPRINT = Signer.from_pem(OTHER_PRIVATE_PEM).fingerprint


def read(**variables: str) -> Bank131Config:
    return Bank131Config.from_env(REQUIRED | {f"BANK131_{name}": text for name, text in variables.items()})


def _fingerprint(config: Bank131Config) -> str:
    assert isinstance(config.private_key, Signer)
    return config.private_key.fingerprint


def test_two_variables_suffice() -> None:
    config = read()
    assert (config.project_id, config.server, config.api_version) == ("shop", "https://demo.bank131.ru", "v2")
    assert config.bank_public_keys is None
    assert config.timeout == Timeout()


def test_every_variable_is_read() -> None:
    config = read(
        PUBLIC_KEY=BANK_PUBLIC_PEM + OTHER_PUBLIC_PEM,
        SERVER="live",
        API_VERSION="v1",
        SUBMERCHANT="7700000000",
        CONNECT_TIMEOUT="1",
        TLS_TIMEOUT="2",
        READ_TIMEOUT="3",
        TIMEOUT="4.5",
        RATE_LIMIT="10",
        RATE_BURST="20",
        REPEATS="0",
        MAX_WEBHOOK_BYTES="1000",
        LOG_BODIES="yes",
    )
    assert len(config.verifier.fingerprints) == 2
    assert (config.server, config.api_version) == ("https://proxy.bank131.ru", "v1")
    assert config.submerchant == "7700000000"
    assert config.timeout == Timeout(1, 2, 3, 4.5)
    assert config.rate_limit == RateLimit(10, 20)
    assert (config.retry.attempts, config.max_webhook_bytes, config.log_bodies) == (1, 1000, True)


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in REQUIRED.items():
        monkeypatch.setenv(name, text)
    assert Bank131Config.from_env().project_id == "shop"


def test_line_ends_of_a_key_may_be_written_out() -> None:
    on_one_line = OTHER_PRIVATE_PEM.replace("\n", "\\n")
    assert _fingerprint(read(PRIVATE_KEY=on_one_line)) == FINGERPRINT
    assert read(PUBLIC_KEY=BANK_PUBLIC_PEM.replace("\n", "\\n")).verifier.fingerprints


def test_keys_may_be_files(tmp_path: Path) -> None:
    private, first, second = (tmp_path / name for name in ("private.pem", "first.pem", "second.pem"))
    private.write_text(OTHER_PRIVATE_PEM)
    first.write_text(BANK_PUBLIC_PEM)
    second.write_text(OTHER_PUBLIC_PEM)
    config = read(PRIVATE_KEY="", PRIVATE_KEY_PATH=str(private), PUBLIC_KEY_PATH=f"{first}{os.pathsep}{second}")
    assert _fingerprint(config) == FINGERPRINT
    assert len(config.verifier.fingerprints) == 2


def test_an_encrypted_key_is_read_with_its_passphrase() -> None:
    key = serialization.load_pem_private_key(OTHER_PRIVATE_PEM.encode(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"open sesame"),
    ).decode()
    assert _fingerprint(read(PRIVATE_KEY=encrypted, PRIVATE_KEY_PASSPHRASE="open sesame")) == FINGERPRINT
    with pytest.raises(ConfigurationError, match="BANK131_PRIVATE_KEY") as caught:
        read(PRIVATE_KEY=encrypted, PRIVATE_KEY_PASSPHRASE="open barley")
    assert "barley" not in str(caught.value)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"PROJECT_ID": " "}, "BANK131_PROJECT_ID: expected"),
        ({"PRIVATE_KEY": ""}, "BANK131_PRIVATE_KEY: expected .* BANK131_PRIVATE_KEY_PATH"),
        ({"PRIVATE_KEY": "hunter2hunter2"}, "BANK131_PRIVATE_KEY: expected"),
        ({"PRIVATE_KEY": OTHER_PUBLIC_PEM}, "BANK131_PRIVATE_KEY: expected .*private"),
        ({"PRIVATE_KEY_PATH": "/etc/hostname"}, "BANK131_PRIVATE_KEY and BANK131_PRIVATE_KEY_PATH are both set"),
        ({"PRIVATE_KEY": "", "PRIVATE_KEY_PATH": "/no/such"}, "BANK131_PRIVATE_KEY_PATH: expected"),
        ({"PUBLIC_KEY": "hunter2"}, "BANK131_PUBLIC_KEY: expected"),
        ({"PUBLIC_KEY": OTHER_PRIVATE_PEM}, "BANK131_PUBLIC_KEY: expected"),
        ({"PUBLIC_KEY_PATH": "/no/such"}, "BANK131_PUBLIC_KEY_PATH: expected"),
        ({"SERVER": "staging"}, "BANK131_SERVER: expected demo, live"),
        ({"SERVER": "http://proxy.bank131.ru"}, "BANK131_SERVER: expected https"),
        ({"API_VERSION": "3"}, "BANK131_API_VERSION: expected"),
        ({"SUBMERCHANT": "a b"}, "BANK131_SUBMERCHANT: expected"),
        ({"TIMEOUT": "soon"}, "BANK131_TIMEOUT: expected a number above zero"),
        ({"READ_TIMEOUT": "-1"}, "BANK131_READ_TIMEOUT: expected a number above zero"),
        ({"RATE_LIMIT": "nan"}, "BANK131_RATE_LIMIT: expected a number above zero"),
        ({"RATE_LIMIT": "1", "RATE_BURST": "0"}, "BANK131_RATE_BURST: expected a whole number"),
        ({"RATE_BURST": "5"}, "BANK131_RATE_BURST: expected BANK131_RATE_LIMIT beside it"),
        ({"REPEATS": "-1"}, "BANK131_REPEATS: expected a whole number"),
        ({"MAX_WEBHOOK_BYTES": "1e6"}, "BANK131_MAX_WEBHOOK_BYTES: expected a whole number"),
        ({"LOG_BODIES": "maybe"}, "BANK131_LOG_BODIES: expected 1 or 0"),
    ],
)
def test_an_unusable_variable_is_named_and_not_quoted(variables: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named) as caught:
        read(**variables)
    assert "hunter2" not in str(caught.value)
