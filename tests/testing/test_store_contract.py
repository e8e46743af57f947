"""The contract suite finds stores that break the contract, and the example of its use runs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bank131_async.core.machine import Entry, StoredEntry
from bank131_async.errors import NameTakenError, StaleVersionError, StoreError
from bank131_async.stores import Appended, Hint, Index, MemoryStore, StreamInfo, StreamState
from bank131_async.stores.memory import MemoryJournal
from bank131_async.testing.store_contract import StoreContract


class NeverStale(MemoryJournal):
    async def append(self, stream: str, entries: Sequence[Entry], **more: Any) -> Appended:
        more.pop("expected_version", None)
        return await super().append(stream, entries, **more)


class NamesForEverybody(MemoryJournal):
    async def append(self, stream: str, entries: Sequence[Entry], **more: Any) -> Appended:
        try:
            return await super().append(stream, entries, **more)
        except NameTakenError:
            more["index"] = None
            return await super().append(stream, entries, **more)


class WritesWhatItRefuses(MemoryJournal):
    async def append(self, stream: str, entries: Sequence[Entry], **more: Any) -> Appended:
        try:
            return await super().append(stream, entries, **more)
        except StaleVersionError:
            await super().append(stream, entries)
            raise


class KnowsNoActualVersion(MemoryJournal):
    async def append(self, stream: str, entries: Sequence[Entry], **more: Any) -> Appended:
        try:
            return await super().append(stream, entries, **more)
        except StaleVersionError as error:
            raise StaleVersionError(error.message) from None


class ForgetsTheIndex(MemoryJournal):
    async def append(self, stream: str, entries: Sequence[Entry], **more: Any) -> Appended:
        more["index"] = more.get("index") or Index()
        return await super().append(stream, entries, **more)


class LoadsBackwards(MemoryJournal):
    async def load(self, stream: str, after: int = 0) -> Sequence[StoredEntry]:
        return (await super().load(stream, after))[::-1]


class LoadsOneTooMany(MemoryJournal):
    async def load(self, stream: str, after: int = 0) -> Sequence[StoredEntry]:
        return await super().load(stream, max(0, after - 1))


class ListsWhatIsNotDue(MemoryJournal):
    async def unfinished(self, now: datetime, limit: int) -> Sequence[str]:
        return await super().unfinished(now + timedelta(days=1), limit)


class ForgetsTheLimit(MemoryJournal):
    async def unfinished(self, now: datetime, limit: int) -> Sequence[str]:
        return await super().unfinished(now, limit + 1)


class ListsPrunedOnesAsFinished(MemoryJournal):
    async def streams(self, state: StreamState, **more: Any) -> Sequence[StreamInfo]:
        found = await super().streams(state, **more)
        return [*found, *await super().streams(StreamState.pruned)] if state is StreamState.finished else found


class RepeatsTheLastOfAPage(MemoryJournal):
    async def streams(self, state: StreamState, **more: Any) -> Sequence[StreamInfo]:
        if more.get("after"):
            more["after"] = more["after"][:-1]
        return await super().streams(state, **more)


class SortsWithoutCase(MemoryJournal):
    async def streams(self, state: StreamState, **more: Any) -> Sequence[StreamInfo]:
        after, limit = more.pop("after", ""), more.pop("limit", 100)
        found = sorted(await super().streams(state, **more, limit=10_000), key=lambda info: info.stream.lower())
        return [info for info in found if info.stream.lower() > after.lower()][:limit]


class BoundsExclusively(MemoryJournal):
    async def streams(self, state: StreamState, **more: Any) -> Sequence[StreamInfo]:
        since = more.get("moved_since")
        return [info for info in await super().streams(state, **more) if info.moved_at != since]


class PrunesWhatMoved(MemoryJournal):
    async def prune(self, stream: str, tombstone: Entry, *, expected_version: int) -> Appended:
        return await super().prune(stream, tombstone, expected_version=len(await self.load(stream)))


class PrunesNothing(MemoryJournal):
    async def prune(self, stream: str, tombstone: Entry, *, expected_version: int) -> Appended:
        return await self.append(stream, (tombstone,), expected_version=expected_version)


class HintsAtTheFuture(MemoryJournal):
    async def changes(self) -> AsyncIterator[Hint]:  # type: ignore[override]
        async for hint in super().changes():
            yield Hint(hint.stream, hint.version + 1000)


class OneForAll(MemoryStore):
    """All projects in one."""

    def journal(self, project: str) -> MemoryJournal:
        return super().journal("one")


def store_of(kind: type[MemoryJournal]) -> MemoryStore:
    """A store whose journals are of this kind."""

    class Broken(MemoryStore):
        def journal(self, project: str) -> MemoryJournal:
            return self._journals.setdefault(project, kind(lambda: datetime.now(UTC)))

    return Broken()


@pytest.mark.parametrize(
    ("kind", "test"),
    [
        (NeverStale, "test_of_many_who_expect_the_same_version_exactly_one_wins"),
        (NamesForEverybody, "test_a_name_belongs_to_the_stream_that_claimed_it_first"),
        (NamesForEverybody, "test_of_many_who_claim_the_same_name_exactly_one_gets_it"),
        (WritesWhatItRefuses, "test_a_refused_append_leaves_no_trace"),
        (KnowsNoActualVersion, "test_of_many_who_expect_the_same_version_exactly_one_wins"),
        (ForgetsTheIndex, "test_appending_nothing_only_replaces_the_index"),
        (LoadsBackwards, "test_entries_get_consecutive_versions_and_the_stores_time"),
        (LoadsOneTooMany, "test_loading_after_a_version_gives_the_rest"),
        (ListsWhatIsNotDue, "test_unfinished_lists_what_is_due_oldest_first"),
        (ForgetsTheLimit, "test_unfinished_lists_what_is_due_oldest_first"),
        (ListsPrunedOnesAsFinished, "test_pruning_leaves_a_tombstone_at_the_next_version"),
        (RepeatsTheLastOfAPage, "test_pages_follow_each_other_by_name_in_the_order_of_code_points"),
        (SortsWithoutCase, "test_pages_follow_each_other_by_name_in_the_order_of_code_points"),
        (BoundsExclusively, "test_lists_can_be_bounded_by_the_time_of_the_last_entry"),
        (PrunesWhatMoved, "test_a_stream_that_moved_is_not_pruned"),
        (PrunesNothing, "test_pruning_leaves_a_tombstone_at_the_next_version"),
        (PrunesNothing, "test_a_pruned_stream_keeps_its_name_and_goes_on"),
        (HintsAtTheFuture, "test_an_append_anywhere_wakes_every_reader"),
    ],
)
def test_a_store_that_breaks_the_contract_is_found(kind: type[MemoryJournal], test: str) -> None:
    store = store_of(kind)
    with pytest.raises((AssertionError, pytest.fail.Exception, StoreError)):
        getattr(StoreContract(), test)(lambda: store)


def test_a_store_that_mixes_projects_is_found() -> None:
    store = OneForAll()
    with pytest.raises(AssertionError):
        StoreContract().test_projects_do_not_see_each_other(lambda: store)


def test_the_example_of_the_page_runs(repository: Path, tmp_path: Path) -> None:
    page = (repository / "docs" / "stores.md").read_text()
    [block] = [
        block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "DurableStoreContract" in block
    ]
    (tmp_path / "test_my_store.py").write_text(block)
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "--rootdir", str(tmp_path)]
    some = ["-k", "37 or observations or refused or pages"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *some, str(tmp_path)],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
