"""``Bank131Client.from_env`` keeps its journal where the environment says."""

from __future__ import annotations

from pathlib import Path

import pytest

from bank131_async import Amount, Bank131Client, Customer, open_store
from bank131_async.errors import ConfigurationError, StoreCorruptError, StoreUnavailableError
from bank131_async.stores import FernetCipher
from bank131_async.testing import Sandbox

PRICE, BUYER = Amount.rub("150.00"), Customer("user-1")


@pytest.mark.asyncio
async def test_two_clients_of_one_environment_share_an_enciphered_journal_and_close_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/payments.db"
    async with Sandbox() as sandbox:
        variables = sandbox.environment() | {"BANK131_STORE": url, "BANK131_STORE_KEY": FernetCipher.new_key()}
        async with Bank131Client.from_env(variables) as web:
            flow = await web.payments.create(amount=PRICE, customer=BUYER, order="7")
        async with Bank131Client.from_env(variables) as worker:
            assert (await worker.payments.create(amount=PRICE, customer=BUYER, order="7")).session_id == flow.session_id
        with pytest.raises(StoreUnavailableError, match="closed"):
            await worker.audit.show(flow.session_id)
    plain = open_store(url)
    with pytest.raises(StoreCorruptError, match="enciphered"):
        await plain.journal(variables["BANK131_PROJECT_ID"]).load(flow.session_id)
    await plain.aclose()


@pytest.mark.asyncio
async def test_a_store_that_is_given_comes_before_the_variable_and_is_left_open(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/given.db")
    async with Sandbox() as sandbox:
        variables = sandbox.environment() | {"BANK131_STORE": f"sqlite:///{tmp_path}/variable.db"}
        async with Bank131Client.from_env(variables, store=store) as bank:
            flow = await bank.payments.create(amount=PRICE, customer=BUYER)
    assert await store.journal(variables["BANK131_PROJECT_ID"]).load(flow.session_id)
    await store.aclose()
    assert not (tmp_path / "variable.db").exists()


def test_a_variable_that_names_no_store_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(ConfigurationError, match="BANK131_STORE"):
        Bank131Client.from_env({"BANK131_STORE": "nosuch://x"})
