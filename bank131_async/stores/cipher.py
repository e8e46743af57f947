"""Encryption at rest: what a store may be given to keep its entries unreadable to whoever reads the disk.

Entries are enciphered whole. What the lists and the search for names need stays readable: names of streams, the
caller's own names for decisions, versions, times and flags.
"""

from __future__ import annotations

from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bank131_async.errors import ConfigurationError


class Cipher(Protocol):
    """Turns the bytes of an entry into bytes that only the holder of the key can read.

    Called by several threads at once, the event loop's among them, so it has to be quick. ``decrypt`` raises
    ``ValueError`` for bytes that its keys do not open.
    """

    def encrypt(self, data: bytes) -> bytes:
        """Encipher."""
        ...

    def decrypt(self, data: bytes) -> bytes:
        """Decipher, and check that nothing was changed."""
        ...


class FernetCipher:
    """AES-128 in CBC mode with HMAC-SHA256 (Fernet), under one or several keys.

    The first key enciphers, all of them decipher: to rotate, put the new key in front and keep the old ones for as long
    as entries from their time are kept. ``FernetCipher.new_key()`` makes one. Raises ``ConfigurationError`` for what is
    not a key.
    """

    def __init__(self, *keys: str | bytes) -> None:
        if not keys:
            raise ConfigurationError("FernetCipher: give at least one key, see FernetCipher.new_key()")
        self._fernet = MultiFernet([_fernet(number, key) for number, key in enumerate(keys, 1)])

    @staticmethod
    def new_key() -> str:
        """A fresh random key: 32 bytes in URL-safe Base64. Keep it where your other secrets are."""
        return Fernet.generate_key().decode()

    def encrypt(self, data: bytes) -> bytes:
        """Encipher with the first key."""
        return self._fernet.encrypt(data)

    def decrypt(self, data: bytes) -> bytes:
        """Decipher with whichever key fits; raises ``ValueError`` if none does."""
        try:
            return self._fernet.decrypt(data)
        except InvalidToken:
            raise ValueError("none of the keys opens this, or it was changed") from None

    def __repr__(self) -> str:
        return "FernetCipher(***)"


def _fernet(number: int, key: str | bytes) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        pass
    # Raised out here because the parser's error must not be the context of this one: it may quote the key.
    raise ConfigurationError(f"FernetCipher: key {number} is not 32 bytes in URL-safe Base64")
