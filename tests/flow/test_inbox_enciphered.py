"""Under a cipher the bytes of a webhook that cannot be read are kept, for whoever has to find out what it said."""

from __future__ import annotations

from pathlib import Path

import pytest

from bank131_async import FernetCipher, SQLiteStore
from bank131_async.core.machine import Observed
from bank131_async.testing import Sandbox

UNREADABLE = b'{"type":"ready_to_confirm","session":{"id":"\xff","note":"what it said"}}'


@pytest.mark.parametrize("enciphered", [True, False])
@pytest.mark.asyncio
async def test_unreadable_bytes_are_kept_only_where_they_are_enciphered(enciphered: bool, tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "payments.db", cipher=FernetCipher(FernetCipher.new_key()) if enciphered else None)
    async with Sandbox(sockets=False) as sandbox, sandbox.client(store=store) as bank:
        reply = await bank.receiver.handle(UNREADABLE, sandbox.bank.keys.bank.sign(UNREADABLE))
        assert reply.status == 200
        (kept,) = await store.journal(bank.config.project_id).load("@inbox")
    assert isinstance(kept.entry, Observed)
    assert kept.entry.body == (UNREADABLE if enciphered else b"{}")
    await store.aclose()
    assert b"what it said" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
