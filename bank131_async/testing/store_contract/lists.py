"""The lists: what is due, what is in which state, by page and by age."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from bank131_async.stores import Index, Journal, StreamState
from bank131_async.testing.store_contract.appending import ODD_NAMES
from bank131_async.testing.store_contract.opening import Opener, entry, with_journal


class Listing:
    """Part of ``StoreContract``."""

    def test_unfinished_lists_what_is_due_oldest_first(self, opener: Opener) -> None:
        async def body(journal: Journal) -> None:
            start = (await journal.append("ps_0", (entry(),))).at
            for name, minutes, unfinished, in_doubt in [
                ("late", 3, True, False),
                ("early", 1, True, False),
                ("doubt", 2, False, True),
                ("finished", 0, False, False),
                ("future", 60, True, False),
            ]:
                due = start + timedelta(minutes=minutes)
                await journal.append(name, (entry(),), index=Index(due=due, unfinished=unfinished, in_doubt=in_doubt))
            await journal.append("never", (entry(),), index=Index(unfinished=True))
            now = start + timedelta(minutes=10)
            assert list(await journal.unfinished(now, 10)) == ["early", "doubt", "late"]
            assert list(await journal.unfinished(now, 1)) == ["early"]
            assert list(await journal.unfinished(start + timedelta(minutes=2), 10)) == ["early", "doubt"]
            await journal.append("early", (), index=Index(due=None, unfinished=True))
            assert list(await journal.unfinished(now, 10)) == ["doubt", "late"]

        with_journal(opener, body)

    @pytest.mark.parametrize("state", StreamState)
    def test_each_list_shows_the_streams_of_its_state(self, opener: Opener, state: StreamState) -> None:
        async def body(journal: Journal) -> None:
            for number, flags in enumerate(itertools.product([False, True], repeat=5)):
                *told, pruned = flags
                unfinished, in_doubt, needs_person, unhandled = told
                index = Index(unfinished=unfinished, in_doubt=in_doubt, needs_person=needs_person, unhandled=unhandled)
                await journal.append(f"ps_{number:02}", (entry(), entry()), index=index)
                if pruned:
                    await journal.prune(f"ps_{number:02}", entry("tombstone"), expected_version=2)
            everything = await journal.streams(StreamState.any)
            assert len(everything) == 32
            assert list(await journal.streams(state)) == [info for info in everything if info.is_in(state)]

        with_journal(opener, body)

    def test_the_index_comes_back_as_it_was_given(self, opener: Opener) -> None:
        async def body(journal: Journal) -> None:
            at = (await journal.append("ps_1", (entry(),))).at
            index = Index(
                due=at + timedelta(days=400, microseconds=1),
                unfinished=True,
                needs_person=True,
                unhandled=True,
                kind="payout",
                order="заказ 7",
            )
            done = await journal.append("ps_1", (entry(),), index=index)
            [info] = await journal.streams(StreamState.any)
            assert (info.stream, info.version, info.moved_at, info.index) == ("ps_1", 2, done.at, index)
            assert info.pruned is False

        with_journal(opener, body)

    def test_pages_follow_each_other_by_name_in_the_order_of_code_points(self, opener: Opener) -> None:
        names = [*ODD_NAMES, *(f"ps_{number}" for number in range(20))]

        async def body(journal: Journal) -> None:
            for name in names:
                await journal.append(name, (entry(),), index=Index(unfinished=True))
            seen: list[str] = []
            while page := await journal.streams(StreamState.unfinished, after=seen[-1] if seen else "", limit=7):
                assert len(page) <= 7
                seen += [info.stream for info in page]
                assert len(seen) <= len(names), "the pages do not end"
            assert seen == sorted(names)

        with_journal(opener, body)

    def test_lists_can_be_bounded_by_the_time_of_the_last_entry(self, opener: Opener) -> None:
        async def body(journal: Journal) -> None:
            names = [f"ps_{number}" for number in range(4)]
            for name in names:
                await journal.append(name, (entry(),))
            await journal.append("ps_0", (entry(),))
            infos = await journal.streams(StreamState.any)
            for bound in {info.moved_at for info in infos}:
                since = await journal.streams(StreamState.any, moved_since=bound)
                before = await journal.streams(StreamState.any, moved_before=bound)
                assert list(since) == [info for info in infos if info.moved_at >= bound]
                assert list(before) == [info for info in infos if info.moved_at < bound]
            newest = max(info.moved_at for info in infos)
            both = await journal.streams(StreamState.any, moved_since=newest, moved_before=newest)
            assert list(both) == []

        with_journal(opener, body)
