"""Signatures of the bank's protocol: RSA with SHA-256 and PKCS#1 v1.5 padding over the exact bytes of a body.

Nothing but the body is signed, no path, header or time, so equal bodies have equal signatures and a signature never
grows old. The value travels as standard Base64 in the header ``X-PARTNER-SIGN`` (docs: reference/format).

Keys are read once (a private key costs about 35 ms, its primes are checked) and refused early: every error about a
key is a :class:`~bank131_async.errors.ConfigurationError` that names the setting and never quotes what it held.
"""

from __future__ import annotations

import binascii
import os
import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import NoReturn, Protocol

from attrs import field, frozen
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from bank131_async.errors import ConfigurationError, WebhookSignatureError

Pem = str | bytes | os.PathLike[str]
"""A key: PEM text, PEM bytes, or where to find it. A ``str`` without ``-----BEGIN`` is taken for a path."""

MINIMUM_KEY_SIZE = 2048
"""Bits. The bank's documents name no minimum; below this RSA is not considered safe any more."""

_PADDING = PKCS1v15()
_HASH = SHA256()
_HASHED = Prehashed(SHA256())
_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_PUBLIC_BLOCK = re.compile(rb"-----BEGIN (?P<label>(?:RSA )?PUBLIC KEY)-----.*?-----END (?P=label)-----", re.DOTALL)


class AsyncSigner(Protocol):
    """A signer of the user's own, for keys that must not leave an HSM or a key service.

    Gives the Base64 of an RSA (SHA-256, PKCS#1 v1.5) signature over ``data``, unchanged.
    """

    async def sign(self, data: bytes) -> str:
        """The value of ``X-PARTNER-SIGN`` for exactly these bytes."""
        ...


