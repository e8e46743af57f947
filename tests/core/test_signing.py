"""Keys are read once and strictly; signatures cover exact bytes; a hostile header ends in one error only."""

from __future__ import annotations

import base64
import pickle
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.core.signing import Signer, Verifier, new_private_key_pem
from bank131_async.errors import ConfigurationError, WebhookSignatureError
from tests.support.keys import (
    BANK_PRIVATE_PEM,
    BANK_PUBLIC_PEM,
    OPENSSL_SIGNATURE,
    OTHER_PRIVATE_PEM,
    OTHER_PUBLIC_PEM,
    SIGNED_BODY,
)

SIGNER = Signer.from_pem(BANK_PRIVATE_PEM)
VERIFIER = Verifier.from_pem(BANK_PUBLIC_PEM)
OTHER_SIGNER = Signer.from_pem(OTHER_PRIVATE_PEM)


def private_pem(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    passphrase: bytes | None = None,
    form: PrivateFormat = PrivateFormat.PKCS8,
) -> bytes:
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, lock)


@pytest.fixture(scope="module")
def locked_pem() -> bytes:
    key = load_pem_private_key(BANK_PRIVATE_PEM.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return private_pem(key, b"open sesame")


def test_the_signature_is_the_one_that_openssl_makes() -> None:
    assert SIGNER.sign(SIGNED_BODY) == OPENSSL_SIGNATURE


def test_the_signature_is_pkcs1_v15_over_sha256_when_taken_apart_by_hand() -> None:
    public = load_pem_public_key(BANK_PUBLIC_PEM.encode())
    assert isinstance(public, rsa.RSAPublicKey)
    numbers = public.public_numbers()
    opened = pow(int.from_bytes(base64.b64decode(SIGNER.sign(b"{}"))), numbers.e, numbers.n).to_bytes(256)
    prefix = bytes.fromhex("3031300d060960864801650304020105000420")
    tail = b"\x00" + prefix + sha256(b"{}").digest()
    assert opened == b"\x00\x01" + b"\xff" * (256 - 2 - len(tail)) + tail


@given(st.binary())
def test_what_is_signed_is_verified_and_one_changed_byte_is_not(body: bytes) -> None:
    signature = SIGNER.sign(body)
    assert VERIFIER.verify(body, signature) == SIGNER.fingerprint
    with pytest.raises(WebhookSignatureError):
        VERIFIER.verify(body + b" ", signature)


def test_the_fingerprint_is_the_sha256_of_the_public_key_in_der() -> None:
    der = base64.b64decode("".join(BANK_PUBLIC_PEM.splitlines()[1:-1]))
    assert SIGNER.fingerprint == sha256(der).hexdigest() == VERIFIER.fingerprints[0]


@pytest.mark.parametrize(
    "pem",
    [
        BANK_PRIVATE_PEM,
        BANK_PRIVATE_PEM.encode(),
        BANK_PRIVATE_PEM.replace("\n", "\r\n"),
        BANK_PRIVATE_PEM.replace("\n", "\\n"),
        "\ufeff" + BANK_PRIVATE_PEM,
        BANK_PUBLIC_PEM + BANK_PRIVATE_PEM,
    ],
    ids=["text", "bytes", "windows line ends", "one line of an environment variable", "byte order mark", "both halves"],
)
def test_a_private_key_is_taken_in_every_usual_form(pem: str | bytes) -> None:
    assert Signer.from_pem(pem).fingerprint == SIGNER.fingerprint


def test_keys_are_read_from_files_named_by_text_or_path(tmp_path: Path) -> None:
    private, public = tmp_path / "merchant.pem", tmp_path / "bank.pem"
    private.write_text(BANK_PRIVATE_PEM)
    public.write_text(BANK_PUBLIC_PEM)
    assert Signer.from_pem(private).fingerprint == Signer.from_pem(str(private)).fingerprint == SIGNER.fingerprint
    assert Verifier.from_pem(public, str(public)).fingerprints == (SIGNER.fingerprint,)


def test_a_pkcs1_key_is_taken_too() -> None:
    private = load_pem_private_key(BANK_PRIVATE_PEM.encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    signer = Signer.from_pem(private_pem(private, form=PrivateFormat.TraditionalOpenSSL))
    verifier = Verifier.from_pem(private.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1))
    assert verifier.verify(b"{}", signer.sign(b"{}")) == SIGNER.fingerprint


@pytest.mark.parametrize("passphrase", ["open sesame", b"open sesame"])
def test_an_encrypted_key_opens_with_its_passphrase(locked_pem: bytes, passphrase: str | bytes) -> None:
    assert Signer.from_pem(locked_pem, passphrase).fingerprint == SIGNER.fingerprint


@pytest.mark.parametrize("passphrase", ["wrong", "\ud800"])
def test_a_wrong_passphrase_is_said_to_be_wrong(locked_pem: bytes, passphrase: str) -> None:
    with pytest.raises(ConfigurationError, match=r"private_key: .*passphrase is wrong"):
        Signer.from_pem(locked_pem, passphrase)


@pytest.mark.parametrize("passphrase", [None, "", b""])
def test_an_encrypted_key_without_a_passphrase_asks_for_one(locked_pem: bytes, passphrase: str | bytes | None) -> None:
    with pytest.raises(ConfigurationError, match="a passphrase is needed"):
        Signer.from_pem(locked_pem, passphrase)


def test_a_passphrase_for_an_open_key_is_a_mistake_worth_telling() -> None:
    with pytest.raises(ConfigurationError, match="not encrypted"):
        Signer.from_pem(BANK_PRIVATE_PEM, "open sesame")


def test_the_halves_are_not_mixed_up() -> None:
    with pytest.raises(ConfigurationError, match="expected the merchant's private key, got a public key"):
        Signer.from_pem(BANK_PUBLIC_PEM)
    with pytest.raises(ConfigurationError, match="expected the bank's public key, got a private key"):
        Verifier.from_pem(BANK_PRIVATE_PEM)


def test_keys_that_are_not_rsa_are_refused() -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(ConfigurationError, match="private_key: expected an RSA private key"):
        Signer.from_pem(private_pem(curve))
    public = curve.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(ConfigurationError, match="bank_public_key: expected an RSA public key"):
        Verifier.from_pem(public)


def test_keys_below_2048_bits_are_refused() -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    with pytest.raises(ConfigurationError, match="at least 2048 bits, got 1024"):
        Signer.from_pem(private_pem(small))
    public = small.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(ConfigurationError, match="at least 2048 bits, got 1024"):
        Verifier.from_pem(public)
    with pytest.raises(ConfigurationError, match="bits: expected at least 2048"):
        new_private_key_pem(1024)


SECRET = "c2VjcmV0IG9mIHRoZSBtZXJjaGFudA"
DAMAGED = f"-----BEGIN {{}} KEY-----\n{SECRET}\n-----END {{}} KEY-----\n"


@pytest.mark.parametrize(
    "pem",
    [
        SECRET,
        SECRET.encode(),
        SECRET * 400,
        SECRET + "\x00",
        "",
        b"",
        None,
        131,
        Path(SECRET),
        DAMAGED.format("PRIVATE", "PRIVATE"),
        DAMAGED.format("PUBLIC", "PUBLIC"),
        DAMAGED.format("OPENSSH PRIVATE", "OPENSSH PRIVATE"),
        f"-----BEGIN PUBLIC KEY-----\n{SECRET}",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}\ud800",
        f"-----BEGIN\n{SECRET}",
    ],
)
def test_garbage_is_refused_by_the_name_of_the_setting_and_never_quoted(pem: str) -> None:
    for load in (Signer.from_pem, Verifier.from_pem):
        with pytest.raises(ConfigurationError, match="my_key: expected") as caught:
            load(pem, name="my_key")
        assert SECRET not in str(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_verifier_needs_a_key() -> None:
    with pytest.raises(ConfigurationError, match="bank_public_key: expected at least one"):
        Verifier.from_pem()


def test_a_signer_shows_and_pickles_no_key() -> None:
    assert repr(SIGNER) == f"Signer(fingerprint='{SIGNER.fingerprint}', key_size=2048)"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(SIGNER)


def test_while_the_bank_changes_keys_both_are_accepted_and_told_apart() -> None:
    verifier = Verifier.from_pem(BANK_PUBLIC_PEM, OTHER_PUBLIC_PEM)
    assert verifier.verify(b"{}", SIGNER.sign(b"{}")) == SIGNER.fingerprint
    assert verifier.verify(b"{}", OTHER_SIGNER.sign(b"{}")) == OTHER_SIGNER.fingerprint


def test_one_file_may_hold_several_keys_and_a_key_counts_once() -> None:
    verifier = Verifier.from_pem(BANK_PUBLIC_PEM + OTHER_PUBLIC_PEM, BANK_PUBLIC_PEM)
    assert verifier.fingerprints == (SIGNER.fingerprint, OTHER_SIGNER.fingerprint)


def test_the_signature_of_another_key_is_refused() -> None:
    with pytest.raises(WebhookSignatureError, match="not made by a known key"):
        VERIFIER.verify(b"{}", OTHER_SIGNER.sign(b"{}"))


def test_keys_of_different_sizes_stand_side_by_side() -> None:
    large = Signer.from_pem(new_private_key_pem(3072))
    verifier = Verifier.from_pem(BANK_PUBLIC_PEM, large.public_pem())
    assert large.key_size == 3072
    assert verifier.verify(b"{}", large.sign(b"{}")) == large.fingerprint


class LoudText(str):
    """Text of a framework's own kind."""

    __slots__ = ()


GOOD = SIGNER.sign(b"{}")


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "é",
        "\ud800",
        "v1=é",
        "not base64!",
        " ",
        " " + GOOD,
        GOOD + "\n",
        GOOD + GOOD,
        GOOD[:-1],
        GOOD[:-4],
        GOOD[4:],
        GOOD.rstrip("="),
        GOOD.replace("+", "-").replace("/", "_") + "-",
        "A" * 344,
        "A" * 100_000,
        LoudText("é"),
        LoudText(GOOD[:-4]),
        5,
        ["x"],
        object(),
    ],
)
def test_a_hostile_header_ends_in_a_signature_error(signature: str) -> None:
    with pytest.raises(WebhookSignatureError) as caught:
        VERIFIER.verify(b"{}", signature)
    assert type(caught.value) is WebhookSignatureError
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@given(st.binary(), st.text() | st.from_regex(r"\A[A-Za-z0-9+/]*={0,2}\Z") | st.binary().map(base64.b64encode))
def test_no_header_chooses_the_exception(body: bytes, signature: str) -> None:
    with pytest.raises(WebhookSignatureError):
        VERIFIER.verify(body, signature)


def test_a_body_that_is_not_bytes_is_refused_as_well() -> None:
    with pytest.raises(WebhookSignatureError, match="the body bytes"):
        VERIFIER.verify("{}", GOOD)  # type: ignore[arg-type]


def test_text_of_a_subclass_is_as_good_as_text() -> None:
    assert VERIFIER.verify(b"{}", LoudText(GOOD)) == SIGNER.fingerprint
