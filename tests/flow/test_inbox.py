"""Webhooks that are forged, too big, unreadable or unknown, on their way to the journal."""

from __future__ import annotations

import json
import logging
from hashlib import sha256

import pytest

from bank131_async.core.machine import Observed, encode_entry
from bank131_async.webhooks import Router
from tests.support.merchant import at_confirm
from tests.support.virtual import in_virtual_time
from tests.support.world import World, world

UNREADABLE = [
    b"[" * 100_000,
    b'{"type":"ready_to_confirm","session":{"id":"\xff"}}',
    b'{"type":"ready_to_confirm","session":7}',
]


def signature(w: World, body: bytes) -> str:
    """As the bank signs."""
    return w.bank.keys.bank.sign(body)


@pytest.mark.parametrize("forged", [None, "", "no base64!", "подпись", "c2lnbmF0dXJl", "truncated"])
@in_virtual_time
async def test_what_the_bank_did_not_sign_is_401_and_leaves_the_journal_as_it_was(forged: str | None) -> None:
    async with world() as w:
        flow = await at_confirm(w.processes[0])
        body = json.dumps({"type": "payment_finished", "session": {"id": flow.session_id}}).encode()
        before = w.streams().keys(), await w.journal(flow.session_id), flow.facts
        sent = signature(w, body)[:-8] if forged == "truncated" else forged
        for content in (body, *UNREADABLE):
            assert (await w.processes[0].client.receiver.handle(content, sent)).status == 401
        assert (w.streams().keys(), await w.journal(flow.session_id), flow.facts) == before


@in_virtual_time
async def test_what_is_over_the_limit_is_413_before_its_signature_is_looked_at() -> None:
    async with world() as w:
        flow = await at_confirm(w.processes[0])
        before = w.streams().keys(), await w.journal(flow.session_id), flow.facts
        receiver = w.processes[0].client.receiver
        assert (await receiver.handle(b" " * (receiver.max_bytes + 1), None)).status == 413
        assert (w.streams().keys(), await w.journal(flow.session_id), flow.facts) == before


@pytest.mark.parametrize("body", UNREADABLE, ids=["nested", "not utf-8", "wrong shape"])
@in_virtual_time
async def test_what_is_signed_but_unreadable_is_kept_in_the_inbox_without_its_bytes(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with world() as w:
        flow = await at_confirm(w.processes[0])
        before = await w.journal(flow.session_id), flow.facts
        with caplog.at_level(logging.ERROR, "bank131"):
            reply = await w.processes[0].client.receiver.handle(body, signature(w, body))
        assert reply.status == 200
        assert any(record.levelno >= logging.ERROR for record in caplog.records)
        (kept,) = await w.journal("@inbox")
        assert isinstance(kept.entry, Observed)
        assert kept.entry.digest == sha256(body).digest()
        assert str(len(body)) in str(kept.entry.event_type)
        assert body[:20] not in encode_entry(kept.entry)
        assert (await w.journal(flow.session_id), flow.facts) == before


@pytest.mark.parametrize("about_a_session", [True, False])
@in_virtual_time
async def test_an_event_of_an_unknown_type_is_kept_and_reaches_its_handlers(about_a_session: bool) -> None:
    router, seen = Router(), []

    @router.on("dispute_opened")
    def note(event: object) -> None:
        seen.append(event)

    async with world() as w:
        process = w.process(router=router)
        flow = await at_confirm(w.processes[0])
        content = {"type": "dispute_opened", "dispute": {"id": "d1"}}
        if about_a_session:
            content["session"] = {"id": flow.session_id, "status": "in_progress"}
        body = json.dumps(content).encode()
        assert (await process.client.receiver.handle(body, signature(w, body))).status == 200
        await process.client.aclose()
        assert len(seen) == 1
        last = (await w.journal(flow.session_id if about_a_session else "@inbox"))[-2].entry
        assert isinstance(last, Observed)
        assert last.event_type == "dispute_opened"