@frozen(eq=False)
class Signer:
    """Signs request bodies with the merchant's private key.

    ``fingerprint`` is the SHA-256 of the public half (DER), in hex; ``key_size`` is in bits.
    """

    _key: RSAPrivateKey = field(repr=False)
    fingerprint: str
    key_size: int

    @classmethod
    def from_pem(cls, pem: Pem, passphrase: str | bytes | None = None, *, name: str = "private_key") -> Signer:
        """Load an RSA private key of at least 2048 bits, PKCS#8 or PKCS#1.

        ``name`` is what errors call the setting. Raises ``ConfigurationError``.
        """
        data = _read(pem, name)
        _refuse_wrong_half(data, name, expected="private")
        try:
            key = load_pem_private_key(data, passphrase.encode() if isinstance(passphrase, str) else passphrase)
        except TypeError:
            raise ConfigurationError(_passphrase_problem(name, given=bool(passphrase))) from None
        except (ValueError, UnsupportedAlgorithm):
            cause = "or the passphrase is wrong" if passphrase else "PKCS#8 or PKCS#1"
            raise ConfigurationError(f"{name}: expected an RSA private key in PEM, {cause}") from None
        if not isinstance(key, RSAPrivateKey):
            raise ConfigurationError(f"{name}: expected an RSA private key, got a key of another kind")
        _refuse_small(key.key_size, name)
        return cls(key, _fingerprint(key.public_key()), key.key_size)

    def sign(self, data: bytes) -> str:
        """The value of ``X-PARTNER-SIGN`` for exactly these bytes."""
        return binascii.b2a_base64(self._key.sign(data, _PADDING, _HASH), newline=False).decode("ascii")

    def public_pem(self) -> bytes:
        """The public half, as the bank wants to have it: PEM, SubjectPublicKeyInfo."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Signer holds a private key and is not pickled; load it from its PEM again")


@frozen(eq=False)
class _BankKey:
    """One public key with what a check needs at hand."""

    key: RSAPublicKey = field(repr=False)
    fingerprint: str
    signature_size: int


@frozen(eq=False)
class Verifier:
    """Checks webhooks against the bank's public key, or several of them while the bank changes keys."""

    _keys: tuple[_BankKey, ...]

    @classmethod
    def from_pem(cls, *keys: Pem, name: str = "bank_public_key") -> Verifier:
        """Load one or more RSA public keys; a PEM may hold several, one after the other.

        A key given twice is tried once. Raises ``ConfigurationError``, also when there is no key at all.
        """
        if not keys:
            raise ConfigurationError(f"{name}: expected at least one public key of the bank in PEM")
        loaded: dict[str, _BankKey] = {}
        for pem in keys:
            for key in _public_keys(pem, name):
                _refuse_small(key.key_size, name)
                fingerprint = _fingerprint(key)
                loaded[fingerprint] = _BankKey(key, fingerprint, (key.key_size + 7) // 8)
        return cls(tuple(loaded.values()))

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """The keys in the order in which they are tried."""
        return tuple(key.fingerprint for key in self._keys)

    def verify(self, data: bytes, signature: str | None) -> str:
        """Return the fingerprint of the key that signed ``data``.

        ``signature`` is the header as it came, whatever it holds. Raises ``WebhookSignatureError`` and nothing else:
        a stranger must not be able to choose the exception.
        """
        return self._signed(data, signature)[0].fingerprint

    def digest_of(self, data: bytes, signature: str | None) -> bytes:
        """The SHA-256 of ``data``, which is signed; raises as ``verify``. The bytes are hashed once for both."""
        return self._signed(data, signature)[1]

    def _signed(self, data: bytes, signature: str | None) -> tuple[_BankKey, bytes]:
        if not signature:
            raise WebhookSignatureError("the signature is missing")
        try:
            raw = binascii.a2b_base64(signature, strict_mode=True)
            digest = sha256(data).digest()
        except ValueError:
            raise WebhookSignatureError("the signature is not Base64") from None
        except TypeError:
            raise WebhookSignatureError("the signature must be text and the body bytes") from None
        for bank in self._keys:
            if len(raw) == bank.signature_size and _matches(bank.key, raw, digest):
                return bank, digest
        raise WebhookSignatureError("the signature was not made by a known key of the bank")


def new_private_key_pem(bits: int = MINIMUM_KEY_SIZE) -> bytes:
    """A fresh RSA private key (PKCS#8 PEM, not encrypted); for sandboxes and for a merchant's first key pair."""
    _refuse_small(bits, "bits")
    key = generate_private_key(public_exponent=65537, key_size=bits)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _matches(key: RSAPublicKey, signature: bytes, digest: bytes) -> bool:
    try:
        key.verify(signature, digest, _PADDING, _HASHED)
    except InvalidSignature:
        return False
    return True


def _read(pem: Pem, name: str) -> bytes:
    """The bytes of a PEM. A text that is no path may be a mangled key, so that no message ever shows it."""
    if isinstance(pem, bytes):
        return pem
    if isinstance(pem, str) and "-----BEGIN" in pem:
        # Environment variables often carry a PEM on one line, with its line ends written out as \n.
        return pem.replace("\\n", "\n").encode("utf-8", "replace")
    if isinstance(pem, str) and not pem.strip():
        raise ConfigurationError(f"{name}: expected PEM or the path of a readable file, got nothing")
    try:
        return Path(pem).read_bytes()
    except OSError as error:
        reason = error.strerror or "unreadable"
    except ValueError:
        reason = "not a path"
    except TypeError:
        raise ConfigurationError(f"{name}: expected PEM as text or bytes, or a path") from None
    # Raised out here, because an OSError in its context would quote the path, which may be the key itself.
    raise ConfigurationError(f"{name}: expected PEM or the path of a readable file ({reason})")


def _refuse_wrong_half(data: bytes, name: str, *, expected: str) -> None:
    labels = b" ".join(_LABEL.findall(data))
    if not labels:
        raise ConfigurationError(f"{name}: expected an RSA {expected} key in PEM, found no -----BEGIN line")
    if expected == "private" and b"PRIVATE KEY" not in labels:
        raise ConfigurationError(f"{name}: expected the merchant's private key, got a public key or a certificate")
    if expected == "public" and b"PUBLIC KEY" not in labels:
        raise ConfigurationError(f"{name}: expected the bank's public key, got a private key or a certificate")


def _public_keys(pem: Pem, name: str) -> Iterable[RSAPublicKey]:
    data = _read(pem, name)
    _refuse_wrong_half(data, name, expected="public")
    blocks = [match[0] for match in _PUBLIC_BLOCK.finditer(data)]
    if not blocks:
        raise ConfigurationError(f"{name}: expected an RSA public key in PEM (BEGIN PUBLIC KEY ... END PUBLIC KEY)")
    for block in blocks:
        try:
            key = load_pem_public_key(block)
        except (ValueError, UnsupportedAlgorithm):
            raise ConfigurationError(f"{name}: expected an RSA public key in PEM, found it damaged") from None
        if not isinstance(key, RSAPublicKey):
            raise ConfigurationError(f"{name}: expected an RSA public key, got a key of another kind")
        yield key


def _passphrase_problem(name: str, *, given: bool) -> str:
    if given:
        return f"{name}: a passphrase was given, but the key is not encrypted"
    return f"{name}: the key is encrypted, a passphrase is needed"


def _refuse_small(bits: int, name: str) -> None:
    if bits < MINIMUM_KEY_SIZE:
        raise ConfigurationError(f"{name}: expected at least {MINIMUM_KEY_SIZE} bits, got {bits}")


def _fingerprint(key: RSAPublicKey) -> str:
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
