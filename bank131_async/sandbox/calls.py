"""A call of the API, over a socket or in process: as the faults want it, and with an entry in the record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from bank131_async.sandbox.bank import SandboxBank
from bank131_async.sandbox.faults.answers import Sending, spoil
from bank131_async.sandbox.record import Exchange


def call(bank: SandboxBank, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Sending:
    """What the bank, and the fault that strikes, make of a request; ``target`` is its path with the query."""
    path = urlsplit(target).path
    order, at = bank.record.begin(), bank.now()
    asked = _session_in(_SESSION_ASKED, body)
    rule = bank.faults.strike("request", "/".join(path.split("/")[3:]), asked)
    sending = spoil(
        rule,
        lambda: bank.handle(method, target, headers, body),
        lambda status: bank.break_down(path, headers, status),
        at,
    )
    answer = sending.answer
    bank.record.exchange(
        asked or _session_in(_SESSION_ANSWERED, b"" if answer is None else answer.body),
        order,
        Exchange(
            at,
            method,
            path,
            body,
            None if answer is None else answer.status,
            b"" if answer is None else answer.body,
            None if rule is None else rule.name,
        ),
    )
    return sending


def _session_in(pattern: re.Pattern[bytes], body: bytes) -> str:
    """The session that a body is about, for the record and the faults; empty if it names none."""
    found = pattern.search(body)
    return "" if found is None else found.group(1).decode("utf-8", "replace")


_SESSION_ASKED = re.compile(rb'"session_id"\s*:\s*"([^"]{1,200})"')
_SESSION_ANSWERED = re.compile(rb'"session":\{"id":"([^"]{1,200})"')
