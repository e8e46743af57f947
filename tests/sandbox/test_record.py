"""The record keeps things in the order in which they began, and no secret."""

from __future__ import annotations

from datetime import UTC, datetime

from bank131_async.sandbox.record import Exchange, Note, Record

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_an_exchange_stands_where_it_began_though_it_is_kept_at_its_end() -> None:
    record = Record()
    order = record.begin()
    record.note("ps_1", Note(NOW, "payer", "passed 3-D Secure"))
    record.exchange("ps_1", order, Exchange(NOW, "POST", "/api/v2/session/confirm", b"{}", 200, b"{}"))
    record.note("ps_2", Note(NOW, "bank", "declined the payment"))

    first, second = record.of("ps_1")
    assert isinstance(first.item, Exchange)
    assert isinstance(second.item, Note)
    assert record.of("ps_3") == []


def test_what_is_kept_holds_no_secret_even_of_a_body_that_cannot_be_read() -> None:
    record = Record()
    card = b'{"number":"4242424242424242","security_code":"987"}'
    for body in (card, card[:-1]):
        record.exchange("", record.begin(), Exchange(NOW, "POST", "/", body, None, b'{"public_token":"secret"}'))

    readable, cut = (entry.item for entry in record.of(""))
    for item in (readable, cut):
        assert isinstance(item, Exchange)
        assert b"4242424242424242" not in item.request
        assert b"secret" not in item.answer
