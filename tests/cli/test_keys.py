"""`bank131 keys`, `sign` and `verify`."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bank131_async.core.signing import Signer, Verifier
from bank131_async.testing.signed import sign_webhook

Cli = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("no_environment")


# -- keys ---------------------------------------------------------------------------------------------------------


def test_a_new_key_is_its_owners_alone_and_not_printed(cli: Cli, tmp_path: Path) -> None:
    ran = cli("keys", "generate", tmp_path / "keys", "--json")
    told = ran.lines[0]
    private, public = Path(told["private_key_path"]), Path(told["public_key_path"])

    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert Signer.from_pem(private).fingerprint == told["fingerprint"]
    assert Verifier.from_pem(public).fingerprints == (told["fingerprint"],)
    assert "PRIVATE" not in ran.out
    assert set(told) == {"private_key_path", "public_key_path", "bits", "fingerprint"}


def test_a_key_that_is_there_is_never_overwritten(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "merchant_private.pem").write_text("mine")
    ran = cli("keys", "generate", tmp_path)

    assert ran.status == 1
    assert "merchant_private.pem is there already" in ran.err
    assert (tmp_path / "merchant_private.pem").read_text() == "mine"


def test_a_key_goes_to_standard_output_only_if_asked(cli: Cli, tmp_path: Path) -> None:
    ran = cli("keys", "generate", tmp_path, "--stdout")

    assert Signer.from_pem(ran.out.encode()).key_size == 2048
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_too_small_is_refused(cli: Cli, tmp_path: Path) -> None:
    ran = cli("keys", "generate", tmp_path, "--bits", "1024")

    assert ran.status == 1
    assert "2048" in ran.err


def test_show_tells_what_is_public(cli: Cli, key_files: Path) -> None:
    ran = cli("keys", "show", key_files / "merchant_private.pem", key_files / "bank_public.pem", "--json")
    private, public = ran.lines

    assert "PRIVATE KEY" not in ran.out
    assert private["public_key"].encode() == (key_files / "merchant_public.pem").read_bytes()
    assert (private["kind"], private["bits"], public["kind"]) == ("private", 2048, "public")
    assert public["fingerprint"] == Verifier.from_pem(key_files / "bank_public.pem").fingerprints[0]


def test_a_fingerprint_is_what_openssl_gives(cli: Cli, key_files: Path) -> None:
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", key_files / "bank_public.pem", "-outform", "DER"],
        capture_output=True,
        check=True,
    ).stdout
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-r"], input=der, capture_output=True, check=True).stdout

    assert digest.split()[0].decode() in cli("keys", "show", key_files / "bank_public.pem").out


def environment(monkeypatch: pytest.MonkeyPatch, files: Path, public: str = "bank_public.pem") -> None:
    monkeypatch.setenv("BANK131_PRIVATE_KEY_PATH", str(files / "merchant_private.pem"))
    monkeypatch.setenv("BANK131_PUBLIC_KEY_PATH", str(files / public))


def test_show_without_files_shows_the_keys_of_the_environment(
    cli: Cli, key_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, key_files)

    assert [(line["key"], line["kind"]) for line in cli("keys", "show", "--json").lines] == [
        ("environment", "private"),
        ("environment", "public"),
    ]


def statuses(ran: Any) -> dict[str, str]:
    return {line["check"]: line["status"] for line in ran.lines}


def test_good_keys_pass_the_check(cli: Cli, key_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, key_files)
    ran = cli("keys", "check", "--json")

    assert ran.status == 0
    assert statuses(ran) == {"private key": "ok", "private key file": "ok", "bank's public key": "ok"}


def test_the_check_finds_ones_own_public_key_in_the_place_of_the_banks(
    cli: Cli, key_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, key_files, "merchant_public.pem")
    ran = cli("keys", "check", "--json")

    assert ran.status == 1
    assert statuses(ran)["bank's public key"] == "failure"


def test_the_check_warns_of_a_key_that_others_can_read(
    cli: Cli, key_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, key_files)
    (key_files / "merchant_private.pem").chmod(0o644)
    ran = cli("keys", "check")

    assert ran.status == 0
    assert f"next: chmod 600 {key_files / 'merchant_private.pem'}" in ran.out


def test_the_check_says_how_to_get_keys_that_are_missing(cli: Cli) -> None:
    ran = cli("keys", "check")

    assert ran.status == 1
    assert "`bank131 keys generate` makes a key pair" in ran.out
    assert "BANK131_PUBLIC_KEY_PATH" in ran.out


# -- signatures ---------------------------------------------------------------------------------------------------


def test_a_signature_is_over_the_exact_bytes(cli: Cli, key_files: Path) -> None:
    body = b'{"a":"\xc3\xa9"}\n'
    (key_files / "body.json").write_bytes(body)
    signer = Signer.from_pem(key_files / "merchant_private.pem")
    of_file = cli("sign", key_files / "body.json", "--key", key_files / "merchant_private.pem")
    of_input = cli("sign", "--key", key_files / "merchant_private.pem", "--json", stdin=body)

    assert of_file.out == signer.sign(body) + "\n"
    assert of_input.lines == [{"signature": signer.sign(body), "bytes": 11, "fingerprint": signer.fingerprint}]


def test_the_key_of_the_environment_signs_without_a_project(
    cli: Cli, key_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, key_files)

    assert cli("sign", stdin=b"{}").out == Signer.from_pem(key_files / "merchant_private.pem").sign(b"{}") + "\n"


def test_a_key_with_a_passphrase_signs(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = cli("keys", "generate", "--stdout").out
    locked = subprocess.run(
        ["openssl", "pkey", "-aes256", "-passout", "pass:secret"], input=plain.encode(), capture_output=True, check=True
    ).stdout
    (tmp_path / "locked.pem").write_bytes(locked)
    monkeypatch.setenv("BANK131_PRIVATE_KEY_PASSPHRASE", "secret")

    assert cli("sign", "--key", tmp_path / "locked.pem", stdin=b"{}").out == Signer.from_pem(plain).sign(b"{}") + "\n"


def test_a_webhook_is_verified_and_named(cli: Cli, key_files: Path) -> None:
    webhook = sign_webhook(Signer.from_pem(key_files / "bank_private.pem"), "payment_finished")
    ran = cli(
        "verify", "--signature", webhook.signature, "--key", key_files / "bank_public.pem", "--json",
        stdin=webhook.body,
    )  # fmt: skip

    assert ran.status == 0
    told = ran.lines[0]
    assert (told["valid"], told["type"], told["session_id"]) == (True, "payment_finished", "ps_1001")


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        (b"{}\n", "without the line end it fits"),
        (b'{"a":1}', "give the bytes as they were received"),
    ],
)
def test_a_signature_that_does_not_fit_is_explained(cli: Cli, key_files: Path, body: bytes, advice: str) -> None:
    signature = Signer.from_pem(key_files / "bank_private.pem").sign(b"{}")
    ran = cli("verify", "--signature", signature, "--key", key_files / "bank_public.pem", stdin=body)

    assert ran.status == 1
    assert advice in ran.out


def test_without_a_public_key_verify_says_where_it_would_come_from(cli: Cli) -> None:
    ran = cli("verify", "--signature", "x", stdin=b"{}")

    assert ran.status == 1
    assert "BANK131_PUBLIC_KEY_PATH, or give --key" in ran.err
