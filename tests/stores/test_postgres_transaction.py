"""A payment opened inside a transaction of the shop's own: both commit together, or neither."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from bank131_async import Amount, Bank131Client, BankCard, Customer, Succeeded
from bank131_async.core.machine import Opened, TokenGiven
from bank131_async.errors import CommandNotAllowedError, ConfigurationError, NameTakenError
from bank131_async.stores import Index, MemoryStore, PostgresStore, StreamState
from bank131_async.testing import Sandbox
from bank131_async.testing.store_contract.hints import until_heard

CARD = BankCard(number="4242424242424242", expiration_month="12", expiration_year="30", security_code="123")
PRICE, BUYER = Amount.rub("150.00"), Customer("user-1")


@asynccontextmanager
async def shop(dsn: str) -> AsyncIterator[tuple[Bank131Client, asyncpg.Connection, Sandbox]]:
    """A client on PostgreSQL, the shop's own connection with its table of orders, and the bank."""
    store = PostgresStore(dsn)
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE orders (number text PRIMARY KEY)")
    try:
        async with (
            Sandbox(auto_confirm=True) as sandbox,
            sandbox.client(store=store) as bank,
        ):
            yield bank, connection, sandbox
    finally:
        await connection.close()
        await store.aclose()


async def order(bank: Bank131Client, connection: asyncpg.Connection, **more: Any) -> Any:
    await connection.execute("INSERT INTO orders VALUES ('7')")
    return await bank.payments.create(amount=PRICE, customer=BUYER, order="7", transaction=connection, **more)


async def orders(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM orders"))


@pytest.mark.asyncio
async def test_order_and_payment_commit_together_and_the_payment_goes_on(postgres_dsn: str) -> None:
    async with shop(postgres_dsn) as (bank, connection, sandbox):
        async with connection.transaction():
            flow = await order(bank, connection)
            other = PostgresStore(postgres_dsn)
            journal = other.journal(sandbox.server.project_id)
            assert list(await journal.load(flow.session_id)) == []
            assert await journal.find("payment", "7") is None
        [stored] = await journal.load(flow.session_id)
        assert isinstance(stored.entry, Opened)
        assert await journal.find("payment", "7") == flow.session_id
        [info] = await journal.streams(StreamState.unfinished)
        assert (info.stream, info.index.order) == (flow.session_id, "7")
        await other.aclose()
        await flow.start(CARD)
        async with asyncio.timeout(20):
            assert isinstance(await flow, Succeeded)
        assert await orders(connection) == 1


@pytest.mark.asyncio
async def test_nothing_can_be_commanded_before_the_commit(postgres_dsn: str) -> None:
    async with shop(postgres_dsn) as (bank, connection, sandbox):
        async with connection.transaction():
            flow = await order(bank, connection)
            for command in (flow.start(CARD), flow.widget_token(), flow.cancel()):
                with pytest.raises(CommandNotAllowedError, match="has not been committed") as caught:
                    await command
                assert caught.value.session_id == flow.session_id
            assert sandbox.bank.session(flow.session_id).last is None
        await flow.start(CARD)
        assert sandbox.bank.session(flow.session_id).last is not None


@pytest.mark.asyncio
async def test_after_a_rollback_nothing_is_left_and_the_name_is_free(postgres_dsn: str) -> None:
    async with shop(postgres_dsn) as (bank, connection, sandbox):
        transaction = connection.transaction()
        await transaction.start()
        flow = await order(bank, connection)
        await transaction.rollback()
        with pytest.raises(CommandNotAllowedError, match="was rolled back"):
            await flow.start(CARD)
        assert await orders(connection) == 0
        store = PostgresStore(postgres_dsn)
        assert list(await store.journal(sandbox.server.project_id).streams(StreamState.any)) == []
        await store.aclose()
        async with connection.transaction():
            again = await order(bank, connection)
        assert again.session_id != flow.session_id
        await again.start(CARD)


@pytest.mark.asyncio
async def test_the_same_order_twice_in_one_transaction_is_refused_and_the_transaction_stays_usable(
    postgres_dsn: str,
) -> None:
    async with shop(postgres_dsn) as (bank, connection, _sandbox):
        async with connection.transaction():
            flow = await order(bank, connection)
            with pytest.raises(CommandNotAllowedError, match="has not been committed"):
                await bank.payments.create(amount=PRICE, customer=BUYER, order="7", transaction=connection)
            await connection.execute("INSERT INTO orders VALUES ('8')")
        assert await orders(connection) == 2
        same = await bank.payments.create(amount=PRICE, customer=BUYER, order="7")
        assert same.session_id == flow.session_id


@pytest.mark.asyncio
async def test_who_uses_the_name_meanwhile_waits_for_the_commit_and_gets_the_same_payment(postgres_dsn: str) -> None:
    async with shop(postgres_dsn) as (bank, connection, _sandbox):
        async with connection.transaction():
            flow = await order(bank, connection)
            other = asyncio.ensure_future(bank.payments.create(amount=PRICE, customer=BUYER, order="7"))
            await asyncio.wait([other], timeout=0.1)
            assert not other.done()
        assert (await other).session_id == flow.session_id


@pytest.mark.asyncio
async def test_the_commit_wakes_other_processes(postgres_dsn: str) -> None:
    store, other = PostgresStore(postgres_dsn), PostgresStore(postgres_dsn)
    connection = await asyncpg.connect(postgres_dsn)
    journal = store.journal("p")
    reader = other.journal("p").changes()
    await until_heard([reader], lambda: journal.append("first", (Opened(),)), "first")

    async def heard() -> None:
        async for hint in reader:
            if hint.stream == "ps_1":
                return

    hearing = asyncio.ensure_future(heard())
    async with connection.transaction():
        await journal.within(connection).append("ps_1", (Opened(),), expected_version=0)
        await asyncio.wait([hearing], timeout=0.05)
        assert not hearing.done()
    async with asyncio.timeout(20):
        await hearing
    await connection.close()
    await store.aclose()
    await other.aclose()


@pytest.mark.asyncio
async def test_nothing_but_opened_is_taken_and_only_with_a_transaction_under_way(postgres_dsn: str) -> None:
    store = PostgresStore(postgres_dsn)
    journal = store.journal("p")
    connection = await asyncpg.connect(postgres_dsn)
    with pytest.raises(ConfigurationError, match="none is under way"):
        journal.within(connection)
    for wrong in (None, "connection", store):
        with pytest.raises(ConfigurationError, match="expected an asyncpg connection"):
            journal.within(wrong)
    async with connection.transaction():
        with pytest.raises(ConfigurationError, match="only the opening"):
            await journal.within(connection).append("ps_1", (TokenGiven(widget="w"),))
        await journal.within(connection).append("ps_1", (Opened(),), index=Index(order="7"))
        with pytest.raises(NameTakenError):
            await journal.within(connection).append("ps_2", (Opened(),), index=Index(order="7"))
    assert [info.stream for info in await journal.streams(StreamState.any)] == ["ps_1"]
    await connection.close()
    await store.aclose()


@pytest.mark.asyncio
async def test_a_store_without_transactions_says_so_before_anything_is_sent() -> None:
    async with Sandbox() as sandbox, sandbox.client(store=MemoryStore()) as bank:
        with pytest.raises(ConfigurationError, match="PostgresStore"):
            await bank.payments.create(amount=PRICE, customer=BUYER, transaction=object())
        assert not sandbox.bank.sessions
