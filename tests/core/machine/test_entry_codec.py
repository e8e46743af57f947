"""Entries as bytes and back."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.core.machine import (
    SCHEMA,
    Answered,
    Command,
    Entry,
    Handled,
    Intended,
    Lost,
    Observed,
    Opened,
    Pruned,
    Refused,
    Resolved,
    TokenGiven,
    decode_entry,
    encode_entry,
)
from bank131_async.errors import StoreCorruptError

_TEXT = st.text(max_size=20)
_WHOLE = st.integers(-(2**70), 2**70)
_BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "str": _TEXT,
    "str | None": st.none() | _TEXT,
    "int": _WHOLE,
    "int | None": st.none() | _WHOLE,
    "bool": st.booleans(),
    "bytes": st.binary(),
    "bytes | None": st.none() | st.binary() | _TEXT.map(str.encode),
    "tuple[str, ...]": st.lists(_TEXT).map(tuple),
    "Command": st.sampled_from(Command),
    "Kind": st.sampled_from(["payment", "payout"]),
    "Origin": st.sampled_from(["create", "init", "attach"]),
    "Source": st.sampled_from(["webhook", "status", "sync"]),
    "Settlement": st.sampled_from(["done", "not_done", "superseded"]),
    "Judge": st.sampled_from(["evidence", "person", "program"]),
}
_CLASSES: list[type[Entry]] = [
    Opened,
    Observed,
    Intended,
    Answered,
    Refused,
    Lost,
    Resolved,
    TokenGiven,
    Handled,
    Pruned,
]


def _entries(cls: type[Any]) -> st.SearchStrategy[Entry]:
    return st.builds(cls, **{field.name: _BY_TYPE[str(field.type)] for field in attrs.fields(cls)})


@given(st.one_of([_entries(cls) for cls in _CLASSES]))
def test_an_entry_comes_back_as_it_was(entry: Entry) -> None:
    assert decode_entry(encode_entry(entry)) == entry


def test_a_body_is_kept_as_it_is_below_a_line_of_json() -> None:
    head, body = encode_entry(Answered(intent="i\n1", body=b'{"a":\n 1}\xff')).split(b"\n", 1)
    assert json.loads(head) == {"schema": SCHEMA, "entry": "answered", "intent": "i\n1"}
    assert body == b'{"a":\n 1}\xff'


def test_an_empty_body_is_not_a_missing_one() -> None:
    for body in (b"", None):
        entry = Answered(intent="i1", body=body)
        assert decode_entry(encode_entry(entry)) == entry


def test_an_entry_of_an_older_writer_that_lacks_newer_fields_is_read() -> None:
    assert decode_entry(b'{"schema":1,"entry":"opened"}') == Opened()
    assert decode_entry(b'{"schema":1,"entry":"lost","intent":"i","reason":"r"}') == Lost(intent="i", reason="r")


@pytest.mark.parametrize(
    ("held", "body"), [('"{\\"a\\":\\n1}"', b'{"a":\n1}'), ('{"base64":"/wA="}', b"\xff\x00"), ('""', b"")]
)
def test_a_body_that_an_older_writer_kept_inside_the_json_is_read(held: str, body: bytes) -> None:
    data = f'{{"schema":1,"entry":"answered","intent":"i1","body":{held}}}'.encode()
    assert decode_entry(data) == Answered(intent="i1", body=body)


def test_a_newer_schema_is_refused_with_the_cure() -> None:
    with pytest.raises(StoreCorruptError, match=rf"schema {SCHEMA + 1}, this package reads up to {SCHEMA}.*upgrade"):
        decode_entry(json.dumps({"schema": SCHEMA + 1, "entry": "opened", "whatever": 1}).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"{}",
        b'{"schema":true,"entry":"opened"}',
        b'{"schema":0,"entry":"opened"}',
        b'{"schema":1}',
        b'{"schema":1,"entry":"closed"}',
        b'{"schema":1,"entry":["opened"]}',
        b'{"schema":1,"entry":"opened","colour":"red"}',
        b'{"schema":1,"entry":"opened","amount":"1"}',
        b'{"schema":1,"entry":"opened","amount":true}',
        b'{"schema":1,"entry":"opened","managed":1}',
        b'{"schema":1,"entry":"opened","kind":"gift"}',
        b'{"schema":1,"entry":"opened","kind":["payment"]}',
        b'{"schema":1,"entry":"lost","intent":"i"}',
        b'{"schema":1,"entry":"answered","intent":5}',
        b'{"schema":1,"entry":"handled","digest":{"base64":"*"}}',
        b'{"schema":1,"entry":"handled","digest":{"text":"x"}}',
        b'{"schema":1,"entry":"observed","source":"webhook"}',
        b'{"schema":1,"entry":"answered","intent":"i","body":{"base64":"*"}}',
        b'{"schema":1,"entry":"answered","intent":"i","body":{"text":"x"}}',
        b'{"schema":2,"entry":"answered","intent":"i","body":"{}"}\n{}',
        b'{"schema":1,"entry":"handled","digest":"d"}\n{}',
        b'{"schema":1,\n"entry":"opened"}',
        b'{"schema":1,"entry":"intended","intent":"i","command":"steal","key":"k"}',
        b'{"schema":1,"entry":"intended","intent":"i","command":"start","key":"k","seen_refunds":"rf"}',
    ],
)
def test_what_is_no_entry_is_corrupt_and_nothing_else(data: bytes) -> None:
    with pytest.raises(StoreCorruptError):
        decode_entry(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_an_entry_or_corrupt(data: bytes) -> None:
    try:
        entry = decode_entry(data)
    except StoreCorruptError:
        return
    assert decode_entry(encode_entry(entry)) == entry


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | _TEXT, lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner)
    )
)
def test_any_json_is_an_entry_or_corrupt(value: Any) -> None:
    try:
        entry = decode_entry(
            json.dumps({"schema": 1, "entry": "intended", "intent": value, "command": value, "key": "k"}).encode()
        )
    except StoreCorruptError:
        return
    assert decode_entry(encode_entry(entry)) == entry
