"""Pruning: what is left of a finished journal."""

from __future__ import annotations

import pytest

from bank131_async.errors import NameTakenError, StaleVersionError
from bank131_async.stores import Index, Journal, StreamState
from bank131_async.testing.store_contract.opening import Opener, entry, with_journal, with_journals

TOMBSTONE = entry("tombstone")


class Pruning:
    """Part of ``StoreContract``."""

    def test_pruning_leaves_a_tombstone_at_the_next_version(self, opener: Opener) -> None:
        async def body(journal: Journal, other: Journal) -> None:
            await journal.append("ps_1", [entry(), entry(), entry()], index=Index(order="7"))
            done = await journal.prune("ps_1", TOMBSTONE, expected_version=3)
            held = await other.load("ps_1")
            assert [(stored.version, stored.at, stored.entry) for stored in held] == [(4, done.at, TOMBSTONE)]
            assert done.version == 4
            assert list(await other.load("ps_1", after=4)) == []
            [info] = await other.streams(StreamState.pruned)
            assert (info.stream, info.version, info.moved_at, info.pruned) == ("ps_1", 4, done.at, True)
            assert list(await other.streams(StreamState.finished)) == []

        with_journals(opener, 2, body)

    def test_a_pruned_stream_keeps_its_name_and_goes_on(self, opener: Opener) -> None:
        async def body(journal: Journal) -> None:
            await journal.append("ps_1", (entry(), entry()), index=Index(order="7"))
            await journal.prune("ps_1", TOMBSTONE, expected_version=2)
            assert await journal.find("payment", "7") == "ps_1"
            with pytest.raises(NameTakenError):
                await journal.append("ps_2", (entry(),), index=Index(order="7"))
            done = await journal.append("ps_1", (entry("chargeback"),), expected_version=3, index=Index(order="7"))
            assert done.version == 4
            assert [stored.version for stored in await journal.load("ps_1")] == [3, 4]
            assert [stored.version for stored in await journal.load("ps_1", after=3)] == [4]
            assert list(await journal.streams(StreamState.pruned)) == []
            await journal.prune("ps_1", TOMBSTONE, expected_version=4)
            assert [stored.version for stored in await journal.load("ps_1")] == [5]

        with_journal(opener, body)

    def test_a_stream_that_moved_is_not_pruned(self, opener: Opener) -> None:
        async def body(journal: Journal) -> None:
            await journal.append("ps_1", (entry("1"), entry("2")))
            with pytest.raises(StaleVersionError) as caught:
                await journal.prune("ps_1", TOMBSTONE, expected_version=1)
            assert caught.value.actual == 2
            assert [stored.entry for stored in await journal.load("ps_1")] == [entry("1"), entry("2")]
            assert list(await journal.streams(StreamState.pruned)) == []

        with_journal(opener, body)
