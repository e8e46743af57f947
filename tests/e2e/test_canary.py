"""Secrets go through the whole house, and are looked for in every place where something is kept or shown.

Cards, tokens and hashes pay and are paid to, answers are lost, and the bank's own tokens come back. Afterwards the
journal's file, the timeline, the log at DEBUG with bodies, all reprs, and what the command line prints hold none of it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bank131_async import (
    Amount,
    Bank131Client,
    BankCard,
    Customer,
    PaymentOptions,
    ReadyToConfirm,
    Recurrent,
    Succeeded,
    TokenizedCard,
)
from bank131_async.core.models import Participant, ParticipantDetails, TokenizeWidget
from bank131_async.flow import Confirm, PayoutFlow, Policy
from bank131_async.stores import SQLiteStore, StreamState
from bank131_async.testing import Sandbox

PAN, CVC = "4242424242424242", "987"
CARD = BankCard(
    number=PAN, expiration_month="11", expiration_year="39", security_code=CVC, cardholder_name="CANARY HOLDER"
)
SPACED = "4242 4242 4242 4242"
PRICE = Amount.rub("150.00")


class Paymaster(Policy):
    async def payout_ready_to_confirm(self, flow: PayoutFlow, step: ReadyToConfirm) -> Confirm:
        return Confirm()


async def paid(bank: Bank131Client, method: Any, **more: Any) -> Succeeded:
    flow = await bank.payments.create(amount=PRICE, customer=Customer("user-1"), metadata={"card": SPACED}, **more)
    await flow.start(method)
    async for step in flow:
        if isinstance(step, ReadyToConfirm):
            await flow.confirm()
    outcome = await asyncio.wait_for(flow, 30)
    assert isinstance(outcome, Succeeded)
    return outcome


async def paid_out(bank: Bank131Client, method: Any, order: str) -> None:
    whom = ParticipantDetails(recipient=Participant(full_name="Ivan Ivanov"))
    flow = await bank.payouts.create(order=order, amount=PRICE, participants=whom)
    await flow.start(method)
    stop = asyncio.Event()
    worker = asyncio.create_task(bank.payments.run(Paymaster(), stop=stop))
    assert isinstance(await asyncio.wait_for(flow, 30), Succeeded)
    stop.set()
    await worker


async def life(store: SQLiteStore) -> tuple[list[str], list[str]]:
    """What was secret, and what was shown of it all."""
    shown: list[str] = []
    async with Sandbox(sockets=False) as sandbox:
        client = sandbox.client(config=sandbox.config(log_bodies=True), store=store)
        async with client as bank:
            options = PaymentOptions(recurrent=True, return_url="https://shop.example")
            first = await paid(bank, CARD, order="7", options=options)
            assert first.payment is not None
            assert first.payment.recurrent is not None
            saved = str(first.payment.recurrent.token)
            await paid(bank, Recurrent(token=saved, initiator="merchant"))
            widget = await bank.tokens.create(tokenize_widget=TokenizeWidget(access=True))
            kept = sandbox.bank.keep_card(str(widget.public_token))
            await paid_out(bank, TokenizedCard(token=kept), "salary-1")
            await paid_out(bank, CARD, "salary-2")
            sandbox.bank.faults.add("garbage_json", method="session/start/payment", count=1)
            await paid(bank, CARD, order="8")
            shown += [repr(bank), repr(bank.config), repr(store)]
            for summary in await bank.audit.list(StreamState.any):
                timeline = await bank.audit.show(summary.stream)
                flow = await (bank.payments if summary.kind == "payment" else bank.payouts).attach(summary.stream)
                shown += [repr(one) for one in (summary, timeline, flow, flow.facts, flow.facts.intents, await flow)]
    return [PAN, SPACED, f'"{CVC}"', f"'{CVC}'", "CANARY HOLDER", saved, kept], shown


def everything_in(path: Path) -> str:
    """The file as text, row by row and byte by byte, its log included."""
    with sqlite3.connect(path) as file:
        rows = [str(row) for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
                for row in file.execute(f"SELECT * FROM {name}")]  # fmt: skip
    raw = b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))
    return "\n".join([*rows, raw.decode("latin-1")])


def test_no_secret_stays_anywhere_in_the_house(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "journal.db"

    async def run() -> tuple[list[str], list[str]]:
        store = SQLiteStore(path)
        try:
            return await life(store)
        finally:
            await store.aclose()

    with caplog.at_level(logging.DEBUG):
        secrets, shown = asyncio.run(run())
    assert "session/start/payout" in caplog.text, "the log has bodies, so there is something to look through"

    shows = [printed(path, "flow", "show", stream) for stream in names(path)[:5]]
    listed = printed(path, "flow", "list", "--needs-a-person", "--json")
    places = {
        "the journal": everything_in(path),
        "the log": caplog.text + "".join(str(vars(record)) for record in caplog.records),
        "reprs": "\n".join(shown),
        "the command line": "\n".join([listed, *shows]),
    }
    assert "424242******4242" in places["the command line"], "a masked card is shown, so a card was there"
    found = [(place, secret[:6]) for place, text in places.items() for secret in secrets if secret in text]
    assert not found


def names(path: Path) -> list[str]:
    with sqlite3.connect(path) as file:
        return [name for (name,) in file.execute("SELECT name FROM streams")]


def printed(path: Path, *command: str) -> str:
    """What the program prints, as a process of its own."""
    environment = {**os.environ, "BANK131_STORE": f"sqlite:///{path}", "BANK131_PROJECT_ID": "sandbox"}
    done = subprocess.run(
        [sys.executable, "-c", "from bank131_async.cli import main; main()", *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout + done.stderr
