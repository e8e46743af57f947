"""Entries under a cipher: unreadable on the disk, readable with the key, and clear words when the key is wrong."""

from __future__ import annotations

import traceback

import pytest

from bank131_async.core.machine import Observed, TokenGiven
from bank131_async.errors import ConfigurationError, StoreCorruptError
from bank131_async.stores import FernetCipher
from bank131_async.stores.rows import decode_row, encode_row

OLD, NEW = FernetCipher.new_key(), FernetCipher.new_key()
ENTRY = Observed(source="webhook", event_type="ready_to_confirm", digest=b"\x00\xff", body=b'{"secret":"\xd0\xb9"}')


def read(data: bytes, cipher: FernetCipher | None) -> object:
    return decode_row(data, cipher, stream="ps_1", version=7)


@pytest.mark.parametrize("cipher", [None, FernetCipher(OLD)], ids=["plain", "enciphered"])
def test_a_row_reads_back_as_the_entry_that_was_written(cipher: FernetCipher | None) -> None:
    assert read(encode_row(ENTRY, cipher), cipher) == ENTRY


def test_nothing_of_an_enciphered_entry_can_be_seen() -> None:
    row = encode_row(ENTRY, FernetCipher(OLD))
    assert not any(word in row for word in (b"secret", b"webhook", b"ready", b"entry"))
    assert row != encode_row(ENTRY, FernetCipher(OLD))


def test_after_a_rotation_old_rows_are_read_and_new_ones_need_the_new_key() -> None:
    rotated = FernetCipher(NEW, OLD)
    assert read(encode_row(ENTRY, FernetCipher(OLD)), rotated) == ENTRY
    assert read(encode_row(ENTRY, rotated), FernetCipher(NEW)) == ENTRY
    with pytest.raises(StoreCorruptError):
        read(encode_row(ENTRY, rotated), FernetCipher(OLD))


def test_rows_from_before_the_cipher_are_still_read() -> None:
    assert read(encode_row(ENTRY, None), FernetCipher(OLD)) == ENTRY


@pytest.mark.parametrize(
    ("cipher", "says"),
    [(FernetCipher(NEW), "another key"), (None, "enciphered")],
    ids=["wrong key", "no key"],
)
def test_a_row_that_cannot_be_deciphered_says_where_it_is_and_why(cipher: FernetCipher | None, says: str) -> None:
    with pytest.raises(StoreCorruptError, match=f"^stream ps_1, version 7: .*{says}"):
        read(encode_row(ENTRY, FernetCipher(OLD)), cipher)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not JSON"),
        (b"{}", "schema"),
        (b'{"schema":99,"entry":"lost"}', "newer version has written here, upgrade"),
        (b"\0", "damaged"),
        (b"\0{}", "damaged"),
    ],
)
def test_a_damaged_or_newer_row_says_where_it_is_and_why(data: bytes, says: str) -> None:
    with pytest.raises(StoreCorruptError, match=f"^stream ps_1, version 7: .*{says}"):
        read(data, FernetCipher(OLD))


def test_a_changed_row_is_not_believed() -> None:
    row = bytearray(encode_row(TokenGiven(widget="acquiring_widget"), FernetCipher(OLD)))
    row[-20] ^= 1
    with pytest.raises(StoreCorruptError):
        read(bytes(row), FernetCipher(OLD))


@pytest.mark.parametrize("keys", [(), ("",), ("short",), (OLD, "not a key"), (b"\xff" * 44,)])
def test_what_is_no_key_is_refused_and_not_quoted(keys: tuple[str | bytes, ...]) -> None:
    with pytest.raises(ConfigurationError, match="FernetCipher") as caught:
        FernetCipher(*keys)
    told = "".join(traceback.format_exception(caught.value, chain=True))
    assert "ValueError" not in told.replace("errors.ConfigurationError", "")
    assert OLD not in str(caught.value)


def test_a_cipher_does_not_show_its_keys() -> None:
    assert repr(FernetCipher(OLD)) == "FernetCipher(***)"
