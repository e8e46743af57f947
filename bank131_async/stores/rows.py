"""An entry as the bytes of a row, enciphered or not.

A plain row is the entry and begins with ``{``. An enciphered row begins with a zero byte, which no JSON does, so
that a store can be given a cipher later and still reads what was written before.
"""

from __future__ import annotations

from bank131_async.core.machine.entries import Entry
from bank131_async.core.machine.entry_codec import decode_entry, encode_entry
from bank131_async.errors import StoreCorruptError
from bank131_async.stores.cipher import Cipher

_ENCIPHERED = b"\0"


def encode_row(entry: Entry, cipher: Cipher | None) -> bytes:
    """The bytes to keep."""
    data = encode_entry(entry)
    return data if cipher is None else _ENCIPHERED + cipher.encrypt(data)


def decode_row(data: bytes, cipher: Cipher | None, *, stream: str, version: int) -> Entry:
    """Read the entry at ``version`` of ``stream`` back.

    Raises ``StoreCorruptError``, which names the two, for what is damaged, enciphered with another key, or written by
    a newer package.
    """
    try:
        return decode_entry(_deciphered(data, cipher) if data.startswith(_ENCIPHERED) else data)
    except StoreCorruptError as error:
        raise StoreCorruptError(f"stream {stream}, version {version}: {error.message}") from None


def _deciphered(data: bytes, cipher: Cipher | None) -> bytes:
    if cipher is None:
        raise StoreCorruptError("the entry is enciphered: open the store with the cipher that it was written with")
    try:
        return cipher.decrypt(data[len(_ENCIPHERED) :])
    except ValueError:
        pass
    raise StoreCorruptError("the cipher does not open the entry: it was written with another key, or is damaged")
