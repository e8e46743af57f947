"""Appending: versions, order, compare-and-set, names, and entries that come back as they were."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from bank131_async.core.machine import (
    Answered,
    Command,
    Entry,
    Intended,
    Lost,
    Observed,
    Opened,
    Refused,
    Resolved,
    TokenGiven,
)
from bank131_async.errors import NameTakenError, StaleVersionError
from bank131_async.stores import Index, Journal, Store, StreamState
from bank131_async.testing.store_contract.opening import Opener, entry, with_journal, with_journals, with_stores

EVERY_KIND: tuple[Entry, ...] = (
    Opened(order="7", params_digest="d", amount=15_000, currency="rub", body=b'{"id":"ps_1"}'),
    Observed(source="webhook", event_type="payment_finished", digest=b"\x00\xff" * 16, body='{"имя":"я"}'.encode()),
    Observed(source="status", asked=3, body=b"\xff\xfe\x00 no text"),
    Intended(intent="i1", command=Command.refund, key="k", body=b"{}", amount=1, seen_refunds=("rf_1", "rf_2")),
    Answered(intent="i1", body=None),
    Refused(intent="i1", code="invalid_request", description="'; --", http_status=400),
    Lost(intent="i1", reason="reset", key_used=True),
    Resolved(intent="i1", how="not_done", by="person", note="seen in the dashboard\n\U0001f600"),
    TokenGiven(widget="acquiring_widget"),
)
#: Any text but with a zero character or half of a surrogate pair is a name.
ODD_NAMES = (
    "@inbox",
    "@init:id-1",
    "ключ",
    "A",
    "a",
    "a ",
    " ",
    "caf\u00e9",
    "cafe\u0301",
    "100%_\\",
    "'; DROP TABLE streams; --",
    '"quoted" {schema} $1 :name ?',
    "line\nbreak\ttab",
    "\U0001f600",
    "\uffff",
    "ps_" + "9" * 200,
)
BIG = 2_000_000


class Appending:
    """Part of ``StoreContract``."""

    def test_entries_get_consecutive_versions_and_the_stores_time(self, opener: Opener) -> None:
        async def body(journal: Journal) -> None:
            first = await journal.append("ps_1", (entry("1"), entry("2")))
            second = await journal.append("ps_1", (entry("3"),))
            held = await journal.load("ps_1")
            assert [(stored.version, stored.entry) for stored in held] == [
                (number, entry(str(number))) for number in (1, 2, 3)
            ]
            assert (first.version, second.version) == (2, 3)
            assert [stored.at for stored in held] == [first.at, first.at, second.at]
            assert first.at <= second.at
            assert first.at.utcoffset() is not None
            assert not first.at.utcoffset()

        with_journal(opener, body)

    def test_loading_after_a_version_gives_the_rest(self, opener: Opener) -> None:
        async def body(journal: Journal) -> None:
            await journal.append("ps_1", [entry(str(number)) for number in range(1, 6)])
            assert [stored.version for stored in await journal.load("ps_1", after=3)] == [4, 5]
            assert list(await journal.load("ps_1", after=5)) == []
            assert list(await journal.load("ps_1", after=99)) == []
            assert list(await journal.load("unknown")) == []

        with_journal(opener, body)

    @pytest.mark.parametrize("kind", EVERY_KIND, ids=lambda kind: type(kind).__name__)
    def test_every_kind_of_entry_comes_back_equal(self, opener: Opener, kind: Entry) -> None:
        async def body(journal: Journal, other: Journal) -> None:
            await journal.append("ps_1", (kind,))
            assert [stored.entry for stored in await other.load("ps_1")] == [kind]

        with_journals(opener, 2, body)

    def test_a_big_body_comes_back_equal(self, opener: Opener) -> None:
        big = Observed(source="webhook", body=b'{"x":"' + b"y" * BIG + b'"}')

        async def body(journal: Journal) -> None:
            await journal.append("ps_1", (big, entry()))
            assert (await journal.load("ps_1"))[0].entry == big

        with_journal(opener, body)

    def test_names_may_be_any_text(self, opener: Opener) -> None:
        async def body(store: Store) -> None:
            for name in ODD_NAMES:
                journal = store.journal(name)
                for number, stream in enumerate(ODD_NAMES):
                    order = ODD_NAMES[-number]
                    await journal.append(stream, (entry(name + stream),), index=Index(order=order))
            for name in ODD_NAMES:
                journal = store.journal(name)
                for number, stream in enumerate(ODD_NAMES):
                    assert [stored.entry for stored in await journal.load(stream)] == [entry(name + stream)]
                    assert await journal.find("payment", ODD_NAMES[-number]) == stream

        with_stores(opener, 1, body)

    def test_projects_do_not_see_each_other(self, opener: Opener) -> None:
        async def body(store: Store) -> None:
            await store.journal("a").append("ps_1", (entry(),), index=Index(unfinished=True, order="7"))
            other = store.journal("b")
            assert list(await other.load("ps_1")) == []
            assert await other.find("payment", "7") is None
            assert list(await other.streams(StreamState.any)) == []
            done = await other.append("ps_2", (entry(),), expected_version=0, index=Index(order="7"))
            assert done.version == 1
            assert await store.journal("a").find("payment", "7") == "ps_1"

        with_stores(opener, 1, body)

    def test_of_many_who_expect_the_same_version_exactly_one_wins(self, opener: Opener) -> None:
        async def body(*journals: Journal) -> None:
            async def attempt(number: int, version: int) -> int | None:
                entries = (entry(str(number)), entry(str(number)))
                try:
                    await journals[number % len(journals)].append("ps_1", entries, expected_version=version)
                except StaleVersionError as error:
                    return error.actual
                return None

            for version in (0, 2, 4):
                found = await asyncio.gather(*(attempt(number, version) for number in range(40)))
                assert sorted(found, key=str) == [version + 2] * 39 + [None]
            assert [stored.version for stored in await journals[0].load("ps_1")] == [1, 2, 3, 4, 5, 6]

        with_journals(opener, 4, body)

    def test_a_refused_append_leaves_no_trace(self, opener: Opener) -> None:
        async def body(journal: Journal) -> None:
            with pytest.raises(StaleVersionError) as caught:
                await journal.append("ps_1", (entry(),), expected_version=3, index=Index(unfinished=True, order="7"))
            assert caught.value.actual == 0
            await journal.append("ps_2", (entry(),), index=Index(order="8"))
            with pytest.raises(NameTakenError):
                await journal.append("ps_1", (entry(),), expected_version=0, index=Index(order="8"))
            with pytest.raises(NameTakenError):
                await journal.append("ps_1", (), index=Index(order="8"))
            assert await journal.find("payment", "7") is None
            assert list(await journal.load("ps_1")) == []
            assert [info.stream for info in await journal.streams(StreamState.any)] == ["ps_2"]
            assert (await journal.append("ps_1", (entry(),), expected_version=0)).version == 1

        with_journal(opener, body)

    def test_observations_never_fight_and_none_is_lost(self, opener: Opener) -> None:
        async def body(*journals: Journal) -> None:
            async def observe(number: int) -> int:
                journal = journals[number % len(journals)]
                return (await journal.append("ps_1", (entry(str(number)),))).version

            versions = await asyncio.gather(*(observe(number) for number in range(120)))
            assert sorted(versions) == list(range(1, 121))
            held = await journals[0].load("ps_1")
            assert [stored.version for stored in held] == list(range(1, 121))
            assert all(held[version - 1].entry == entry(str(number)) for number, version in enumerate(versions))
            assert [stored.at for stored in held] == sorted(stored.at for stored in held)

        with_journals(opener, 4, body)

    def test_a_name_belongs_to_the_stream_that_claimed_it_first(self, opener: Opener) -> None:
        async def body(journal: Journal) -> None:
            await journal.append("ps_1", (entry(),), index=Index(order="7"))
            with pytest.raises(NameTakenError) as caught:
                await journal.append("ps_2", (entry(),), index=Index(order="7"))
            assert caught.value.stream == "ps_1"
            await journal.append("ps_1", (entry(),), index=Index(order="7", unfinished=True))
            await journal.append("ps_3", (entry(),), index=Index(kind="payout", order="7"))
            assert await journal.find("payment", "7") == "ps_1"
            assert await journal.find("payout", "7") == "ps_3"
            assert await journal.find("payout", "8") is None
            await journal.append("ps_1", (entry(),), index=Index())
            assert await journal.find("payment", "7") == "ps_1"

        with_journal(opener, body)

    def test_of_many_who_claim_the_same_name_exactly_one_gets_it(self, opener: Opener) -> None:
        async def body(*journals: Journal) -> None:
            async def claim(number: int) -> str:
                stream = f"ps_{number}"
                with contextlib.suppress(NameTakenError):
                    await journals[number % len(journals)].append(
                        stream, (entry(),), expected_version=0, index=Index(order="7")
                    )
                    return stream
                return ""

            winners = {stream for stream in await asyncio.gather(*map(claim, range(40))) if stream}
            assert winners == {await journals[0].find("payment", "7")}
            assert {info.stream for info in await journals[1].streams(StreamState.any)} == winners

        with_journals(opener, 4, body)

    def test_appending_nothing_only_replaces_the_index(self, opener: Opener) -> None:
        async def body(journal: Journal) -> None:
            written = await journal.append("ps_1", (entry(),), index=Index(unfinished=True, order="7"))
            index = Index(due=written.at, in_doubt=True, needs_person=True, unhandled=True, order="7")
            done = await journal.append("ps_1", (), expected_version=1, index=index)
            assert done.version == 1
            [info] = await journal.streams(StreamState.any)
            assert (info.version, info.moved_at) == (1, written.at)
            assert info.index == index
            with pytest.raises(StaleVersionError):
                await journal.append("ps_1", (), expected_version=2, index=Index())
            await journal.append("ps_1", (entry(),))
            [info] = await journal.streams(StreamState.any)
            assert info.index == index

        with_journal(opener, body)

    def test_a_cancelled_append_is_there_whole_or_not_at_all_and_harms_nobody(self, opener: Opener) -> None:
        async def body(journal: Journal, other: Journal) -> None:
            for turns in range(12):
                task = asyncio.ensure_future(journal.append("ps_1", (entry("a"), entry("b"))))
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
            done = await journal.append("ps_1", (entry("end"),))
            held = await other.load("ps_1")
            assert [stored.version for stored in held] == list(range(1, done.version + 1))
            texts = [stored.entry.widget for stored in held if isinstance(stored.entry, TokenGiven)]
            assert texts.count("a") == texts.count("b")
            assert texts[-1] == "end"

        with_journals(opener, 2, body)

    def test_hundreds_of_appends_at_once_all_arrive(self, opener: Opener) -> None:
        async def body(journal: Journal, other: Journal) -> None:
            await asyncio.gather(*(journal.append(f"ps_{number:03}", (entry(str(number)),)) for number in range(300)))
            infos = await other.streams(StreamState.any, limit=1000)
            assert [info.stream for info in infos] == [f"ps_{number:03}" for number in range(300)]

        with_journals(opener, 2, body)
